"""`/live/`: everybody hears of what everybody may read, once and without a gap, and nobody of anything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import announce, versions_of
from broadsheet.delivery.board import KEPT, LOST_TRACK, MANY
from broadsheet.delivery.changes import forget_old_announcements
from broadsheet.delivery.crowd import Crowd
from broadsheet.delivery.models import Topic
from broadsheet.discussion.actions import cast_vote, delete_comment
from broadsheet.discussion.models import Comment, Thread
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Hold, ModerationPolicy, Standing
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.listening import Process, address
from tests.waiting import until, usual

pytestmark = pytest.mark.django_db(transaction=True)

PROMISED = 1.0  # seconds from the commit to whoever listens


@pytest.fixture
def process() -> Iterator[Process]:
    """A web process, as far as `/live/` is concerned."""
    with Process() as process:
        yield process


def comment_by(name: str, thread: Thread) -> Comment:
    return factories.make_comment(thread, by=factories.make_guest(name))


class TestWhatIsTold:
    def test_a_comment_is_told_of_within_a_second(self, process: Process, thread: Thread) -> None:
        reader, delays = process.listen(thread.topic), []
        for number in range(1, 6):
            comment = comment_by("Gus", thread)
            committed = time.monotonic()
            event = reader.wait_for(number)[-1]
            delays.append(time.monotonic() - committed)
            assert event.name == "thread"
            assert event.id == f"{thread.topic}={event.data['version']}"
            assert event.data == {
                "topic": thread.topic,
                "change": "comment-posted",
                "version": versions_of([thread.topic])[thread.topic],
                "comments": number,
                "about": {comment.public_id: {"score": 0}},
            }
        assert usual(delays) < PROMISED

    def test_a_vote_names_the_comment_and_its_score(self, process: Process, thread: Thread, gus: Profile) -> None:
        comment = comment_by("Ada", thread)
        reader = process.listen(thread.topic)
        cast_vote(comment, by=gus, value=-1)
        (event,) = reader.wait_for(1)
        assert event.data["change"] == "comment-voted"
        assert event.data["about"] == {comment.public_id: {"score": -1}}

    def test_the_words_of_nobody_are_told(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic)
        factories.make_comment(thread, "The lamp is out.", by=factories.make_guest("Gudrun", "gudrun@slipway.example"))
        reader.wait_for(1)
        assert "lamp" not in reader.text
        assert "udrun" not in reader.text

    def test_a_removed_comment_is_counted_no_more(self, process: Process, thread: Thread, mo: User) -> None:
        comment = comment_by("Gus", thread)
        reader = process.listen(thread.topic)
        decide(Comment.KIND, comment.public_id, Standing.REMOVED, by=mo, seen=comment.standing)
        (event,) = reader.wait_for(1)
        assert event.data["comments"] == 0
        assert event.data["about"] == {comment.public_id: None}

    def test_what_its_author_deletes_is_counted_no_more(self, process: Process, thread: Thread, gus: Profile) -> None:
        comment = factories.make_comment(thread, by=gus)
        reader = process.listen(thread.topic)
        delete_comment(comment, by=gus, within=timedelta(hours=1))
        (event,) = reader.wait_for(1)
        assert (event.data["change"], event.data["comments"]) == ("comment-deleted", 0)

    def test_several_topics_come_down_one_stream(self, process: Process, thread: Thread, article: ArticlePage) -> None:
        reader = process.listen(thread.topic, article.topic)
        comment_by("Gus", thread)
        reader.wait_for(1)
        announce(article.topic, "published")
        first, second = reader.wait_for(2)
        assert [first.name, second.name] == ["thread", "article"]
        places = versions_of([thread.topic, article.topic])
        assert second.id == ",".join(f"{topic}={places[topic]}" for topic in (thread.topic, article.topic))
        assert second.data["corrections"] == 0

    def test_everybody_who_listens_hears_the_same(self, process: Process, thread: Thread) -> None:
        readers = [process.listen(thread.topic) for _ in range(20)]
        comment_by("Gus", thread)
        events = [reader.wait_for(1) for reader in readers]
        assert all(event == events[0] for event in events)

    def test_two_processes_tell_the_same(self, process: Process, thread: Thread) -> None:
        with Process() as other:
            readers = [process.listen(thread.topic), other.listen(thread.topic)]
            for _ in range(3):
                comment_by("Gus", thread)
            here, there = (reader.wait_for(3) for reader in readers)
            assert [event.id for event in here] == [event.id for event in there]
            # Figures are those of the moment in which they are told; those of the last change are all there is.
            assert here[-1] == there[-1]

    def test_the_database_is_asked_once_for_all_who_listen(self, process: Process, thread: Thread) -> None:
        readers = [process.listen(thread.topic) for _ in range(10)]
        process.asked.clear()
        comment_by("Gus", thread)
        for reader in readers:
            reader.wait_for(1)
        assert process.asked == [0]


class TestNothingButWhatEverybodyMayRead:
    @pytest.fixture(autouse=True)
    def first(self, thread: Thread, rita: User) -> Comment:
        """Rita's first comment; from here on the first one of everybody else awaits a moderator."""
        comment = factories.make_comment(thread, by=rita.profile)
        ModerationPolicy.objects.update(hold=Hold.FIRST)
        return comment

    def test_what_is_held_is_not_spoken_of_until_it_is_published(
        self, process: Process, thread: Thread, rita: User, mo: User
    ) -> None:
        reader = process.listen(thread.topic)
        held = comment_by("Gus", thread)
        assert held.is_held
        factories.make_comment(thread, by=rita.profile)
        (event,) = reader.wait_for(1)
        assert event.data["comments"] == 2
        assert held.public_id not in reader.text
        decide(Comment.KIND, held.public_id, Standing.PUBLISHED, by=mo)
        event = reader.wait_for(2)[-1]
        assert event.data["about"] == {held.public_id: {"score": 0}}
        assert event.data["comments"] == 3

    def test_what_is_rejected_is_never_spoken_of(self, process: Process, thread: Thread, rita: User, mo: User) -> None:
        reader = process.listen(thread.topic)
        held = comment_by("Gus", thread)
        decide(Comment.KIND, held.public_id, Standing.REJECTED, by=mo, reason="It sells boats.")
        factories.make_comment(thread, by=rita.profile)
        reader.wait_for(1)
        assert held.public_id not in reader.text
        assert held.public_id not in process.ask(address(thread.topic, since=f"{thread.topic}=0")).text

    def test_an_unpublished_articles_thread_falls_silent(
        self, process: Process, thread: Thread, article: ArticlePage, first: Comment, rita: User
    ) -> None:
        reader = process.listen(thread.topic)
        article.unpublish()
        delete_comment(first, by=rita.profile, within=timedelta(hours=1))
        assert reader.end().is_whole
        assert reader.events == []
        assert process.ask(address(thread.topic)).status == 404

    def test_a_thread_that_is_switched_off_falls_silent(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic)
        Thread.objects.update(is_off=True)
        announce(thread.topic, "thread-switched-off")
        assert reader.end().is_whole
        assert reader.events == []
        assert process.ask(address(thread.topic)).status == 404

    def test_what_is_not_for_everybody_looks_like_what_does_not_exist(
        self, process: Process, section: object, thread: Thread
    ) -> None:
        draft = factories.make_article(section, "Not yet", publish=False)  # type: ignore[arg-type]
        off = Thread.objects.create(translation_key=draft.translation_key)
        answers = {
            process.ask(address(topic, **about)).text
            for topic in (draft.topic, off.topic, "article:999999", "thread:999999", "weather:1", "campaign:1")
            for about in ({}, {"since": f"{topic}=0"})
        }
        assert answers == {"There is no such topic, or it is not for everybody.\n"}
        assert process.ask(address(thread.topic, off.topic)).status == 404

    def test_a_refusal_is_not_remembered_beyond_the_publishing(self, process: Process, section: object) -> None:
        draft = factories.make_article(section, "Not yet", publish=False)  # type: ignore[arg-type]
        assert process.ask(address(draft.topic)).status == 404
        draft.get_latest_revision().publish()
        reader = process.listen(draft.topic)
        assert not reader.has_ended

    def test_who_is_signed_in_hears_what_everybody_hears(self, process: Process, thread: Thread, as_ed: Client) -> None:
        cookie = as_ed.cookies["sessionid"].value
        reader = process.listen(thread.topic, headers=[("Cookie", f"sessionid={cookie}")])
        comment_by("Gus", thread)  # held: the editor may read it
        announce(thread.topic, "thread-closed")
        (event,) = reader.wait_for(1)
        assert event.data == {"topic": thread.topic, "change": "thread-closed", "comments": 1, "version": 2}
        assert "set-cookie" not in reader.wire.got.headers


class TestGoingOn:
    def test_who_comes_back_is_told_what_they_have_missed(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic)
        comment_by("Ada", thread)
        known = reader.wait_for(1)[-1].id
        reader.go()
        missed = [comment_by("Gus", thread), comment_by("Eli", thread)]
        again = process.listen(thread.topic, last_id=known)
        assert [list(event.data["about"]) for event in again.wait_for(2)] == [[one.public_id] for one in missed]

    def test_in_another_process_that_has_begun_since(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic)
        comment_by("Ada", thread)
        known = reader.wait_for(1)[-1].id
        reader.go()
        comment_by("Gus", thread)
        with Process() as other:
            again = other.listen(thread.topic, last_id=known)
            comment_by("Eli", thread)
            assert [event.data["version"] for event in again.wait_for(2)] == [2, 3]

    def test_where_the_page_was_drawn(self, process: Process, thread: Thread) -> None:
        """A page says of which version it is, so that nothing is lost between its drawing and the stream."""
        comment_by("Ada", thread)
        drawn = f"{thread.topic}={versions_of([thread.topic])[thread.topic]}"
        missed = comment_by("Gus", thread)
        reader = process.listen(thread.topic, after=drawn)
        assert missed.public_id in reader.wait_for(1)[0].data["about"]

    def test_what_a_browser_says_counts_for_more_than_the_address(self, process: Process, thread: Thread) -> None:
        """It repeats the address of the first time."""
        comment_by("Ada", thread)
        comment_by("Gus", thread)
        reader = process.listen(thread.topic, after=f"{thread.topic}=0", last_id=f"{thread.topic}=1")
        assert [event.data["version"] for event in reader.wait_for(1)] == [2]

    def test_the_stream_says_at_once_where_one_stands(self, process: Process, thread: Thread) -> None:
        """In a block without data, which is kept in mind by a browser and is no event."""
        comment_by("Ada", thread)
        reader = process.listen(thread.topic)
        assert reader.last_id == f"{thread.topic}=1"
        assert reader.events == []
        assert 1_000 <= int(reader.blocks[0]["retry"]) <= 4_000

    def test_what_was_missed_by_many_is_read_once(self, thread: Thread) -> None:
        for name in "Ada", "Gus", "Eli":
            comment_by(name, thread)
        with Process(checked_for=60) as process:
            readers = [process.listen(thread.topic, last_id=f"{thread.topic}=1") for _ in range(20)]
            assert all(len(reader.wait_for(2)) == 2 for reader in readers)
            assert process.asked.count(1) == 1

    def test_many_that_were_missed_are_one_event(self, process: Process, thread: Thread) -> None:
        missed = [comment_by(f"Guest {number}", thread) for number in range(12)]
        (event,) = process.listen(thread.topic, last_id=f"{thread.topic}=0").wait_for(1)
        assert (event.data["change"], event.data["comments"]) == (MANY, 12)
        assert set(event.data["about"]) == {comment.public_id for comment in missed}

    def test_when_the_log_does_not_reach_back_one_event_says_so(self, process: Process, thread: Thread) -> None:
        comment_by("Ada", thread)
        comment_by("Gus", thread)
        forget_old_announcements(timezone.now() + timedelta(hours=2))
        reader = process.listen(thread.topic, last_id=f"{thread.topic}=1")
        (event,) = reader.wait_for(1)
        assert event.data == {"topic": thread.topic, "change": LOST_TRACK, "version": 2, "comments": 2}
        comment_by("Eli", thread)
        assert reader.wait_for(2)[-1].data["change"] == "comment-posted"

    def test_who_was_away_too_long_is_told_so(self, process: Process, thread: Thread) -> None:
        for _ in range(KEPT + 1):
            announce(thread.topic, "comment-edited")
        (event,) = process.listen(thread.topic, last_id=f"{thread.topic}=0").wait_for(1)
        assert event.data["change"] == LOST_TRACK

    def test_who_knows_what_has_not_happened_is_told_so(self, process: Process, thread: Thread) -> None:
        """As after a backup was put back."""
        comment_by("Ada", thread)
        reader = process.listen(thread.topic, last_id=f"{thread.topic}=9")
        (event,) = reader.wait_for(1)
        assert (event.data["change"], event.data["version"]) == (LOST_TRACK, 1)
        assert reader.last_id == f"{thread.topic}=1"

    def test_a_backup_that_is_put_back_while_somebody_listens(self, process: Process, thread: Thread) -> None:
        for _ in range(5):
            announce(thread.topic, "comment-edited")
        reader = process.listen(thread.topic)
        Topic.objects.filter(name=thread.topic).update(version=1)
        process.boards.lost_track()
        assert reader.wait_for(1)[-1].data == {
            "topic": thread.topic, "change": LOST_TRACK, "version": 1, "comments": 0,
        }  # fmt: skip

    @pytest.mark.parametrize("word", ["nonsense", "17", "article:9=4", "thread:1", "\x00", "=" * 900, "x" * 20_000])
    def test_what_we_never_said_is_a_fresh_start(self, process: Process, thread: Thread, word: str) -> None:
        comment_by("Ada", thread)
        reader = process.listen(thread.topic, headers=[("Last-Event-ID", word)])
        comment_by("Gus", thread)
        assert [event.data["comments"] for event in reader.wait_for(1)] == [2]

    def test_nothing_is_missed_or_doubled_while_many_write(self, process: Process, thread: Thread) -> None:
        """Readers who go and come back all the time, at two processes, and one who stays."""
        writers, each = 4, 6
        stays = process.listen(thread.topic)

        def write(number: int) -> None:
            try:
                for _ in range(each):
                    comment_by(f"Guest {number}", thread)
            finally:
                connection.close()

        with Process() as other, ThreadPoolExecutor(writers) as threads:
            written = [threads.submit(write, number) for number in range(writers)]
            comes_back = _come_and_go([process, other], thread.topic, until_version=writers * each)
            for one in written:
                one.result(60)
        until(lambda: stays.events and stays.events[-1].data["version"] == writers * each)
        public_ids = set(Comment.objects.values_list("public_id", flat=True))
        assert {name for event in stays.events for name in event.data["about"]} == public_ids
        assert comes_back == public_ids


def _come_and_go(processes: list[Process], topic: str, until_version: int) -> set[str]:
    """Listen for a moment here, then there, and so on; return everything one was told of."""
    known, told, turn = f"{topic}=0", [], 0
    while known != f"{topic}={until_version}":
        reader = processes[turn % len(processes)].listen(topic, last_id=known)
        time.sleep(0.05)
        reader.go()
        told += [event.data for event in reader.events]
        known, turn = reader.last_id, turn + 1
        assert turn < 400, known
    versions = [data["version"] for data in told]
    assert versions == sorted(set(versions))
    return {name for data in told for name in data["about"]}


class TestAsking:
    """Where streams are blocked."""

    def test_what_one_has_missed_is_answered_at_once(self, process: Process, thread: Thread) -> None:
        known, events = process.missed(thread.topic, since="")
        assert (known, events) == (f"{thread.topic}=0", [])
        comment_by("Ada", thread)
        comment_by("Gus", thread)
        known, events = process.missed(thread.topic, since=known)
        assert known == f"{thread.topic}=2"
        assert [(event["version"], event["comments"]) for event in events] == [(1, 2), (2, 2)]
        assert process.missed(thread.topic, since=known) == (known, [])

    def test_the_same_is_told_as_on_a_stream(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic)
        comment_by("Ada", thread)
        told = [event.data for event in reader.wait_for(1)]
        assert process.missed(thread.topic, since=f"{thread.topic}=0") == (reader.last_id, told)

    def test_nobody_keeps_it(self, process: Process, thread: Thread) -> None:
        headers = process.ask(address(thread.topic, since="")).headers
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["content-type"] == "application/json"
        assert headers["x-content-type-options"] == "nosniff"

    def test_many_who_ask_cost_the_database_one_question_a_moment(self, thread: Thread) -> None:
        with Process(checked_for=60) as process:
            for _ in range(50):
                assert process.missed(thread.topic, since="")[1] == []
            assert process.asked == [None]
            comment_by("Ada", thread)
            until(lambda: process.missed(thread.topic, since=f"{thread.topic}=0")[1])
            assert process.asked == [None, 0]

    def test_it_counts_for_nobody(self, thread: Thread) -> None:
        """An office that is too large for streams can ask as often as it likes."""
        with Process(crowd=Crowd(most_of_network=0)) as process:
            assert process.ask(address(thread.topic)).status == 429
            assert process.missed(thread.topic, since="")[1] == []
