"""What moderators do where they read: a link at each comment, a page with all that can be done, for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import delete_comment, edit_comment
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, PageRead, Say, backdate, read
from tests.unit.discussion.test_marks import moderate

pytestmark = pytest.mark.django_db

VERBS = ("pin", "unpin", "pick", "unpick", "close-branch", "open-branch", "hide-versions", "show-versions")
MARKS = ("is_pinned", "is_pick", "is_branch_closed", "hides_versions")
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def comment(say: Say, gus: Profile) -> Comment:
    """Gus's comment, edited once."""
    said = backdate(say("first"), minutes=2)
    return edit_comment(said, by=gus, body="second", key=Key.of("test", "edit"), within=AN_HOUR).comment


def url_of(comment: Comment) -> str:
    """The address of the page *Moderate*."""
    return f"/comments/{comment.public_id}/moderate/"


def forms(page: PageRead) -> set[str]:
    """The verbs that the page offers."""
    actions = [form.get("action", "") for form in page.root.iterfind(".//main//form")]
    return {action.rstrip("/").rpartition("/")[2] for action in actions}


def links(client: Client, url: str) -> list[str]:
    """Where the links *Moderate* of a page lead."""
    return [a.get("href") for a in read(client, url).root.iterfind(".//a") if a.text == "Moderate"]


@pytest.mark.parametrize(("who", "may"), [("as_mo", True), ("as_ed", True), ("as_tess", False), ("as_rita", False)])
@pytest.mark.parametrize("verb", ["", *VERBS])
def test_who_may(request: pytest.FixtureRequest, comment: Comment, who: str, may: bool, verb: str) -> None:
    client: Client = request.getfixturevalue(who)
    missing = Comment(public_id="bcdfghjkmnpq")
    if not verb:
        assert client.get(url_of(comment)).status_code == (200 if may else 404)
        assert client.get(url_of(missing)).status_code == 404
        assert client.post(url_of(comment)).status_code == 405
        return
    assert client.get(f"{url_of(comment)}{verb}/").status_code == 405
    assert moderate(client, missing, verb).status == 404
    assert moderate(client, comment, verb).status == (303 if may else 404)
    comment.refresh_from_db()
    if not may:
        assert [getattr(comment, mark) for mark in MARKS] == [False] * 4


@pytest.mark.parametrize("who", ["as_tess", "as_rita", "as_gus", "stan"])
def test_nobody_else_can_tell_whether_there_is_such_a_page(
    request: pytest.FixtureRequest, who: str, comment: Comment, say: Say
) -> None:
    client: Client = request.getfixturevalue(who)
    names = [comment.public_id, say(held=True).public_id, "bcdfghjkmnpq", "x", "9" * 300]
    for verb in ("", "pin/"):
        pages = set()
        for name in names:
            url = f"/comments/{name}/moderate/{verb}"
            answer = client.post(url) if verb else client.get(url)
            assert answer.status_code == 404
            pages.add(answer.content.decode().replace(f"/comments/{name}/", ""))
        assert len(pages) == 1


class TestTheLink:
    def test_stands_at_each_comment_on_every_page_for_moderators_only(
        self, comment: Comment, say: Say, article: ArticlePage, thread: Thread, as_mo: Client, as_rita: Client
    ) -> None:
        reply = say("reply", to=comment)
        for url in (article.url, thread.url, comment.permalink, f"{thread.url}?order=oldest"):
            assert links(as_mo, url) == [url_of(comment), url_of(reply)]
            for client in (as_rita, Client()):
                assert links(client, url) == []
                assert b"moderate/" not in client.get(url.partition("#")[0]).content

    def test_stands_at_what_is_left_of_a_comment(
        self, comment: Comment, say: Say, decide: Decide, thread: Thread, as_mo: Client
    ) -> None:
        say("reply", to=comment)
        decide(comment, "removed")
        assert url_of(comment) in links(as_mo, thread.url)
        assert forms(read(as_mo, url_of(comment))) == {"close-branch"}

    def test_has_a_name_of_its_own(self, comment: Comment, thread: Thread, as_mo: Client) -> None:
        named = read(as_mo, thread.url).root.find(f".//a[@href='{url_of(comment)}']").get("aria-label")
        assert named == "Moderate comment by Gus"

    def test_costs_readers_nothing_and_moderators_no_question_more(
        self, comment: Comment, thread: Thread, as_mo: Client
    ) -> None:
        assert len(links(as_mo, thread.url)) == 1
        few = queries(as_mo, thread.url)
        for number in range(9):
            factories.make_comment(thread, f"no. {number}")
        assert len(links(as_mo, thread.url)) == 10
        assert queries(as_mo, thread.url) == few


def queries(client: Client, url: str) -> int:
    """How many questions a page asks of the database."""
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return len(asked)


class TestThePage:
    def test_shows_the_comment_and_what_can_be_done(
        self, comment: Comment, as_mo: Client, article: ArticlePage
    ) -> None:
        page = read(as_mo, url_of(comment))
        assert "second" in page.words()
        assert forms(page) == {"pin", "pick", "close-branch", "hide-versions"}
        assert page.link("Back to the comment") == comment.permalink
        assert page.link("Remove it at the desk") == f"/admin/desk/comment/{comment.public_id}/"
        assert page.link("Close it, slow it down") == f"/admin/discussions/{article.translation_key}/"
        assert page.root.find(".//meta[@name='robots']").get("content") == "noindex"
        assert page.response["Cache-Control"] == "private, no-store"
        assert as_mo.get(page.link("Remove it at the desk")).status_code == 200

    def test_every_verb_leads_back_to_it_and_its_opposite_stands_there_then(
        self, comment: Comment, as_mo: Client
    ) -> None:
        for verb, opposite, mark in zip(VERBS[::2], VERBS[1::2], MARKS, strict=True):
            for done, offered, is_set in ((verb, opposite, True), (opposite, verb, False)):
                answer = moderate(as_mo, comment, done).response
                assert (answer.status_code, answer["Location"]) == (303, url_of(comment))
                comment.refresh_from_db()
                assert getattr(comment, mark) is is_set
                shown = forms(read(as_mo, url_of(comment)))
                assert offered in shown
                assert done not in shown

    def test_offers_nothing_that_does_not_apply(self, say: Say, gus: Profile, as_mo: Client) -> None:
        top = say("never edited")
        reply = say("reply", to=top)
        assert forms(read(as_mo, url_of(top))) == {"pin", "pick", "close-branch"}
        assert forms(read(as_mo, url_of(reply))) == {"pick", "close-branch"}
        delete_comment(top, by=gus, within=AN_HOUR)
        page = read(as_mo, url_of(top))
        assert forms(page) == {"close-branch"}
        assert page.link("at the desk") == ""

    def test_says_what_is_refused_above_the_rest(self, say: Say, as_mo: Client) -> None:
        reply = say(to=say())
        page = moderate(as_mo, reply, "pin")
        assert page.status == 409
        assert page.alert == "Only a comment on the article can be pinned. This one answers another; it can be a pick."
        assert forms(page) == {"pick", "close-branch"}

    def test_takes_nothing_from_another_site(self, comment: Comment, as_mo: Client) -> None:
        for verb in VERBS:
            url = f"{url_of(comment)}{verb}/"
            assert as_mo.post(url, headers={"sec-fetch-site": "cross-site"}).status_code == 403
        comment.refresh_from_db()
        assert [getattr(comment, mark) for mark in MARKS] == [False] * 4

    def test_is_there_in_every_language(self, comment: Comment, as_mo: Client, mo: User) -> None:
        assert as_mo.get(f"/ar{url_of(comment)}").status_code == 200
        answer = as_mo.post(f"/nb{url_of(comment)}pick/")
        assert answer["Location"] == f"/nb{url_of(comment)}"
