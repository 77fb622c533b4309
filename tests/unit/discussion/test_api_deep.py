"""A chain of replies, each to the one before, as deep as a program likes: it is drawn, read, exported, taken apart."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.accounts.privacy import erase_person, export_person
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, Thread
from broadsheet.publication.models import ArticlePage
from broadsheet.site.check import EXAMINATIONS, examine
from tests.unit.discussion.conftest import Decide
from tests.unit.discussion.programs import ask, bot

pytestmark = pytest.mark.django_db

SHORT, LONG = 150, 10_000


@pytest.fixture
def unlimited(rita: User) -> Client:
    """A program of Rita's that may write without limits, as docs/reference/api.md says one is made."""
    rita.user_permissions.add(Permission.objects.get(codename="write_without_limits"))
    return bot(User.objects.get(pk=rita.pk), "unlimited")


# Committed as it goes: within one transaction PostgreSQL would look at every earlier version of the counters again.
@pytest.mark.parametrize(
    "depth",
    [SHORT, pytest.param(LONG, marks=[pytest.mark.soak, pytest.mark.django_db(transaction=True)])],
)
def test_a_chain_of_replies(
    article: ArticlePage, rita: User, unlimited: Client, stan: Client, as_rita: Client, decide: Decide, depth: int
) -> None:
    chain = build(unlimited, article, depth)
    assert list(broken_promises()) == []
    reads_to_its_end(stan, chain)
    draws(stan, article, chain)
    draws(as_rita, article, chain)

    assert ask(as_rita, "DELETE", f"/comments/{chain[-1]}").status == 204
    assert ask(as_rita, "DELETE", f"/comments/{chain[depth // 2]}").status == 204
    decide(Comment.objects.get(public_id=chain[depth // 3]), "removed")
    assert list(broken_promises()) == []
    draws(stan, article, chain[:-1])
    assert len(export_person(rita.profile)["comments"]) == depth - 2

    erase_person(rita.profile)
    assert not Comment.objects.shown().exists()
    assert not Comment.objects.exclude(source="").exists()
    assert Thread.objects.get().comment_count == 0
    said: list[str] = []
    discussion = [examination for examination in EXAMINATIONS if examination.name == "discussion"]
    assert examine(said.append, discussion), said
    assert stan.get(article.url).status_code == 200


def build(program: Client, article: ArticlePage, depth: int) -> list[str]:
    """Post a comment and answers, each to the one before; return their ids."""
    chain = [ask(program, "POST", f"/threads/{article.translation_key}/comments", {"body": "no. 0"})["id"]]
    while len(chain) < depth:
        answer = ask(program, "POST", f"/comments/{chain[-1]}/replies", {"body": f"no. {len(chain)}"})
        assert answer["depth"] == len(chain)
        chain.append(answer["id"])
    top = Comment.objects.get(public_id=chain[0])
    assert (top.reply_count, top.branch_count) == (1, depth - 1)
    return chain


def reads_to_its_end(client: Client, chain: list[str]) -> None:
    """Read the whole branch, a page at a time."""
    found, after = [], {}
    while True:
        answer = ask(client, "GET", f"/comments/{chain[0]}/branch", limit=100, **after)
        found += [reply["id"] for reply in answer["comments"]]
        assert [reply["parent"] for reply in answer["comments"]][1:] == [reply["id"] for reply in answer["comments"]][
            :-1
        ]
        if answer["after"] is None:
            break
        after = {"after": answer["after"]}
    assert found == chain[1:]


def draws(client: Client, article: ArticlePage, chain: list[str]) -> None:
    """Open every page that shows some of it."""
    middle, last = chain[len(chain) // 2], chain[-1]
    pages = (
        article.url,
        f"/threads/{article.translation_key}/",
        *(f"/comments/{one}/" for one in (chain[0], middle, last)),
    )
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        assert len(response.content) < 400_000
    for one in (chain[0], middle, last):
        for rest in ("", "/replies", "/branch"):
            assert ask(client, "GET", f"/comments/{one}{rest}").status == 200
