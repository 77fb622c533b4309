"""The same submission twice is one comment with the same answer: a retry, another guess of a key, a hundred at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import GUEST_COOKIE
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import comments
from broadsheet.discussion.models import Comment, CommentEdit, Thread, Vote
from broadsheet.moderation.models import Hold, ModerationPolicy
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, Say, backdate
from tests.unit.discussion.programs import ask, bot

KEY = "0123456789abcdef"
WORDS = {"body": "once"}
SIGNED = {"body": "once", "name": "Nora"}


@pytest.fixture
def here(article: ArticlePage) -> str:
    """The path that comments under the article are posted to."""
    return f"/threads/{article.translation_key}/comments"


@pytest.mark.django_db
class TestTwice:
    def test_is_one_comment_with_the_same_answer(self, here: str, rita: User, as_rita: Client) -> None:
        """From whichever of a member's programs and browsers it comes."""
        answers = [ask(client, "POST", here, WORDS, key=KEY) for client in (bot(rita), bot(rita), as_rita)]
        assert {(answer.status, answer["id"], answer.response["Location"]) for answer in answers} == {
            (201, answers[0]["id"], f"/api/v1/comments/{answers[0]['id']}")
        }
        assert Comment.objects.count() == 1

    def test_takes_no_further_turn(self, here: str, rita: User) -> None:
        program = bot(rita)
        for _time in range(comments.OF_PROFILE.turns + 5):
            assert ask(program, "POST", here, WORDS, key=KEY).status == 201
        assert Comment.objects.count() == 1

    def test_with_other_words_or_elsewhere_is_another_comment(self, here: str, say: Say, rita: User) -> None:
        top, program = say(), bot(rita)
        ids = {
            ask(program, "POST", where, body, key=KEY)["id"]
            for where in (here, f"/comments/{top.public_id}/replies")
            for body in (WORDS, {"body": "twice"})
        }
        assert len(ids) == 4

    def test_from_another_member_is_another_comment(self, here: str, rita: User) -> None:
        """A program may choose keys that others choose too."""
        first = ask(bot(rita), "POST", here, WORDS, key=KEY)
        second = ask(bot(factories.make_member("nils")), "POST", here, WORDS, key=KEY)
        assert first["id"] != second["id"]
        assert (first["author"]["name"], second["author"]["name"]) == ("Rita", "Nils")

    def test_from_a_guest_who_lost_the_answer(self, here: str) -> None:
        """The same connection gets the same answer, with the cookie and without."""
        first = ask(Client(), "POST", here, SIGNED, key=KEY)
        assert GUEST_COOKIE in first.response.cookies
        lost = Client()
        again = ask(lost, "POST", here, SIGNED, key=KEY)
        assert again["id"] == first["id"]
        assert again.response.cookies[GUEST_COOKIE].value
        assert ask(lost, "POST", here, SIGNED, key=KEY)["id"] == first["id"]
        assert Comment.objects.count() == Profile.objects.count() == 1

    def test_makes_nobody_the_guest_of_another_connection(self, here: str, stan: Client) -> None:
        first = ask(Client(), "POST", here, SIGNED, key=KEY)
        answer = ask(stan, "POST", here, SIGNED, key=KEY, headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer["id"] != first["id"]
        assert answer["author"]["id"] != first["author"]["id"]

    def test_makes_nobody_a_guest_long_afterwards(self, here: str, stan: Client) -> None:
        """A neighbour behind the same connection, who guesses key, name and words, learns what everybody may."""
        ModerationPolicy.objects.update(hold=Hold.ALL)
        first = ask(Client(), "POST", here, SIGNED, key=KEY)
        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            late = ask(stan, "POST", here, SIGNED, key=KEY)
        assert (late.status, late["id"], late["standing"]) == (201, first["id"], "held")
        assert (late["html"], late["source"], late["author"]) == (None, None, None)
        assert GUEST_COOKIE not in late.response.cookies

    def test_is_not_what_a_form_posted(self, here: str, rita: User, as_rita: Client) -> None:
        as_rita.post(f"{here}/", {**WORDS, "key": KEY})
        ask(bot(rita), "POST", here, WORDS, key=KEY)
        assert Comment.objects.count() == 2

    def test_answers_as_before_whatever_changed_since(self, here: str, say: Say, decide: Decide, rita: User) -> None:
        top, program = say(), bot(rita)
        replies = f"/comments/{top.public_id}/replies"
        first = [ask(program, "POST", where, WORDS, key=KEY)["id"] for where in (here, replies)]
        decide(top, "removed")
        Thread.objects.update(is_closed=True)
        assert [ask(program, "POST", where, WORDS, key=KEY)["id"] for where in (here, replies)] == first

    def test_after_a_refusal_is_a_first_time(self, here: str, thread: Thread, rita: User) -> None:
        program = bot(rita)
        Thread.objects.update(is_closed=True)
        assert ask(program, "POST", here, WORDS, key=KEY).code == "thread-closed"
        Thread.objects.update(is_closed=False)
        assert ask(program, "POST", here, WORDS, key=KEY).status == 201

    def test_an_edit_is_one_version(self, say: Say, rita: User) -> None:
        comment, program = backdate(say("before", by=rita.profile), minutes=2), bot(rita)
        for _time in range(3):
            answer = ask(program, "PATCH", f"/comments/{comment.public_id}", {"body": "after"}, key=KEY)
            assert (answer.status, answer["source"]) == (200, "after")
        assert CommentEdit.objects.count() == 2


@pytest.mark.django_db
class TestTheKey:
    @pytest.mark.parametrize("where", ["comments", "replies", "edit"])
    def test_is_wanted(self, here: str, say: Say, rita: User, where: str) -> None:
        comment, program = say("before", by=rita.profile), bot(rita)
        method, path = {
            "comments": ("POST", here),
            "replies": ("POST", f"/comments/{comment.public_id}/replies"),
            "edit": ("PATCH", f"/comments/{comment.public_id}"),
        }[where]
        answer = ask(program, method, path, WORDS, key=None)
        assert (answer.status, answer.code, answer["field"]) == (400, "header-missing", "Idempotency-Key")
        for key in (
            "",
            "short",
            "x" * 15,
            "x" * 65,
            "with a space in it",
            "cl\xe9-qui-n'est-pas-ascii",
            "tab\tin-the-midst-of",
        ):
            answer = ask(program, method, path, WORDS, headers={"Idempotency-Key": key}, key=None)
            assert (answer.status, answer.code) == (422, "key-unfit"), key
        assert Comment.objects.get().source == "before"

    def test_of_a_vote_may_be_left_out_but_not_be_unfit(self, say: Say, stan: Client) -> None:
        path = f"/comments/{say().public_id}/vote"
        assert ask(stan, "PUT", path, {"value": 1}, key="short").code == "key-unfit"
        assert not Vote.objects.exists()
        assert ask(stan, "PUT", path, {"value": 1}, key=None).status == 200


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def many(self, times: int, *request: object, clients: list[Client], key: str = KEY) -> list[tuple[int, str]]:
        def send(number: int) -> tuple[int, str]:
            try:
                method, path, body = request
                answer = ask(clients[number % len(clients)], str(method), str(path), body, key=key)
                return answer.status, answer.response.content.decode() if answer.status < 300 else answer.code
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            return list(pool.map(send, range(times)))

    @pytest.mark.parametrize("who", ["guest", "member"])
    def test_a_hundred_times_is_one_comment(self, article: ArticlePage, here: str, rita: User, who: str) -> None:
        before = Profile.objects.count()
        clients = [bot(rita) for _ in range(10)] if who == "member" else [Client(REMOTE_ADDR="198.51.100.7")]
        if who == "guest":
            clients = [Client(REMOTE_ADDR="198.51.100.7") for _ in range(100)]
        answers = self.many(100, "POST", here, SIGNED, clients=clients)
        assert len(answers) == 100
        assert len(set(answers)) == 1
        assert answers[0][0] == 201
        assert Comment.objects.count() == Thread.objects.count() == 1
        assert Profile.objects.count() == before + (who == "guest")
        thread = Thread.objects.get()
        assert thread.comment_count == 1
        assert versions_of([thread.topic]) == {thread.topic: 1}

    def test_a_hundred_edits_are_one_version(self, say: Say, rita: User) -> None:
        comment = backdate(say("before", by=rita.profile), minutes=2)
        clients = [bot(rita) for _ in range(10)]
        answers = self.many(100, "PATCH", f"/comments/{comment.public_id}", {"body": "after"}, clients=clients)
        assert {status for status, _ in answers} == {200}
        assert CommentEdit.objects.count() == 2

    def test_a_hundred_votes_are_one_voice(self, say: Say, rita: User) -> None:
        comment = say()
        path = f"/comments/{comment.public_id}/vote"
        answers = self.many(100, "PUT", path, {"value": 1}, clients=[bot(rita) for _ in range(10)])
        assert {status for status, _ in answers} == {200}
        strangers = [Client(REMOTE_ADDR="198.51.100.7") for _ in range(100)]
        answers = self.many(100, "PUT", path, {"value": -1}, clients=strangers)
        assert {status for status, _ in answers} == {200}
        comment.refresh_from_db()
        assert (comment.up_count, comment.down_count, comment.score) == (1, 1, 0)

    def test_a_hundred_deletions_are_one(self, say: Say, rita: User, thread: Thread) -> None:
        comment = say("mine", by=rita.profile)
        answers = self.many(
            100, "DELETE", f"/comments/{comment.public_id}", None, clients=[bot(rita) for _ in range(10)]
        )
        assert {status for status, _ in answers} == {204}
        thread.refresh_from_db()
        assert thread.comment_count == 0
