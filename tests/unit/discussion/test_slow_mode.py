"""Slow mode: one comment per person in so many minutes, in each thread; others behind the same address write on."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import remember_guest
from broadsheet.discussion.actions import delete_comment, slow_thread
from broadsheet.discussion.models import Comment, Thread
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.unit.discussion.conftest import Decide, PageRead, Say, read

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTES = 5
PAUSE = timedelta(minutes=MINUTES)
KEY = "0123456789abcdef0123456789abcdef"

_numbers = itertools.count(2)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slow(thread: Thread, mo: User) -> Thread:
    """The thread in slow mode."""
    return slow_thread(thread, minutes=MINUTES, by=mo)


def write(browser: Client, thread: Thread, body: str | None = None, name: str = "Stan", **fields: str) -> PageRead:
    """Post by the form below the article, as anybody behind one address; each time something else."""
    said = f"I saw it {next(_numbers)} times." if body is None else body
    return PageRead(browser.post(thread.write_url, {"body": said, "name": name, **fields}))


def test_somebody_we_know_has_one_turn(slow: Thread, as_rita: Client, as_gus: Client) -> None:
    for browser, name in ((as_rita, ""), (as_gus, "Gus")):
        with time_machine.travel(NOON, tick=False) as clock:
            assert write(browser, slow, "First.", name).status == 303
            clock.shift(timedelta(minutes=1, seconds=30))
            refused = write(browser, slow, "Second, and it took me long.", name)
            assert refused.status == 429
            assert refused.field("body") == "Second, and it took me long."
            assert refused.alert == (
                "Slow mode is on: everybody can post one comment in 5 minutes here. You can post again in 4 minutes."
            )
            clock.move_to(NOON + PAUSE - timedelta(seconds=1))
            assert "again in 1 minute." in write(browser, slow, "Third.", name).alert
            clock.move_to(NOON + PAUSE)
            assert write(browser, slow, "Third.", name).status == 303
    assert Comment.objects.count() == 4


def test_it_is_said_in_the_readers_language(slow: Thread, article: ArticlePage, as_rita: Client) -> None:
    front = FrontPage.objects.get(locale__language_code="ar")
    factories.translate(article, factories.make_section(front, "الميناء"), "العبارة")
    Thread.objects.update(slow_minutes=180)
    url = f"/ar/threads/{slow.translation_key}/comments/"
    assert as_rita.post(url, {"body": "One."}).status_code == 303
    assert PageRead(as_rita.post(url, {"body": "Two."})).alert.count("٣ ساعات") == 2


def test_twenty_five_behind_one_address_all_post(slow: Thread) -> None:
    answers = [write(Client(), slow, name=f"Pupil {number}").status for number in range(25)]
    assert answers == [303] * 25


def test_whoever_drops_the_cookie_is_known_by_name_and_connection(slow: Thread, as_gus: Client) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert write(Client(), slow, name="Stan").status == 303
        clock.shift(timedelta(minutes=2))
        refused = write(Client(), slow, name="STAN")
        assert (refused.status, "again in 3 minutes" in refused.alert) == (429, True)
        away = Client(REMOTE_ADDR="198.51.100.7")
        assert write(away, slow, name="Stan").status == 303
        assert write(as_gus, slow, name="Gus").status == 303
        assert write(Client(), slow, name="Gus").status == 429
        clock.move_to(NOON + PAUSE)
        assert write(Client(), slow, name="Stan").status == 303


def test_a_known_guest_waits_for_nobody_of_the_same_name(slow: Thread, as_gus: Client) -> None:
    assert write(Client(), slow, name="Gus").status == 303
    assert write(as_gus, slow, name="Gus").status == 303


def test_another_name_is_no_other_person_in_the_same_browser(slow: Thread, as_gus: Client) -> None:
    assert write(as_gus, slow, name="Gus").status == 303
    assert write(as_gus, slow, name="August").status == 429


def test_midnight_is_no_way_around(slow: Thread) -> None:
    with time_machine.travel(datetime(2026, 5, 4, 23, 58, tzinfo=UTC), tick=False) as clock:
        assert write(Client(), slow).status == 303
        clock.shift(timedelta(minutes=3))
        assert write(Client(), slow).status == 429


def test_another_thread_is_another_matter(slow: Thread, section: Section, as_rita: Client) -> None:
    story = factories.make_article(section, "Another story")
    other = Thread.objects.create(translation_key=story.translation_key, slow_minutes=MINUTES)
    assert [write(as_rita, thread).status for thread in (slow, other)] == [303, 303]


def test_moderators_write_as_they_like(slow: Thread, as_mo: Client, as_ed: Client) -> None:
    assert [write(browser, slow).status for browser in (as_mo, as_ed) for _ in range(2)] == [303] * 4


def test_programs_of_ours_write_as_they_like(slow: Thread, say: Say) -> None:
    say("one", where=slow)
    say("two", where=slow)


def test_what_is_held_rejected_or_deleted_was_a_turn(
    slow: Thread, decide: Decide, as_rita: Client, rita: User, as_gus: Client, gus: Profile
) -> None:
    assert write(as_rita, slow, website="x").status == 303
    held = Comment.objects.get()
    assert held.is_held
    assert write(as_rita, slow).status == 429
    decide(held, "rejected", "It sells boats.")
    assert write(as_rita, slow).status == 429
    assert write(as_gus, slow, name="Gus").status == 303
    delete_comment(Comment.objects.get(author=gus), by=gus, within=timedelta(hours=1))
    assert write(as_gus, slow, name="Gus").status == 429


def test_what_was_refused_was_none(slow: Thread, as_rita: Client) -> None:
    assert write(as_rita, slow, "").status == 422
    assert write(as_rita, slow, "Now with words.").status == 303


def test_a_repeat_gets_the_first_answer(slow: Thread, as_rita: Client) -> None:
    first, second = (write(as_rita, slow, "Once.", key=KEY) for _ in range(2))
    assert (second.status, second.response["Location"]) == (303, first.response["Location"])
    assert Comment.objects.count() == 1


def test_replies_wait_as_well_and_previews_never(slow: Thread, say: Say, as_rita: Client) -> None:
    top = say(where=slow)
    write(as_rita, slow)
    reply = f"/comments/{top.public_id}/reply/"
    assert as_rita.post(reply, {"body": "Too fast."}).status_code == 429
    preview = PageRead(as_rita.post(reply, {"body": "How it *looks*.", "do": "preview"}))
    assert (preview.status, "How it looks" in preview.words()) == (200, True)


def test_an_edit_is_no_comment(slow: Thread, as_rita: Client) -> None:
    write(as_rita, slow)
    url = f"/comments/{Comment.objects.get().public_id}/edit/"
    assert as_rita.post(url, {"body": "I saw it leave."}).status_code == 303


def test_the_form_says_so_beforehand(slow: Thread, article: ArticlePage, say: Say, stan: Client, mo: User) -> None:
    said = "Slow mode: everybody can post one comment in 5 minutes here."
    urls = (article.url, slow.url, slow.write_url, f"/comments/{say(where=slow).public_id}/reply/")
    assert [said in read(stan, url).words() for url in urls] == [True] * 4
    slow_thread(slow, minutes=0, by=mo)
    assert ["Slow mode" in read(stan, url).words() for url in urls] == [False] * 4
    assert [write(stan, slow).status for _ in range(2)] == [303, 303]


@pytest.mark.parametrize("minutes", [-1, 1441, 10**30])
def test_no_pause_is_longer_than_a_day(thread: Thread, mo: User, minutes: int) -> None:
    with pytest.raises(Refusal) as refused:
        slow_thread(thread, minutes=minutes, by=mo)
    assert refused.value.code == "no-such-pause"


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def all_at_once(self, thread: Thread, browsers: list[Client], **fields: str) -> list[int]:
        def send(number: int) -> int:
            try:
                return write(browsers[number], thread, f"no. {number}", **fields).status
            finally:
                connection.close()

        with ThreadPoolExecutor(len(browsers)) as pool:
            return sorted(pool.map(send, range(len(browsers))))

    def test_one_person_in_many_windows_posts_one(self, slow: Thread, gus: Profile) -> None:
        answer = HttpResponse()
        remember_guest(answer, gus)
        browsers = [Client() for _ in range(8)]
        for browser in browsers:
            browser.cookies.update(answer.cookies)
        assert self.all_at_once(slow, browsers, name="Gus") == [303] + [429] * 7
        slow.refresh_from_db()
        assert slow.comment_count == Comment.objects.count() == 1

    def test_one_newcomer_without_cookies_posts_one(self, slow: Thread) -> None:
        assert self.all_at_once(slow, [Client() for _ in range(8)], name="Stan") == [303] + [429] * 7
        assert Comment.objects.count() == Profile.objects.filter(name="Stan").count() == 1

    def test_a_member_without_a_public_name_posts_one(self, slow: Thread, tess: User) -> None:
        browsers = [Client() for _ in range(8)]
        for browser in browsers:
            browser.force_login(tess)
        assert self.all_at_once(slow, browsers) == [303] + [429] * 7
        assert Comment.objects.get().author.user == tess

    def test_thirty_repeats_of_one_submission_get_one_answer(self, slow: Thread, gus: Profile) -> None:
        """Some of them come when the first has just been written, and must not be told to wait."""
        answer = HttpResponse()
        remember_guest(answer, gus)
        cookie = answer.cookies.output(header="").strip().partition(";")[0]

        def send(_number: int) -> str:
            try:
                response = Client(headers={"cookie": cookie}).post(
                    slow.write_url, {"body": "once", "name": "Gus", "key": KEY}
                )
                assert response.status_code == 303, response.content
                return response["Location"]
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            assert len(set(pool.map(send, range(30)))) == 1
        assert Comment.objects.count() == 1
