"""Writing through the API: what the forms lead to, for members, guests and programs, with the same refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.actions import profile_of
from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import GUEST_COOKIE
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import comments
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, CommentEdit, DiscussionSettings, Thread, Vote
from broadsheet.gate.limits import Limit
from broadsheet.moderation.bans import ban
from broadsheet.moderation.models import Hold, ModerationPolicy, Origin, Standing
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, Say, backdate
from tests.unit.discussion.programs import V1, ask, bot

pytestmark = pytest.mark.django_db

WORDS = {"body": "The tide *waits* for nobody."}
HTML = "<p>The tide <em>waits</em> for nobody.</p>\n"


@pytest.fixture
def here(article: ArticlePage) -> str:
    """The path that comments under the article are posted to."""
    return f"/threads/{article.translation_key}/comments"


class TestPosting:
    def test_a_member_writes_in_their_name(self, here: str, rita: User, as_rita: Client) -> None:
        for client in (as_rita, bot(rita)):
            answer = ask(client, "POST", here, {**WORDS, "name": "Somebody else", "email": "else@slipway.example"})
            assert answer.status == 201
            assert (answer["author"]["name"], answer["html"], answer["standing"]) == ("Rita", HTML, "published")
            assert (answer["source"], answer["parent"], answer["depth"]) == (WORDS["body"], None, 0)
            assert answer.response["Location"] == f"{V1}/comments/{answer['id']}"
            assert not answer.response.cookies
        assert set(Comment.objects.values_list("author", flat=True)) == {rita.profile.pk}
        assert Thread.objects.get().comment_count == 2

    def test_a_member_without_a_public_name_gets_one(self, here: str, ed: User, as_ed: Client) -> None:
        assert ask(as_ed, "POST", here, WORDS)["author"]["name"] == "Ed"
        assert ask(bot(ed), "POST", here, WORDS)["author"]["id"] == ed.profile.public_id

    def test_a_guest_is_remembered(self, here: str, stan: Client) -> None:
        first = ask(stan, "POST", here, {**WORDS, "name": "Stan", "email": "stan@slipway.example"})
        assert (first.status, first["author"]["name"], first["author"]["is_guest"]) == (201, "Stan", True)
        assert GUEST_COOKIE in first.response.cookies
        assert first.response["Cache-Control"] == "private, no-store"
        again = ask(stan, "POST", here, WORDS)
        assert again["author"]["id"] == first["author"]["id"]
        assert "slipway.example" not in first.response.content.decode()
        assert ask(stan, "PATCH", f"/comments/{first['id']}", {"body": "Less."})["html"] == "<p>Less.</p>\n"
        assert ask(stan, "DELETE", f"/comments/{again['id']}").status == 204

    def test_a_guest_needs_a_name(self, here: str, stan: Client) -> None:
        for body in (WORDS, {**WORDS, "name": " \u200b"}):
            answer = ask(stan, "POST", here, body)
            assert (answer.code, answer["field"]) == ("name-missing", "name")
        assert not Comment.objects.exists()
        assert not Profile.objects.exists()

    def test_replies_go_as_deep_as_one_likes(self, say: Say, rita: User) -> None:
        top, program = say(), bot(rita)
        above = top.public_id
        for depth in range(1, 12):
            answer = ask(program, "POST", f"/comments/{above}/replies", {"body": f"no. {depth}"})
            assert (answer["parent"], answer["top"], answer["depth"]) == (above, top.public_id, depth)
            above = answer["id"]
        top.refresh_from_db()
        assert (top.reply_count, top.branch_count) == (1, 11)
        assert list(broken_promises()) == []

    def test_what_is_held_is_said_to_be(self, here: str, stan: Client, as_gus: Client, article: ArticlePage) -> None:
        ModerationPolicy.objects.update(hold=Hold.ALL)
        answer = ask(stan, "POST", here, {**WORDS, "name": "Stan"})
        assert (answer.status, answer["standing"], answer["html"]) == (201, "held", HTML)
        assert ask(stan, "GET", f"/comments/{answer['id']}")["standing"] == "held"
        assert ask(as_gus, "GET", f"/comments/{answer['id']}").code == "not-found"
        assert Thread.objects.get().comment_count == 0

    def test_a_moderators_program_is_judged_as_they_are(self, here: str, mo: User) -> None:
        ModerationPolicy.objects.update(hold=Hold.ALL)
        assert ask(bot(mo), "POST", here, WORDS)["standing"] == "published"

    def test_it_is_announced_and_knows_its_language(self, here: str, rita: User, thread: Thread) -> None:
        ask(bot(rita), "POST", here, WORDS, headers={"Accept-Language": "nb"})
        assert versions_of([thread.topic]) == {thread.topic: 1}
        assert Comment.objects.get().language == "nb"

    def test_the_rules_are_those_of_the_page(self, say: Say, here: str, decide: Decide, rita: User) -> None:
        program, top = bot(rita), say()
        say("an answer", to=top)
        decide(top, "removed")
        assert ask(program, "POST", f"/comments/{top.public_id}/replies", WORDS).code == "parent-removed"
        Thread.objects.update(is_closed=True)
        assert ask(program, "POST", here, WORDS).code == "thread-closed"
        Thread.objects.update(is_closed=False)
        ban(rita.profile, hours=1, reason="", by=factories.make_user("mona", "Moderator"))
        assert ask(program, "POST", here, WORDS).code == "banned"
        assert Comment.objects.count() == 2


class TestWhatTheNewsroomDecides:
    def test_a_discussion_that_is_off_is_not_there(self, say: Say, here: str, rita: User, as_mo: Client) -> None:
        comment = say("mine", by=rita.profile)
        article_path = comment.thread.translation_key
        Thread.objects.update(is_off=True)
        for client in (bot(rita), Client(), as_mo):
            for method, path, body in (
                ("GET", f"/threads/{article_path}", None),
                ("GET", here, None),
                ("POST", here, {**WORDS, "name": "Stan"}),
                *(
                    (method, f"/comments/{comment.public_id}{rest}", body)
                    for method, rest, body in (
                        ("GET", "", None),
                        ("GET", "/replies", None),
                        ("GET", "/branch", None),
                        ("POST", "/replies", {**WORDS, "name": "Stan"}),
                        ("PATCH", "", WORDS),
                        ("DELETE", "", None),
                        ("PUT", "/vote", {"value": 1}),
                    )
                ),
            ):
                assert ask(client, method, path, body).code == "not-found", (method, path)
        assert Comment.objects.get().source == "mine"

    def test_a_branch_that_is_closed(self, say: Say, rita: User) -> None:
        top, program = say(), bot(rita)
        reply = say("mine", to=top, by=rita.profile)
        Comment.objects.filter(pk=top.pk).update(is_branch_closed=True)
        for method, path, body in (
            ("POST", f"/comments/{top.public_id}/replies", WORDS),
            ("POST", f"/comments/{reply.public_id}/replies", WORDS),
            ("PATCH", f"/comments/{reply.public_id}", WORDS),
            ("PUT", f"/comments/{top.public_id}/vote", {"value": 1}),
        ):
            assert ask(program, method, path, body).code == "branch-closed"
        assert ask(program, "DELETE", f"/comments/{reply.public_id}").status == 204

    def test_votes_down_are_off(self, say: Say, rita: User, article: ArticlePage) -> None:
        path, program = f"/comments/{say().public_id}/vote", bot(rita)
        ask(program, "PUT", path, {"value": -1})
        DiscussionSettings.objects.create(site=article.get_site(), has_down_votes=False)
        assert ask(program, "PUT", path, {"value": 1})["score"] == 1
        answer = ask(program, "PUT", path, {"value": -1})
        assert (answer.status, answer.code) == (403, "no-down-votes")
        assert ask(program, "PUT", path, {"value": 0})["score"] == 0

    def test_slow_mode_is_for_programs_too(self, here: str, thread: Thread, rita: User, mo: User) -> None:
        Thread.objects.update(slow_minutes=10)
        program, key = bot(rita), "0123456789abcdef"
        first = ask(program, "POST", here, WORDS, key=key)
        answer = ask(bot(rita), "POST", here, {"body": "and another thing"})
        assert (answer.status, answer.code) == (429, "slow-mode")
        assert ask(program, "POST", here, WORDS, key=key)["id"] == first["id"]
        for _time in range(2):
            assert ask(bot(mo), "POST", here, WORDS).status == 201


class TestEditing:
    def test_puts_other_words_in_place(self, say: Say, rita: User, as_rita: Client, stan: Client) -> None:
        comment = backdate(say("before", by=rita.profile), minutes=2)
        path = f"/comments/{comment.public_id}"
        answer = ask(as_rita, "PATCH", path, {"body": "*after*"})
        assert (answer.status, answer["html"], answer["source"]) == (200, "<p><em>after</em></p>\n", "*after*")
        assert answer["edited_at"]
        assert ask(stan, "GET", path)["html"] == "<p><em>after</em></p>\n"
        assert ask(bot(rita), "PATCH", path, {"body": "again"})["html"] == "<p>again</p>\n"

    def test_that_is_held_leaves_the_earlier_words(self, say: Say, rita: User, stan: Client) -> None:
        comment = say("before", by=rita.profile)
        ModerationPolicy.objects.update(hold=Hold.ALL)
        answer = ask(bot(rita), "PATCH", f"/comments/{comment.public_id}", {"body": "after"})
        assert (answer["html"], answer["source"], answer["has_waiting_edit"]) == ("<p>before</p>\n", "after", True)
        assert "after" not in ask(stan, "GET", f"/comments/{comment.public_id}").response.content.decode()

    def test_ends_with_the_window(self, say: Say, rita: User, article: ArticlePage) -> None:
        DiscussionSettings.objects.create(site=article.get_site(), edit_minutes=3)
        program, comment = bot(rita), backdate(say("before", by=rita.profile), minutes=4)
        path = f"/comments/{comment.public_id}"
        assert ask(program, "PATCH", path, {"body": "after"}).code == "too-late"
        assert ask(program, "DELETE", path).code == "too-late"
        assert Comment.objects.get().source == "before"

    def test_of_what_a_moderator_removed(self, say: Say, decide: Decide, rita: User) -> None:
        comment = say("before", by=rita.profile)
        say("an answer", to=comment)
        decide(comment, "removed")
        program, path = bot(rita), f"/comments/{comment.public_id}"
        assert ask(program, "PATCH", path, {"body": "after"}).code == "comment-removed"
        assert ask(program, "DELETE", path).code == "comment-removed"

    def test_knows_only_the_words(self, say: Say, rita: User) -> None:
        """What a form could never set is no field of an edit."""
        comment = say("before", by=rita.profile)
        for field in ("standing", "author", "score", "is_pinned", "parent", "name", "created_at", "id"):
            answer = ask(bot(rita), "PATCH", f"/comments/{comment.public_id}", {"body": "after", field: "published"})
            assert (answer.code, answer["field"]) == ("field-unknown", field)
        assert not CommentEdit.objects.exists()


class TestDeleting:
    def test_repeats_harmlessly(self, say: Say, rita: User, as_rita: Client, stan: Client) -> None:
        answered, alone = say("mine", by=rita.profile), say("mine too", by=rita.profile)
        say("an answer", to=answered)
        for comment in (answered, alone):
            for client in (as_rita, bot(rita), as_rita):
                answer = ask(client, "DELETE", f"/comments/{comment.public_id}")
                assert (answer.status, answer.response.content) == (204, b"")
        assert ask(stan, "GET", f"/comments/{answered.public_id}")["standing"] == "deleted"
        assert ask(stan, "GET", f"/comments/{alone.public_id}").code == "not-found"
        for comment, code in ((answered, "not-your-comment"), (alone, "not-found")):
            assert ask(stan, "DELETE", f"/comments/{comment.public_id}").code == code
        assert Thread.objects.get().comment_count == 1
        assert list(broken_promises()) == []


class TestVoting:
    def test_one_voice_changes_and_is_taken_back(self, say: Say, rita: User, as_rita: Client) -> None:
        comment, program = say(), bot(rita)
        path = f"/comments/{comment.public_id}/vote"
        for client, value, counts in (
            (as_rita, 1, (1, 0, 1)),
            (program, 1, (1, 0, 1)),
            (program, -1, (0, 1, -1)),
            (as_rita, 0, (0, 0, 0)),
            (as_rita, 0, (0, 0, 0)),
        ):
            answer = ask(client, "PUT", path, {"value": value}, key=None)
            assert (answer["up_count"], answer["down_count"], answer["score"]) == counts
            assert (answer["comment"], answer["value"]) == (comment.public_id, value)
        assert not Vote.objects.exists()

    def test_a_stranger_becomes_a_guest(self, say: Say, stan: Client) -> None:
        comment = say()
        path = f"/comments/{comment.public_id}/vote"
        answer = ask(stan, "PUT", path, {"value": 1}, key=None)
        assert GUEST_COOKIE in answer.response.cookies
        assert ask(stan, "PUT", path, {"value": -1}, key=None)["score"] == -1
        assert Vote.objects.count() == 1

    def test_a_stranger_who_keeps_no_cookie_is_known_by_the_key(self, say: Say) -> None:
        comment = say()
        for _time in range(100):
            ask(Client(), "PUT", f"/comments/{comment.public_id}/vote", {"value": 1}, key="0123456789abcdef")
        comment.refresh_from_db()
        assert (comment.up_count, Vote.objects.count()) == (1, 1)
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        ask(
            Client(),
            "PUT",
            f"/comments/{comment.public_id}/vote",
            {"value": 1},
            key="0123456789abcdef",
            headers=elsewhere,
        )
        assert Vote.objects.count() == 2

    def test_nobody_is_made_who_they_were_by_a_key_alone(self, say: Say, here: str, stan: Client) -> None:
        """Whoever took a name since is remembered by their own browser; a key may be guessed."""
        comment, key = say(), "0000000000000001"
        ask(stan, "PUT", f"/comments/{comment.public_id}/vote", {"value": 1}, key=key)
        ask(stan, "POST", here, {**WORDS, "name": "Stan"})
        answer = ask(Client(), "PUT", f"/comments/{comment.public_id}/vote", {"value": 1}, key=key)
        assert GUEST_COOKIE not in answer.response.cookies


class TestPreview:
    def test_shows_and_keeps_nothing(self, publication: object, stan: Client, rita: User) -> None:
        for client in (stan, bot(rita)):
            assert ask(client, "POST", "/preview", WORDS, key=None).said == {"html": HTML}
        assert not Comment.objects.exists()

    def test_is_safe(self, publication: object, stan: Client) -> None:
        for body in (
            "`<script>alert(1)</script>`",
            '[x](https://a.example/"onmouseover=alert(1))',
            "![x](https://a.example/x.png)",
        ):
            html = ask(stan, "POST", "/preview", {"body": body})["html"]
            assert "<script" not in html
            assert "<img" not in html
            assert "onmouseover=alert" not in html.replace("&quot;", "").replace("%22onmouseover", "")
        assert ask(stan, "POST", "/preview", {"body": "<img src=x onerror=alert(1)>"}).code == "text-html"


class TestFromWhere:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Referer": "https://evil.example/x"},
        ],
    )
    def test_no_other_site_acts_in_somebodys_name(
        self, say: Say, here: str, rita: User, as_rita: Client, as_gus: Client, headers: dict[str, str]
    ) -> None:
        comment = say("mine", by=rita.profile)
        path = f"/comments/{comment.public_id}"
        for client in (as_rita, as_gus):
            for method, where, body in (
                ("POST", here, WORDS),
                ("POST", f"{path}/replies", WORDS),
                ("PATCH", path, WORDS),
                ("DELETE", path, None),
                ("PUT", f"{path}/vote", {"value": 1}),
            ):
                answer = ask(client, method, where, body, headers=headers)
                assert (answer.status, answer.code) == (403, "cross-site")
        assert Comment.objects.get().source == "mine"

    def test_our_own_pages_and_programs_may(self, here: str, rita: User, as_rita: Client) -> None:
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}, {}):
            assert ask(as_rita, "POST", here, WORDS, headers=headers).status == 201
        # Node's own fetch says so much and no more.
        assert ask(bot(rita), "POST", here, WORDS, headers={"Sec-Fetch-Mode": "cors"}).status == 201

    def test_no_page_asks_beforehand(self, here: str, stan: Client) -> None:
        """A browser that asks whether another site's page may is told nothing that lets it."""
        headers = {
            "Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        }  # fmt: skip
        answer = ask(stan, "OPTIONS", here, headers=headers)
        assert answer.status == 405
        assert not any(name.lower().startswith("access-control-") for name in answer.response.headers)

    def test_a_token_counts_whatever_cookies_come_along(self, here: str, rita: User, ed: User, as_gus: Client) -> None:
        client = bot(rita)
        client.force_login(ed)
        client.cookies.update(as_gus.cookies)
        assert ask(client, "POST", here, WORDS)["author"]["name"] == "Rita"
        client.defaults["HTTP_AUTHORIZATION"] = "Bearer broadsheet_" + "x" * 40
        for answer in (ask(client, "POST", here, WORDS), ask(client, "GET", here)):
            assert (answer.code, answer.response["WWW-Authenticate"]) == ("token-unknown", "Bearer")

    def test_a_token_opens_no_page(self, rita: User, here: str) -> None:
        program = bot(rita)
        assert program.get("/accounts/profile/").status_code == 302
        assert program.post(f"{here}/", {"body": "Words.", "name": ""}).status_code == 422


class TestLimits:
    def test_are_those_of_a_person(self, here: str, rita: User, as_rita: Client) -> None:
        """Page, session and tokens count alike, from whatever address."""
        turns = comments.OF_PROFILE.turns
        clients = [as_rita, bot(rita), bot(rita)]
        statuses = [
            ask(
                clients[number % 3], "POST", here, {"body": f"no. {number}"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            ).status
            for number in range(turns + 2)
        ]  # fmt: skip
        assert statuses == [201] * turns + [429, 429]
        assert ask(clients[1], "PATCH", f"/comments/{Comment.objects.latest('pk').public_id}", WORDS).code == "too-many"
        with time_machine.travel(timezone.now() + comments.WITHIN + timedelta(seconds=1), tick=False):
            assert ask(clients[1], "POST", here, WORDS).status == 201

    def test_are_those_of_a_connection(self, here: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(comments, "OF_NETWORK", Limit("few-of-network", 3, comments.WITHIN))
        statuses = [
            ask(Client(), "POST", here, {"body": f"no. {number}", "name": "Nora"}).status for number in range(5)
        ]
        assert statuses == [201, 201, 201, 429, 429]

    def test_are_lifted_for_who_may_and_says_so(self, here: str, rita: User) -> None:
        rita.user_permissions.add(Permission.objects.get(codename="write_without_limits"))
        rita = User.objects.get(pk=rita.pk)
        free, bound = bot(rita, "unlimited"), bot(rita)
        for number in range(comments.OF_PROFILE.turns + 5):
            assert ask(free, "POST", here, {"body": f"no. {number}"}).status == 201
        assert not Origin.objects.filter(network__gt="").exists()
        for number in range(comments.OF_PROFILE.turns + 1):
            last = ask(bound, "POST", here, {"body": f"bound no. {number}"})
        assert last.code == "too-many"
        # Who may no more writes within limits again, at once.
        rita.user_permissions.clear()
        assert ask(free, "POST", here, {"body": "one more"}).code == "too-many"


def test_the_words_of_the_page_and_of_the_api_are_the_same(here: str, rita: User, as_rita: Client) -> None:
    """Whatever comes in, the same is kept: there is one way into a comment."""
    for number, body in enumerate(
        ("a\r\nb", "e\u0301", "x\u200b\u200b\u200by", "> quoted\n\nanswer", "5 < 6 & 7 > 3", "🦑" * 50)
    ):
        ask(bot(rita), "POST", here, {"body": f"{number} {body}"})
        as_rita.post(f"{here}/", {"body": f"{number} {body}"})
        kept = Comment.objects.filter(source__startswith=f"{number} ").values_list("source", "html")
        assert len(kept) == 2
        assert len(set(kept)) == 1


def test_a_public_name_is_text(here: str, stan: Client) -> None:
    answer = ask(stan, "POST", here, {**WORDS, "name": "<b>Óscar O'Brien</b>"})
    assert answer["author"]["name"] == "<b>Óscar O'Brien</b>"
    assert answer.response["X-Content-Type-Options"] == "nosniff"
    assert Comment.objects.get().standing == Standing.PUBLISHED


def test_the_longest_comment_fits(here: str, rita: User) -> None:
    body = "𝕊 " * (settings.COMMENT_LIMIT // 2 - 1) + "𝕊"
    assert ask(bot(rita), "POST", here, {"body": body})["source"] == body
    assert profile_of(rita).comments.count() == 1
