"""Reading through the API: what the pages show, in every order, page after page, in few queries at any size."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import cast_vote, edit_comment
from broadsheet.discussion.models import Comment, DiscussionSettings, Thread
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.unit.discussion.conftest import Decide, Say, backdate
from tests.unit.discussion.programs import ask, bot

pytestmark = pytest.mark.django_db

ORDERS = ("newest", "oldest", "most-voted")


def paged(client: Client, path: str, **query: object) -> Iterator[dict[str, Any]]:
    """Go through a list to its end, as its cursors lead."""
    after: dict[str, object] = {}
    for _page in range(200):
        answer = ask(client, "GET", path, **query, **after)
        assert answer.status == 200
        yield from answer["comments"]
        if answer["after"] is None:
            return
        after = {"after": answer["after"]}
    pytest.fail("the list has no end")


@pytest.fixture
def path(thread: Thread) -> str:
    """The path of the thread."""
    return f"/threads/{thread.translation_key}"


class TestTheThread:
    def test_says_how_it_stands(self, say: Say, path: str, thread: Thread, article: ArticlePage, stan: Client) -> None:
        say()
        Thread.objects.update(is_closed=True, slow_minutes=5)
        DiscussionSettings.objects.create(
            site=article.get_site(), has_down_votes=False, default_order="oldest", edit_minutes=3
        )
        said = ask(stan, "GET", path).said
        assert said == {
            "key": str(thread.translation_key),
            "article": {"title": article.title, "url": f"http://testserver{article.url}", "language": "en"},
            "url": f"http://testserver{thread.url}",
            "comment_count": 1,
            "is_closed": True,
            "slow_minutes": 5,
            "may_vote_down": False,
            "edit_minutes": 3,
            "order": "oldest",
        }

    def test_is_there_before_anybody_wrote(self, article: ArticlePage, stan: Client) -> None:
        path = f"/threads/{article.translation_key}"
        assert ask(stan, "GET", path)["comment_count"] == 0
        assert ask(stan, "GET", f"{path}/comments").said == {"order": "newest", "comments": [], "after": None}
        assert not Thread.objects.exists()

    def test_is_found_by_a_path_in_any_language(self, article: ArticlePage, thread: Thread, stan: Client) -> None:
        front = FrontPage.objects.get(locale__language_code="ar")
        arabic = factories.translate(article, factories.make_section(front, "الميناء", slug="الميناء"), "العبّارة")
        for found in (article.url, arabic.url, arabic.url.rstrip("/")):
            assert ask(stan, "GET", "/threads/at", path=found)["key"] == str(thread.translation_key)
        said = ask(stan, "GET", "/threads/at", path=article.url, headers={"Accept-Language": "ar"}).said
        assert said["article"]["language"] == "ar"
        assert "/ar/threads/" in said["url"]

    @pytest.mark.parametrize(
        "path",
        ["/", "", "harbour", "/harbour/", "/nowhere/", "/admin/", "/api/", "//harbour", "/harbour/\x00", "/%00/",
         "/../harbour/", "http://testserver/harbour/", "/" + "a/" * 400, "/\ud800/"],
    )  # fmt: skip
    def test_is_not_found_where_no_article_is(self, article: ArticlePage, stan: Client, path: str) -> None:
        assert ask(stan, "GET", "/threads/at", path=path.encode("utf-8", "surrogatepass")).code == "not-found"

    def test_of_a_story_that_stands_in_a_second_place_is_the_originals(
        self, publication: FrontPage, article: ArticlePage, thread: Thread, stan: Client
    ) -> None:
        other = factories.make_section(publication, "Sea")
        alias = article.create_alias(parent=other)
        assert ask(stan, "GET", "/threads/at", path=alias.url)["key"] == str(thread.translation_key)


class TestTheComments:
    @pytest.mark.parametrize("limit", [1, 3, 7, 100])
    @pytest.mark.parametrize("order", ORDERS)
    def test_come_once_each_in_every_order(self, say: Say, path: str, stan: Client, order: str, limit: int) -> None:
        chance = random.Random(7)  # noqa: S311 - the same every time
        tops = [backdate(say(f"no. {number}"), minutes=chance.randrange(60)) for number in range(20)]
        for top in tops:
            if chance.random() < 0.5:
                cast_vote(top, by=factories.make_guest(), value=chance.choice([1, -1]))
                top.refresh_from_db()
        keys = {
            "newest": lambda top: (top.created_at, top.pk),
            "oldest": lambda top: (top.created_at, top.pk),
            "most-voted": lambda top: (top.score, top.created_at, top.pk),
        }
        expected = [top.public_id for top in sorted(tops, key=keys[order], reverse=order != "oldest")]
        assert [top["id"] for top in paged(stan, f"{path}/comments", order=order, limit=limit)] == expected

    def test_bring_their_first_replies_and_say_how_many_more(self, say: Say, path: str, stan: Client) -> None:
        top = say()
        replies = [say(f"no. {number}", to=top) for number in range(13)]
        (shown,) = paged(stan, f"{path}/comments")
        first = [reply["id"] for reply in shown["replies"]]
        assert first == [reply.public_id for reply in replies[:10]]
        assert (shown["branch_count"], shown["more"]) == (13, {"count": 3, "after": first[-1]})
        rest = ask(stan, "GET", f"/comments/{top.public_id}/branch", after=shown["more"]["after"])
        assert [reply["id"] for reply in rest["comments"]] == [reply.public_id for reply in replies[10:]]

    def test_pinned_stand_above_all_others_and_come_besides(self, say: Say, path: str, stan: Client) -> None:
        pinned, *others = (say(f"no. {number}") for number in range(4))
        Comment.objects.filter(pk=pinned.pk).update(is_pinned=True, is_pick=True)
        first = ask(stan, "GET", f"{path}/comments", order="newest", limit=1)
        assert [(top["id"], top["is_pinned"], top["is_pick"]) for top in first["comments"]] == [
            (pinned.public_id, True, True),
            (others[-1].public_id, False, False),
        ]
        shown = [top["id"] for top in paged(stan, f"{path}/comments", limit=1)]
        assert sorted(shown) == sorted(comment.public_id for comment in (pinned, *others))

    def test_of_a_closed_branch_say_so(self, say: Say, path: str, stan: Client) -> None:
        top, other = say(), say()
        reply = say("no more", to=top)
        Comment.objects.filter(pk=top.pk).update(is_branch_closed=True)
        shown = {one["id"]: one for one in paged(stan, f"{path}/comments")}
        assert (shown[top.public_id]["is_closed"], shown[other.public_id]["is_closed"]) == (True, False)
        assert shown[top.public_id]["replies"][0]["is_closed"] is True
        for where in (f"/comments/{reply.public_id}/branch", f"/comments/{top.public_id}/replies"):
            assert ask(stan, "GET", where)["comments"][0]["is_closed"] is True
        assert ask(stan, "GET", f"/comments/{reply.public_id}")["is_closed"] is True


class TestReplies:
    def test_to_one_comment_come_in_order(self, say: Say, stan: Client) -> None:
        top = say()
        replies = []
        for number in range(9):
            replies.append(say(f"no. {number}", to=top))
            say("an answer to it", to=replies[-1])
        path = f"/comments/{top.public_id}/replies"
        for limit in (1, 4, 9, 100):
            shown = list(paged(stan, path, limit=limit))
            assert [reply["id"] for reply in shown] == [reply.public_id for reply in replies]
        assert {(reply["parent"], reply["top"], reply["depth"], reply["reply_count"]) for reply in shown} == {
            (top.public_id, top.public_id, 1, 1)
        }

    def test_in_a_branch_come_behind_what_they_answer(self, say: Say, stan: Client) -> None:
        chance = random.Random(11)  # noqa: S311 - the same every time
        branch = [say()]
        say("another branch")
        for number in range(40):
            branch.append(say(f"no. {number}", to=chance.choice(branch)))
        public = {comment.pk: comment.public_id for comment in branch}
        for asked in (branch[0], branch[17]):
            shown = list(paged(stan, f"/comments/{asked.public_id}/branch", limit=7))
            assert [reply["id"] for reply in shown] == [comment.public_id for comment in branch[1:]]
            assert [reply["parent"] for reply in shown] == [public[comment.parent_id or 0] for comment in branch[1:]]
            assert {reply["top"] for reply in shown} == {branch[0].public_id}

    def test_go_on_behind_one_that_was_removed_since(self, say: Say, decide: Decide, stan: Client) -> None:
        top = say()
        replies = [say(f"no. {number}", to=top) for number in range(4)]
        after = ask(stan, "GET", f"/comments/{top.public_id}/replies", limit=2)["after"]
        decide(replies[1], "removed")
        for rest in ("replies", "branch"):
            shown = ask(stan, "GET", f"/comments/{top.public_id}/{rest}", after=after)["comments"]
            assert [reply["id"] for reply in shown] == [reply.public_id for reply in replies[2:]]


class TestMine:
    """What is for one reader alone."""

    def test_what_awaits_a_moderator_stands_in_its_place(
        self, say: Say, path: str, stan: Client, as_gus: Client
    ) -> None:
        top = say("first")
        replies = [say(f"no. {number}", to=top, held=number in (1, 5)) for number in range(6)]
        held = say("wait for me", held=True)
        for client, is_gus in ((as_gus, True), (stan, False)):
            tops = {one["id"]: one for one in paged(client, f"{path}/comments", limit=1)}
            assert (held.public_id in tops) is is_gus
            expected = [reply.public_id for reply in replies if is_gus or not reply.is_held]
            assert [reply["id"] for reply in tops[top.public_id]["replies"]] == expected
            for rest in ("replies", "branch"):
                shown = list(paged(client, f"/comments/{top.public_id}/{rest}", limit=2))
                assert [reply["id"] for reply in shown] == expected
        assert ask(as_gus, "GET", f"/comments/{held.public_id}")["standing"] == "held"

    def test_words_as_typed_are_for_their_author(
        self, say: Say, path: str, rita: User, as_rita: Client, as_gus: Client, stan: Client, as_mo: Client
    ) -> None:
        comment = say("*mine*", by=rita.profile)
        say("an answer", to=comment)
        for client in (as_rita, bot(rita, "read")):
            (shown,) = paged(client, f"{path}/comments")
            assert (shown["html"], shown["source"]) == ("<p><em>mine</em></p>\n", "*mine*")
            assert shown["replies"][0]["source"] is None
        for client in (as_gus, stan, as_mo):
            (shown,) = paged(client, f"{path}/comments")
            assert (shown["html"], shown["source"]) == ("<p><em>mine</em></p>\n", None)

    def test_an_edit_that_waits_is_for_its_author(self, say: Say, as_gus: Client, gus: Profile, stan: Client) -> None:
        comment = say("before")
        edit_comment(
            comment, by=gus, body="afterwards", key=Key.of("test", "edit"), within=timedelta(hours=1),
            spam_signs=("honeypot",),
        )  # fmt: skip
        path = f"/comments/{comment.public_id}"
        mine, theirs = ask(as_gus, "GET", path).said, ask(stan, "GET", path).said
        assert (mine["html"], mine["source"], mine["has_waiting_edit"]) == ("<p>before</p>\n", "afterwards", True)
        assert (theirs["html"], theirs["source"], theirs["has_waiting_edit"]) == ("<p>before</p>\n", None, False)
        assert "afterwards" not in str(theirs)

    def test_votes_are_shown_to_who_cast_them(self, say: Say, rita: User, as_rita: Client, stan: Client) -> None:
        comment, other = say(), say()
        cast_vote(comment, by=rita.profile, value=-1)
        path = f"/comments/{comment.public_id}"
        assert [ask(client, "GET", path)["vote"] for client in (as_rita, bot(rita), stan)] == [-1, -1, None]
        assert ask(as_rita, "GET", f"/comments/{other.public_id}")["vote"] == 0
        assert (ask(stan, "GET", path)["down_count"], ask(stan, "GET", path)["score"]) == (1, -1)

    def test_who_asks_is_told(self, rita: User, ed: User, as_ed: Client, as_gus: Client, stan: Client) -> None:
        assert ask(stan, "GET", "/me").said == {
            "kind": "nobody", "person": None, "by_token": False, "may_write": True,
        }  # fmt: skip
        assert ask(as_gus, "GET", "/me")["kind"] == "guest"
        assert ask(as_gus, "GET", "/me")["person"]["name"] == "Gus"
        program = ask(bot(rita, "read"), "GET", "/me").said
        assert program["person"]["name"] == "Rita"
        assert (program["kind"], program["by_token"], program["may_write"]) == ("member", True, False)
        for client in (as_ed, bot(ed)):
            assert (ask(client, "GET", "/me")["kind"], ask(client, "GET", "/me")["person"]) == ("member", None)


class TestATombstone:
    @pytest.mark.parametrize("standing", ["removed", "rejected", "held"])
    def test_tells_nothing_but_its_place(
        self, say: Say, decide: Decide, path: str, standing: str, stan: Client
    ) -> None:
        top = say("SECRET words")
        cast_vote(top, by=factories.make_guest(), value=1)
        answer = say("an answer", to=top)
        decide(top, standing)
        for where in (f"{path}/comments", f"/comments/{top.public_id}"):
            said = ask(stan, "GET", where).said
            shown = said["comments"][0] if "comments" in said else said
            assert shown["standing"] == ("held" if standing == "held" else "removed")
            assert [shown[name] for name in ("author", "html", "source", "created_at", "vote")] == [None] * 5
            assert (shown["score"], shown["up_count"], shown["reply_count"]) == (0, 0, 1)
            assert "SECRET" not in str(said)
            assert "Gus" not in str({**said, "comments": None, **shown, "replies": None})
        assert ask(stan, "GET", f"/comments/{answer.public_id}")["parent"] == top.public_id

    def test_of_a_deleted_one_says_so(self, say: Say, as_gus: Client, stan: Client) -> None:
        top = say()
        say("an answer", to=top)
        assert ask(as_gus, "DELETE", f"/comments/{top.public_id}").status == 204
        for client in (stan, as_gus):
            assert ask(client, "GET", f"/comments/{top.public_id}")["standing"] == "deleted"


class TestCost:
    def queries(self, client: Client, path: str, **query: object) -> int:
        assert ask(client, "GET", path, **query).status == 200
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert ask(client, "GET", path, **query).status == 200
        return len(captured)

    def talk(self, say: Say, count: int, by: Profile) -> Comment:
        last = None
        for number in range(count):
            last = say(f"no. {number}", to=last if number % 5 > 1 else None, by=by)
        return Comment.objects.filter(depth=0).latest("pk")

    def test_is_the_same_at_any_size(self, say: Say, path: str, rita: User, as_rita: Client, stan: Client) -> None:
        """Of every list, for a stranger and for somebody half of whose own words are on the page."""

        def costs() -> list[list[int]]:
            return [
                [self.queries(client, f"{path}/comments", limit=10, order=order) for order in ORDERS]
                for client in (stan, as_rita)
            ]

        self.talk(say, 20, rita.profile)
        few = costs()
        self.talk(say, 140, rita.profile)
        assert costs() == few
        # Site, article, thread with settings, tops with pinned, first replies.
        assert max(few[0]) <= 5
        # Session, user, profile, what is held, votes, own words, own edits.
        assert max(few[1]) <= 5 + 7

    def test_of_replies_is_the_same_at_any_size(self, say: Say, rita: User, as_rita: Client, stan: Client) -> None:
        top = say()
        counts = []
        for _round in range(2):
            for number in range(30):
                say(f"no. {number}", to=top, by=rita.profile)
            for rest in ("replies", "branch"):
                path = f"/comments/{top.public_id}/{rest}"
                after = ask(stan, "GET", path, limit=5)["after"]
                counts.append([self.queries(client, path, limit=5, after=after) for client in (stan, as_rita)])
        assert counts[:2] == counts[2:]
        # Comment, article, the cursor, the replies; the same seven besides.
        assert max(count[0] for count in counts) <= 4
        assert max(count[1] for count in counts) <= 4 + 7

    def test_one_hundred_come_with_their_first_replies(self, say: Say, path: str, stan: Client) -> None:
        for number in range(100):
            say("an answer", to=say(f"no. {number}"))
        answer = ask(stan, "GET", f"{path}/comments", limit=100)
        assert len(answer["comments"]) == 100
        assert all(len(top["replies"]) == 1 for top in answer["comments"])


def test_the_languages_of_sentences(stan: Client, publication: FrontPage) -> None:
    """They follow Accept-Language, since an address of the API has none."""
    sentences = {
        language: ask(stan, "GET", "/comments/bcdfghjkmnpq", headers={"Accept-Language": language})["sentence"]
        for language in ("en", "nb", "ar", "tlh", "*", "nb;q=0", "en;q=0.1, nb", "\xff;;q=x")
    }
    assert sentences["nb"] == sentences["en;q=0.1, nb"] != sentences["en"] == sentences["tlh"] == sentences["*"]
    assert len({sentences["en"], sentences["nb"], sentences["ar"]}) == 3


def test_what_is_one_persons_is_stored_nowhere(
    say: Say, path: str, rita: User, as_rita: Client, as_gus: Client, stan: Client
) -> None:
    say()
    for client in (as_rita, as_gus, bot(rita)):
        assert ask(client, "GET", f"{path}/comments").response["Cache-Control"] == "private, no-store"
    answer = ask(stan, "GET", f"{path}/comments").response
    assert not answer.cookies
    assert {"Cookie", "Authorization", "Accept-Language"} <= set(answer["Vary"].split(", "))
    assert ask(stan, "GET", "/comments/bcdfghjkmnpq").response["Cache-Control"] == "private, no-store"


def test_no_other_site_may_read_it(say: Say, path: str, as_rita: Client) -> None:
    say()
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = ask(as_rita, "GET", f"{path}/comments", headers=headers).response
    assert not any(name.lower().startswith("access-control-") for name in answer.headers)


def test_the_sections_articles_are_apart(say: Say, path: str, section: Section, stan: Client) -> None:
    say()
    other = factories.make_article(section, "The other story")
    say("elsewhere", where=Thread.objects.create(translation_key=other.translation_key))
    (shown,) = paged(stan, f"{path}/comments")
    assert shown["html"] == "<p>The tide waits for nobody.</p>\n"
    assert timezone.now().isoformat() > shown["created_at"]
