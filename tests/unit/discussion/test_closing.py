"""A closed discussion: everything stays, nothing new is taken, whatever the way in; and it can be opened again."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import ModelLogEntry

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import close_thread
from broadsheet.discussion.models import Comment, Thread
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage
from tests.unit.discussion.conftest import Say, post, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(article: ArticlePage) -> str:
    """The newsroom's address of the article's discussion."""
    return f"/admin/discussions/{article.translation_key}/"


class TestAModerator:
    def test_closes_and_opens_again(self, say: Say, as_mo: Client, door: str, thread: Thread, here: str) -> None:
        say()
        before = versions_of([thread.topic])[thread.topic]
        assert b"This discussion is open." in as_mo.get(door).content
        assert as_mo.post(f"{door}close/").status_code == 302
        assert b"This discussion is closed." in as_mo.get(door).content
        refused = post(Client(), here, body="Too late?")
        assert (refused.status, Comment.objects.count()) == (403, 1)
        assert "Too late?" in refused.words()
        assert versions_of([thread.topic])[thread.topic] == before + 1
        assert as_mo.post(f"{door}open/").status_code == 302
        assert post(Client(), here, body="In time.").status == 303
        assert [entry.action for entry in ModelLogEntry.objects.order_by("pk")] == [
            "broadsheet.close_thread",
            "broadsheet.open_thread",
        ]

    def test_closes_twice_and_tells_once(self, as_mo: Client, door: str, thread: Thread) -> None:
        for _ in range(2):
            as_mo.post(f"{door}close/")
        assert versions_of([thread.topic])[thread.topic] == 1
        assert ModelLogEntry.objects.count() == 1

    def test_closes_where_nobody_has_written(
        self, article: ArticlePage, as_mo: Client, door: str, stan: Client
    ) -> None:
        assert not Thread.objects.exists()
        as_mo.post(f"{door}close/")
        assert Thread.objects.get().is_closed
        page = read(stan, article.url)
        assert "This discussion is closed." in page.words()
        assert page.root.find(".//textarea") is None

    def test_finds_all_of_them_in_a_list(self, say: Say, as_mo: Client, article: ArticlePage) -> None:
        say()
        page = read(as_mo, "/admin/discussions/")
        assert article.title in page.words()
        form = next(form for form in page.root.iterfind(".//main//form") if "discussions" in form.get("action", ""))
        back = as_mo.post(form.get("action"), {"from": "list"})
        assert back["Location"] == "/admin/discussions/"
        assert Thread.objects.get().is_closed

    def test_gets_there_from_the_article(self, as_mo: Client, as_ed: Client, article: ArticlePage, door: str) -> None:
        for page in (f"/admin/pages/{article.get_parent().pk}/", f"/admin/pages/{article.pk}/edit/"):
            assert door in as_ed.get(page).content.decode()

    def test_closes_nothing_that_is_no_article(self, as_mo: Client) -> None:
        nowhere = "/admin/discussions/00000000-0000-4000-8000-000000000000/"
        assert as_mo.get(nowhere).status_code == as_mo.post(f"{nowhere}close/").status_code == 404
        assert as_mo.get(f"{nowhere}close/").status_code == 405


@pytest.mark.parametrize("who", ["as_tess", "as_rita", "as_gus", "stan"])
def test_nobody_else_closes(request: pytest.FixtureRequest, who: str, door: str, thread: Thread) -> None:
    client: Client = request.getfixturevalue(who)
    for address in ("/admin/discussions/", door):
        assert client.get(address).status_code == 302
    assert client.post(f"{door}close/").status_code == 302
    thread.refresh_from_db()
    assert not thread.is_closed


def test_the_action_itself_asks_who(thread: Thread, rita: User) -> None:
    with pytest.raises(Refusal) as refused:
        close_thread(thread, by=rita)
    assert refused.value.code == "not-a-moderator"
