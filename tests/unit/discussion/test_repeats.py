"""The same submission twice is one comment with the same answer: a double click, a retry, a hundred at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile
from broadsheet.accounts.visitor import GUEST_COOKIE
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.stamp import fresh_stamp
from broadsheet.publication.models import ArticlePage
from tests.unit.discussion.conftest import Decide, Say, post

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.django_db
class TestTwice:
    def test_with_the_forms_key_is_one_comment(self, here: str) -> None:
        first, second = (post(Client(), here, body="once", key=KEY) for _ in range(2))
        assert Comment.objects.count() == Profile.objects.count() == 1
        assert first.response["Location"] == second.response["Location"]
        assert GUEST_COOKIE in second.response.cookies

    def test_with_other_words_is_another_comment(self, here: str) -> None:
        for body in ("one thing", "another thing"):
            post(Client(), here, body=body, key=KEY)
        assert Comment.objects.count() == 2

    def test_without_a_key_is_told_by_stamp_and_sender(self, here: str) -> None:
        stamp = fresh_stamp(timezone.now() - timedelta(minutes=2))
        first, second = (post(Client(), here, body="once", stamp=stamp) for _ in range(2))
        assert Comment.objects.count() == 1
        assert first.response["Location"] == second.response["Location"]
        post(Client(REMOTE_ADDR="192.0.2.7"), here, body="once", stamp=stamp)
        post(Client(), here, body="once", stamp=fresh_stamp(timezone.now() - timedelta(minutes=9)))
        assert Comment.objects.count() == 3

    def test_makes_nobody_a_guest_long_afterwards(self, here: str) -> None:
        """Whoever types the same words behind the same address is not handed the first one's name."""
        stamp = fresh_stamp(timezone.now() - timedelta(minutes=2))
        assert GUEST_COOKIE in post(Client(), here, body="Thank you", stamp=stamp).response.cookies
        assert GUEST_COOKIE in post(Client(), here, body="Thank you", stamp=stamp).response.cookies
        with time_machine.travel(timezone.now() + timedelta(minutes=1)):
            late = post(Client(), here, body="Thank you", stamp=stamp)
        assert late.status == 303
        assert GUEST_COOKIE not in late.response.cookies

    def test_is_not_what_two_guests_behind_one_address_say(self, here: str, as_gus: Client) -> None:
        post(Client(), here, body="Thank you", name="Gus")
        post(as_gus, here, body="Thank you", name="Gus")
        assert Comment.objects.count() == Profile.objects.count() == 2

    def test_answers_as_before_though_the_thread_was_closed(self, here: str) -> None:
        first = post(Client(), here, body="once", key=KEY)
        Thread.objects.update(is_closed=True)
        assert post(Client(), here, body="once", key=KEY).response["Location"] == first.response["Location"]

    def test_answers_as_before_though_the_parent_was_removed(self, say: Say, decide: Decide) -> None:
        top = say()
        reply = f"/comments/{top.public_id}/reply/"
        first = post(Client(), reply, body="once", key=KEY)
        decide(top, "removed")
        assert post(Client(), reply, body="once", key=KEY).response["Location"] == first.response["Location"]

    def test_after_a_refusal_is_a_first_time(self, here: str, thread: Thread) -> None:
        Thread.objects.update(is_closed=True)
        assert post(Client(), here, body="once", key=KEY).status == 403
        Thread.objects.update(is_closed=False)
        assert post(Client(), here, body="once", key=KEY).status == 303
        assert Comment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def many(self, here: str, times: int, **fields: str) -> list[str]:
        def send(number: int) -> str:
            try:
                named = {name: value.format(number=number) for name, value in fields.items()}
                response = Client().post(here, named)
                assert response.status_code == 303, response.content
                return response["Location"]
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            return list(pool.map(send, range(times)))

    @pytest.mark.parametrize("key", [KEY, ""])
    def test_a_hundred_times_is_one_comment(self, article: ArticlePage, here: str, key: str) -> None:
        stamp = fresh_stamp(timezone.now() - timedelta(minutes=2))
        answers = self.many(here, 100, body="once", name="Nora", key=key, stamp=stamp)
        assert len(answers) == 100
        assert len(set(answers)) == 1
        assert Comment.objects.count() == Profile.objects.count() == Thread.objects.count() == 1
        thread = Thread.objects.get()
        assert thread.comment_count == 1
        assert versions_of([thread.topic]) == {thread.topic: 1}

    def test_different_ones_are_all_counted_once(self, say: Say, thread: Thread) -> None:
        top = say()
        self.many(f"/comments/{top.public_id}/reply/", 40, body="no. {number}", name="Nora")
        top.refresh_from_db()
        thread.refresh_from_db()
        assert (top.reply_count, top.branch_count, top.last_position) == (40, 40, 40)
        assert thread.comment_count == 41
        assert sorted(Comment.objects.filter(root=top).values_list("position", flat=True)) == list(range(1, 41))

    def test_the_first_comments_of_an_article_make_one_thread(self, article: ArticlePage, here: str) -> None:
        self.many(here, 20, body="no. {number}", name="Nora")
        assert Thread.objects.get().comment_count == 20
