"""`/live/` under those who want too much: every stream has limits and an end, and nobody keeps others from theirs."""

from __future__ import annotations

import asyncio
import ipaddress
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError

from broadsheet.delivery.announce import announce
from broadsheet.delivery.asgi import Message
from broadsheet.delivery.board import Reading
from broadsheet.delivery.boards import MOST_IDLE, Boards
from broadsheet.delivery.crowd import MOST_OF_NETWORK, Crowd
from broadsheet.delivery.live import MOST_TOPICS
from broadsheet.delivery.streams import NOTHING_NEW, Pace
from broadsheet.discussion.models import Thread
from broadsheet.publication.models import ArticlePage
from tests.listening import Process, address
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def process() -> Iterator[Process]:
    """A web process, as far as `/live/` is concerned."""
    with Process() as process:
        yield process


def forwarded_for(client: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", client)]


@pytest.fixture
def _behind_our_proxy(settings: Any) -> None:
    """Whoever asks comes through a proxy of ours: the tests' client is at this address."""
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("198.51.100.7/32"),)


class TestWhatIsRefused:
    @pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "BREW"])
    def test_one_listens_with_get(self, process: Process, thread: Thread, method: str) -> None:
        answer = process.ask(address(thread.topic), method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET")

    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/live/", 400),
            ("/live/?topic=", 400),
            ("/live/?topics=thread:1", 400),
            ("/live/?topic=thread", 400),
            ("/live/?topic=thread:1%00", 400),
            ("/live/?topic=thread:1%0Aid:%202", 400),
            ("/live/?topic=THREAD:1", 400),
            ("/live/?topic=%FF%FE", 400),
            ("/live/?topic=thread:1'--", 400),
            ("/live/?topic=" + "x" * 2_000, 414),
            (address(*(f"thread:{number}" for number in range(MOST_TOPICS + 1))), 400),
            (address("thread:" + "9" * 40), 404),
            ("/live/?topic=thread:%EF%BC%91", 400),
            (address("thread:1-2"), 404),
            (address("campaign:all-of-them"), 404),
            (address("publication:secrets"), 404),
        ],
    )
    def test_what_no_page_of_ours_asks(self, process: Process, target: str, status: int) -> None:
        answer = process.ask(target)
        assert answer.status == status
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.text.endswith(".\n")

    def test_the_same_topic_twice_is_one(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic, thread.topic)
        announce(thread.topic, "thread-closed")
        reader.wait_for(1)
        assert reader.last_id == f"{thread.topic}=1"

    def test_a_stream_is_kept_by_nobody_and_belongs_to_our_pages(self, process: Process, thread: Thread) -> None:
        headers = process.listen(thread.topic).wire.got.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers
        assert "content-length" not in headers


@pytest.mark.usefixtures("_behind_our_proxy")
class TestHowMany:
    def test_from_one_address_so_many_listen_and_others_still_can(self, thread: Thread) -> None:
        with Process(crowd=Crowd(most_of_network=3)) as process:
            readers = [process.listen(thread.topic, headers=forwarded_for("203.0.113.9")) for _ in range(3)]
            refused = process.ask(address(thread.topic), headers=forwarded_for("203.0.113.9"))
            assert (refused.status, refused.headers["retry-after"]) == (429, "30")
            assert not process.listen(thread.topic, headers=forwarded_for("203.0.113.10")).has_ended
            readers[0].go()
            assert not process.listen(thread.topic, headers=forwarded_for("203.0.113.9")).has_ended

    def test_what_somebody_says_of_themselves_is_another_matter(self, thread: Thread) -> None:
        """Only the last entry is our proxy's."""
        with Process(crowd=Crowd(most_of_network=1)) as process:
            process.listen(thread.topic, headers=forwarded_for("192.0.2.1, 203.0.113.9"))
            claims = [("X-Forwarded-For", "192.0.2.2"), ("X-Forwarded-For", "203.0.113.9")]
            assert process.ask(address(thread.topic), headers=claims).status == 429

    def test_a_network_of_ipv6_is_one_customer(self, thread: Thread) -> None:
        with Process(crowd=Crowd(most_of_network=1)) as process:
            process.listen(thread.topic, headers=forwarded_for("2001:db8::1"))
            assert process.ask(address(thread.topic), headers=forwarded_for("2001:db8::2")).status == 429
            assert not process.listen(thread.topic, headers=forwarded_for("2001:db8:0:1::1")).has_ended

    def test_in_all_so_many_listen(self, thread: Thread) -> None:
        with Process(crowd=Crowd(most=2)) as process:
            first = process.listen(thread.topic, headers=forwarded_for("203.0.113.1"))
            process.listen(thread.topic, headers=forwarded_for("203.0.113.2"))
            assert process.ask(address(thread.topic), headers=forwarded_for("203.0.113.3")).status == 503
            first.go()
            assert not process.listen(thread.topic, headers=forwarded_for("203.0.113.3")).has_ended

    def test_who_is_refused_for_another_reason_takes_no_place(self, thread: Thread) -> None:
        with Process(crowd=Crowd(most_of_network=1)) as process:
            for _ in range(3):
                assert process.ask(address("thread:999")).status == 404
            assert not process.listen(thread.topic).has_ended

    def test_topics_that_nobody_listens_to_are_forgotten(self) -> None:
        boards = Boards(lambda topic, since: Reading(1, [], {}))

        async def ask_for_many() -> int:
            for number in range(MOST_IDLE * 3):
                assert await boards.look([f"thread:{number}"])
            return len(boards._boards)

        try:
            assert asyncio.run(ask_for_many()) <= MOST_IDLE
            assert len(boards._checked_at) <= MOST_IDLE
        finally:
            boards.close()

    def test_but_not_while_somebody_begins_to_listen(self, thread: Thread, article: ArticlePage) -> None:
        """To a topic that is known, and to one for which room must be made."""
        with Process() as process:
            process.ask(address(thread.topic, since=""))
            for number in range(1, MOST_IDLE):
                assert process.ask(address(f"thread:{thread.pk + number}", since="")).status == 404
            reader = process.listen(thread.topic, article.topic)
            announce(thread.topic, "thread-closed")
            reader.wait_for(1)

    def test_from_one_address_so_many_ask(self, thread: Thread) -> None:
        may_answer = threading.Event()
        with Process() as process:
            process.answering = lambda: may_answer.wait(10)
            target = address(thread.topic, since="")
            asking = [process.begin(target, headers=forwarded_for("203.0.113.9")) for _ in range(MOST_OF_NETWORK)]
            until(lambda: process.asked)
            assert process.ask(target, headers=forwarded_for("203.0.113.9")).status == 429
            other = process.begin(target, headers=forwarded_for("203.0.113.10"))
            may_answer.set()
            assert {reader.end().status for reader in [*asking, other]} == {200}


class TestReaders:
    def test_one_who_does_not_take_it_is_left_behind(self, thread: Thread) -> None:
        """While those who take it hear on; the answer has no end, so that the server cuts it off."""
        stuck = threading.Event()

        async def take(message: Message) -> None:
            if b"event:" in message.get("body", b""):
                stuck.set()
                await asyncio.Event().wait()

        with Process(pace=Pace(patience=0.3)) as process:
            slow, quick = process.listen(thread.topic, takes=take), process.listen(thread.topic)
            announce(thread.topic, "thread-closed")
            assert stuck.wait(10)
            assert not slow.end().is_whole
            announce(thread.topic, "thread-opened")
            assert [event.data["change"] for event in quick.wait_for(2)] == ["thread-closed", "thread-opened"]
            assert len(process.live._streams) == 1

    def test_one_who_takes_it_slowly_is_told_the_rest_as_one(self, thread: Thread) -> None:
        """Nothing waits for them but their place."""
        may_go_on = threading.Event()

        async def take(message: Message) -> None:
            while b"event:" in message.get("body", b"") and not may_go_on.is_set():
                await asyncio.sleep(0.01)

        with Process() as process:
            slow, quick = process.listen(thread.topic, takes=take), process.listen(thread.topic)
            for number in range(1, 20):
                announce(thread.topic, "comment-edited")
                quick.wait_for(number)
            may_go_on.set()
            until(lambda: slow.last_id == f"{thread.topic}=19")
            assert [event.data["version"] for event in slow.events] == [1, 19]

    def test_one_who_goes_is_noticed_at_once(self, process: Process, thread: Thread) -> None:
        reader = process.listen(thread.topic)
        assert len(process.live._streams) == 1
        reader.go()
        assert process.live._streams == set()
        assert all(not board.listeners for board in process.boards._boards.values())

    def test_one_who_goes_before_the_answer_leaves_nothing(self, process: Process, thread: Thread) -> None:
        async def take(message: Message) -> None:
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            process.ask(address(thread.topic), takes=take)
        assert process.live._streams == set()
        assert all(not board.listeners for board in process.boards._boards.values())

    def test_silence_is_broken_now_and_then(self, thread: Thread) -> None:
        with Process(pace=Pace(heartbeat=0.05)) as process:
            reader = process.listen(thread.topic)
            until(lambda: reader.text.count(NOTHING_NEW.decode()) > 5)
            assert reader.events == []
            announce(thread.topic, "thread-closed")
            reader.wait_for(1)

    def test_a_stream_ends_some_time_and_goes_on_without_a_gap(self, thread: Thread) -> None:
        with Process(pace=Pace(lasts=0.2, heartbeat=0.05)) as process:
            reader = process.listen(thread.topic)
            assert reader.end().is_whole
            announce(thread.topic, "thread-closed")
            again = process.listen(thread.topic, last_id=reader.last_id)
            again.wait_for(1)


class TestTheEnd:
    def test_all_streams_end_when_the_process_is_to_stop(self, process: Process, thread: Thread) -> None:
        readers = [process.listen(thread.topic) for _ in range(50)]
        began = time.monotonic()
        process.live.end()
        assert all(reader.end().is_whole for reader in readers)
        assert time.monotonic() - began < 2
        assert process.ask(address(thread.topic)).status == 503

    def test_a_process_that_nobody_listens_to_can_stop_too(self, process: Process) -> None:
        process.live.end()


class TestTheDatabase:
    def test_while_it_is_away_whoever_listens_waits(
        self, process: Process, thread: Thread, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail() -> None:
            raise DatabaseError("the file is on another machine")

        reader = process.listen(thread.topic)
        process.answering = fail
        announce(thread.topic, "thread-closed")
        until(lambda: "does not say what has changed" in caplog.text)
        assert process.ask(address(thread.topic)).status == 503
        assert process.ask(address(thread.topic, since="")).status == 503
        process.answering = lambda: None
        assert reader.wait_for(1)[0].data["change"] == "thread-closed"
        assert caplog.text.count("does not say what has changed") == 1

    def test_more_questions_than_it_answers_are_not_asked(self, thread: Thread, article: ArticlePage) -> None:
        may_answer = threading.Event()
        with Process(most_waiting=2) as process:
            process.answering = lambda: may_answer.wait(10)
            waiting = [process.begin(address(topic)) for topic in (thread.topic, article.topic)]
            until(lambda: process.asked)
            assert process.ask(address("publication:lists")).status == 503
            may_answer.set()
            until(lambda: all(reader.text for reader in waiting))
