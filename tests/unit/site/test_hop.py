"""The hop: what a request is when it reaches the application, and what of the answer reaches the reader."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connections
from django.db.backends.signals import connection_created
from django.http import FileResponse, HttpResponse

from broadsheet.delivery.asgi import Message
from broadsheet.site.hop import THREADS, Hop
from broadsheet.site.intake import IN_MEMORY, Intake
from tests.wire import Got, Wire, ask

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LIMIT = 1024 * 1024
SOON = 10.0

Environ = dict[str, Any]


def hop_to(application: WSGIApplication, **about: Any) -> Hop:
    return Hop(application, **{"scheme": "http", "limit": lambda path: LIMIT, **about})


def answering(
    pieces: Callable[[Environ], Iterable[bytes]] = lambda environ: [b"well"],
    status: str = "200 OK",
    headers: Iterable[tuple[str, str]] = (),
) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        return pieces(environ)

    return application


def reached(target: str = "/", **about: Any) -> Environ:
    """Return the environment that a request reaches the application with, and what it reads as `body`."""
    seen: Environ = {}

    def note(environ: Environ) -> Iterable[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read())
        return [b"noted"]

    assert ask(hop_to(answering(note)), target, **about).status == 200
    return seen


def leave(together: threading.Barrier) -> None:
    """Close the connection of one thread; all threads are here before one leaves."""
    together.wait(SOON)
    connections.close_all()


async def until(claim: Callable[[], object]) -> None:
    deadline = time.monotonic() + SOON
    while not claim():
        assert time.monotonic() < deadline, "it does not happen"
        await asyncio.sleep(0.01)


class TestWhatArrives:
    def test_a_request_in_the_words_of_wsgi(self) -> None:
        environ = reached("/harbour/?page=2", headers=[("X-Tide", "low"), ("Accept", "text/html")])
        assert environ["REQUEST_METHOD"] == "GET"
        assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == ("/harbour/", "page=2")
        assert (environ["HTTP_HOST"], environ["HTTP_X_TIDE"]) == ("testserver", "low")
        assert environ["REMOTE_ADDR"] == "198.51.100.7"
        assert (environ["SERVER_PROTOCOL"], environ["SCRIPT_NAME"]) == ("HTTP/1.1", "")
        assert (environ["CONTENT_LENGTH"], environ["body"]) == ("", b"")

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_the_scheme_is_what_the_settings_say_whatever_a_header_claims(self, scheme: str) -> None:
        seen = answering(lambda environ: [environ["wsgi.url_scheme"].encode()])
        for claimed in ("http", "https"):
            assert ask(hop_to(seen, scheme=scheme), headers=[("X-Forwarded-Proto", claimed)]).text == scheme

    @pytest.mark.parametrize(
        ("raw", "path"),
        [
            ("/harbour/", "/harbour/"),
            ("/sj%C3%B8en/", "/sjøen/"),
            ("/%D8%B4/", "/ش/"),
            ("/a%2Fb%2f%20", "/a/b/ "),
            ("//harbour//", "//harbour//"),
            ("/../x/./", "/../x/./"),
            ("/%zz%", "/%zz%"),
            ("/%ff", "/%FF"),
            ("/%c0%af", "/%C0%AF"),
            ("/%00", "/\0"),
            ("*", "/*"),
        ],
    )
    def test_django_reads_the_path_as_it_was_sent(self, raw: str, path: str) -> None:
        request = WSGIRequest(reached(raw))
        assert request.path == path

    def test_what_is_said_of_a_header_repeatedly_is_one_list(self) -> None:
        headers = [("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-For", "::1")]
        environ = reached(headers=headers)
        assert environ["HTTP_COOKIE"] == "a=1; b=2"
        assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,::1"

    @pytest.mark.parametrize(
        "name", ["X_Forwarded_For", "x_forwarded-for", "X-Forwarded_For", "Cookie_", "X Y", "", "é"]
    )
    def test_a_name_that_would_pass_for_another_is_dropped(self, name: str) -> None:
        environ = reached(headers=[(name, "10.0.0.1"), ("X-Forwarded-For", "198.51.100.9")])
        assert environ["HTTP_X_FORWARDED_FOR"] == "198.51.100.9"
        assert "10.0.0.1" not in environ.values()

    @pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b=1", "a\nb", "a\0"])
    def test_so_is_a_value_that_holds_another_line(self, value: str) -> None:
        assert "HTTP_X_TIDE" not in reached(headers=[("X-Tide", value)])

    def test_bytes_that_are_no_text_arrive_as_they_are(self) -> None:
        assert reached(headers=[("X-Tide", "l\xf8w")])["HTTP_X_TIDE"] == "l\xf8w"

    @pytest.mark.parametrize("name", ["Host", "Content-Type", "Authorization"])
    def test_what_is_said_once_is_not_said_twice(self, name: str) -> None:
        answer = ask(hop_to(answering()), headers=[(name, "testserver"), (name, "elsewhere.example")])
        assert answer.status == 400

    def test_who_sends_no_address_has_none(self) -> None:
        wire = Wire()
        wire.scope["client"] = None
        seen = answering(lambda environ: [environ["REMOTE_ADDR"].encode()])
        assert asyncio.run(wire.ask(hop_to(seen))).text == ""


class TestBodies:
    @pytest.mark.parametrize("size", [1, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, LIMIT])
    def test_a_body_arrives_whole_whatever_its_size(self, size: int) -> None:
        whole = bytes(number % 251 for number in range(size))
        pieces = [whole[at : at + 40_000] for at in range(0, size, 40_000)]
        environ = reached(method="POST", headers=[("Content-Length", str(size))], pieces=pieces)
        assert (environ["body"], environ["CONTENT_LENGTH"]) == (whole, str(size))

    def test_one_in_chunks_has_the_length_that_was_counted(self) -> None:
        about = {"method": "POST", "headers": [("Transfer-Encoding", "chunked")], "pieces": [b"body=", b"", b"Hei"]}
        environ = reached(**about)
        assert (environ["body"], environ["CONTENT_LENGTH"]) == (b"body=Hei", "8")
        assert "HTTP_TRANSFER_ENCODING" not in environ

    def test_a_thread_is_asked_for_when_all_of_it_is_there(self) -> None:
        async def send_slowly() -> None:
            called: list[Environ] = []
            hop = hop_to(answering(lambda environ: called.append(environ) or [b""]))  # type: ignore[func-returns-value]
            wire = Wire(method="POST", headers=[("Content-Length", "8")], pieces=[b"half"])
            wire.pieces.append(b"more")
            rest = asyncio.Event()
            receive = wire._receive

            async def receive_slowly() -> Message:
                if wire.asked_for_body == 1:
                    await rest.wait()
                return await receive()

            asked = asyncio.ensure_future(hop(wire.scope, receive_slowly, wire._send))
            await until(lambda: wire.asked_for_body == 1)
            assert not called
            rest.set()
            await asked
            assert called

        asyncio.run(send_slowly())

    def test_too_much_is_refused_before_it_is_read(self) -> None:
        async def send() -> None:
            wire = Wire(method="POST", headers=[("Content-Length", str(LIMIT + 1))], pieces=[b"x" * 100])
            assert (await wire.ask(hop_to(answering()))).status == 413
            assert wire.asked_for_body == 0

        asyncio.run(send())

    def test_and_while_it_is_read_where_nobody_said_how_much_it_is(self) -> None:
        async def send() -> None:
            pieces = [b"x" * (LIMIT // 4)] * 100
            wire = Wire(method="POST", headers=[("Transfer-Encoding", "chunked")], pieces=pieces)
            assert (await wire.ask(hop_to(answering()))).status == 413
            assert wire.asked_for_body == 5

        asyncio.run(send())

    def test_the_limit_is_the_paths(self) -> None:
        hop = hop_to(answering(), limit=lambda path: 10 if path == "/admin/" else 1)
        about = {"method": "POST", "headers": [("Content-Length", "5")], "pieces": [b"12345"]}
        assert ask(hop, "/admin/", **about).status == 200
        assert ask(hop, "/", **about).status == 413

    @pytest.mark.parametrize("length", ["-1", "+5", "5, 5", "1_0", "0x5", "", "٥", "9" * 16])
    def test_a_length_that_is_none_is_refused(self, length: str) -> None:
        headers = [("Content-Length", length.encode().decode("latin-1"))]
        assert ask(hop_to(answering()), method="POST", headers=headers, pieces=[b"12345"]).status == 400

    def test_two_lengths_that_differ_are_refused(self) -> None:
        headers = [("Content-Length", "5"), ("Content-Length", "6")]
        assert ask(hop_to(answering()), method="POST", headers=headers, pieces=[b"12345"]).status == 400

    def test_who_goes_before_the_end_is_not_answered(self) -> None:
        async def leave() -> None:
            called: list[Environ] = []
            hop = hop_to(answering(lambda environ: called.append(environ) or [b""]))  # type: ignore[func-returns-value]
            wire = Wire(method="POST", headers=[("Content-Length", "8")], pieces=[b"half"])
            gone = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])

            async def receive() -> Message:
                return next(gone)

            await hop(wire.scope, receive, wire._send)
            assert wire.got.status == 0
            assert not called

        asyncio.run(leave())

    def test_who_stops_sending_is_not_waited_for(self) -> None:
        async def stop() -> Got:
            wire = Wire(method="POST", headers=[("Content-Length", "8")], pieces=[b"half"])
            half = iter([{"type": "http.request", "body": b"half", "more_body": True}])

            async def receive() -> Message:
                return next(half, None) or await asyncio.Future()

            await hop_to(answering(), intake=Intake(patience=0.05))(wire.scope, receive, wire._send)
            return wire.got

        assert asyncio.run(stop()).status == 408

    def test_all_bodies_together_have_a_limit_and_what_is_done_counts_no_more(self) -> None:
        hop = hop_to(answering(), intake=Intake(at_once=1000))
        large = {"method": "POST", "headers": [("Content-Length", "900")], "pieces": [b"x" * 900]}
        for _ in range(3):
            assert ask(hop, **large).status == 200

        async def two_at_once() -> list[int]:
            hold = threading.Event()
            waiting = hop_to(answering(lambda environ: [b"%d" % hold.wait(SOON)]), intake=Intake(at_once=1000))
            first = asyncio.ensure_future(Wire(**large).ask(waiting))
            await until(lambda: waiting._intake._taken == 900)
            second = await Wire(**large).ask(waiting)
            hold.set()
            return [(await first).status, second.status]

        assert asyncio.run(two_at_once()) == [200, 503]


class TestAnswers:
    def test_status_headers_and_body(self) -> None:
        headers = [("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Name", "l\xf8w")]
        answer = ask(hop_to(answering(lambda environ: [b"we", b"ll"], "404 Not Found", headers)))
        assert (answer.status, answer.body, answer.is_whole) == (404, b"well", True)
        assert [value for name, value in answer.pairs if name == "set-cookie"] == ["a=1", "b=2"]
        assert answer.headers["x-name"] == "l\xf8w"
        assert answer.headers["content-length"] == "4"

    def test_the_length_is_that_of_the_body(self) -> None:
        answer = ask(hop_to(answering(headers=[("Content-Length", "2")])))
        assert (answer.headers["content-length"], answer.body) == ("4", b"well")

    def test_an_answer_to_head_has_no_body_and_says_how_long_it_would_be(self) -> None:
        for headers in ([], [("Content-Length", "4")]):
            answer = ask(hop_to(answering(headers=headers)), method="HEAD")
            assert (answer.body, answer.headers["content-length"], answer.is_whole) == (b"", "4", True)

    @pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
    def test_some_have_neither_body_nor_length(self, status: str) -> None:
        answer = ask(hop_to(answering(status=status, headers=[("Content-Length", "4")])))
        assert (answer.body, answer.is_whole) == (b"", True)
        assert "content-length" not in answer.headers

    def test_what_was_answered_is_closed(self) -> None:
        closed: list[bool] = []
        answer = HttpResponse(b"well")
        answer._resource_closers.append(lambda: closed.append(True))
        assert ask(hop_to(answering(lambda environ: answer))).text == "well"
        assert closed == [True]

    def test_an_application_that_fails_is_answered_for(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            raise RuntimeError("the net is torn")

        answer = ask(hop_to(fail), "/harbour/")
        assert answer.status == 500
        assert "net" not in answer.text
        assert "the net is torn" in caplog.text
        assert "GET /harbour/" in caplog.text

    def test_one_that_fails_after_it_has_said_how_it_goes_is_too(self, caplog: pytest.LogCaptureFixture) -> None:
        def pieces(environ: Environ) -> Iterator[bytes]:
            raise RuntimeError("the net is torn")
            yield b""

        answer = ask(hop_to(answering(pieces, headers=[("X-Tide", "low")])))
        assert (answer.status, "x-tide" in answer.headers) == (500, False)


class Stream:
    """An answer that is made while it is being sent."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.made = 0
        self.is_closed = threading.Event()
        self.thread = ""

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.made += 1
            self.thread = threading.current_thread().name
            yield piece

    def close(self) -> None:
        self.is_closed.set()


class TestStreams:
    def test_a_stream_comes_piece_by_piece(self) -> None:
        stream = Stream([b"date,", b"", b"gift\n"])
        got: list[Message] = []

        async def note(message: Message) -> None:
            got.append(message)

        answer = ask(hop_to(answering(lambda environ: stream)), takes=note)
        assert (answer.body, answer.is_whole) == (b"date,gift\n", True)
        assert [message.get("body") for message in got] == [None, b"date,", b"gift\n", b""]
        assert stream.is_closed.is_set()
        assert stream.thread.startswith("django")

    def test_an_empty_one_is_an_answer_too(self) -> None:
        answer = ask(hop_to(answering(lambda environ: Stream([]))))
        assert (answer.status, answer.body, answer.is_whole) == (200, b"", True)

    def test_the_next_piece_is_made_when_this_one_is_taken(self) -> None:
        async def read_slowly() -> None:
            stream = Stream([b"x"] * 100)
            took, goes_on = [0], asyncio.Event()

            async def take(message: Message) -> None:
                took[0] += 1
                if took[0] > 4:
                    await goes_on.wait()

            wire = Wire(takes=take)
            asked = asyncio.ensure_future(wire.ask(hop_to(answering(lambda environ: stream))))
            await until(lambda: took[0] == 5)
            await asyncio.sleep(0.05)
            assert stream.made <= 5
            goes_on.set()
            assert (await asked).body == b"x" * 100

        asyncio.run(read_slowly())

    def test_who_does_not_take_it_loses_it_and_gives_the_thread_back(self) -> None:
        async def read_nothing() -> None:
            stream = Stream([b"x"] * 100)

            async def never(message: Message) -> None:
                await asyncio.Future()

            wire = Wire(takes=never)
            hop = hop_to(answering(lambda environ: stream), patience=0.05)
            await wire.ask(hop)
            assert stream.is_closed.is_set()
            assert not wire.got.is_whole

        asyncio.run(read_nothing())

    def test_who_goes_ends_it(self) -> None:
        async def leave() -> None:
            goes = threading.Event()

            def pieces() -> Iterator[bytes]:
                yield b"first"
                goes.wait(SOON)
                yield from [b"x"] * 100

            stream = Stream(pieces())
            wire = Wire()
            asked = asyncio.ensure_future(wire.ask(hop_to(answering(lambda environ: stream))))
            await until(lambda: wire.got.body)
            wire.gone.set()
            await asyncio.sleep(0.05)
            goes.set()
            await asked
            assert stream.is_closed.is_set()
            assert stream.made == 2
            assert (wire.got.body, wire.got.is_whole) == (b"first", False)

        asyncio.run(leave())

    def test_one_that_fails_on_the_way_has_no_end(self, caplog: pytest.LogCaptureFixture) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"first"
            raise RuntimeError("the net is torn")

        stream = Stream(pieces())
        answer = ask(hop_to(answering(lambda environ: stream)))
        assert (answer.status, answer.body, answer.is_whole) == (200, b"first", False)
        assert "the net is torn" in caplog.text
        assert stream.is_closed.is_set()

    def test_nor_has_one_that_is_shorter_than_it_said(self) -> None:
        answer = ask(hop_to(answering(lambda environ: Stream([b"abc"]), headers=[("Content-Length", "5")])))
        assert (answer.body, answer.is_whole) == (b"abc", False)

    def test_one_that_is_longer_ends_where_it_said(self) -> None:
        """What came behind it would be taken for the next answer."""
        answer = ask(hop_to(answering(lambda environ: Stream([b"abc", b"defgh"]), headers=[("Content-Length", "5")])))
        assert (answer.body, answer.is_whole) == (b"abcde", True)

    def test_nothing_is_made_for_head(self) -> None:
        stream = Stream([b"x"])
        answer = ask(hop_to(answering(lambda environ: stream, headers=[("X-Tide", "low")])), method="HEAD")
        assert (answer.headers["x-tide"], answer.body, stream.made) == ("low", b"", 0)
        assert stream.is_closed.is_set()


def files(path: Path | None = None, made: list[FileResponse] | None = None) -> WSGIApplication:
    """Return an application that answers with a file as Django does."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = FileResponse(path.open("rb") if path else BytesIO(b"tides" * 20_000))
        (made if made is not None else []).append(response)
        start_response("200 OK", list(response.items()))
        assert response.file_to_stream is not None
        response.file_to_stream.close = response.close  # type: ignore[method-assign]
        return environ["wsgi.file_wrapper"](response.file_to_stream, 4096)  # type: ignore[no-any-return]

    return application


class TestFiles:
    def test_a_file_comes_whole(self, tmp_path: Path) -> None:
        path = tmp_path / "tides.txt"
        path.write_bytes(b"tides" * 50_000)
        answer = ask(hop_to(files(path)))
        assert (answer.body, answer.is_whole) == (b"tides" * 50_000, True)
        assert answer.headers["content-length"] == "250000"

    def test_so_does_one_that_is_only_in_memory(self) -> None:
        assert ask(hop_to(files())).body == b"tides" * 20_000

    def test_a_slow_reader_keeps_no_thread_busy(self, tmp_path: Path) -> None:
        path = tmp_path / "tides.txt"
        path.write_bytes(b"tides" * 50_000)

        async def read_slowly() -> None:
            made: list[FileResponse] = []
            hop, goes_on = hop_to(files(path, made)), asyncio.Event()

            async def take(message: Message) -> None:
                await goes_on.wait()

            readers = [asyncio.ensure_future(Wire(takes=take).ask(hop)) for _ in range(THREADS + 2)]
            await until(lambda: len(made) == THREADS + 2)
            assert (await asyncio.wait_for(Wire().ask(hop), SOON)).is_whole
            await until(lambda: all(response.closed for response in made))  # Django's part is over
            goes_on.set()
            assert {len((await reader).body) for reader in readers} == {250_000}

        asyncio.run(read_slowly())

    def test_one_that_has_become_shorter_has_no_end(self, tmp_path: Path) -> None:
        path = tmp_path / "tides.txt"
        path.write_bytes(b"tides" * 50_000)

        async def cut(message: Message) -> None:
            if message["type"] == "http.response.start":
                path.write_bytes(b"tides")

        answer = ask(hop_to(files(path)), takes=cut)
        assert (answer.body, answer.is_whole) == (b"tides", False)

    def test_head_reads_nothing_of_it(self, tmp_path: Path) -> None:
        path = tmp_path / "tides.txt"
        path.write_bytes(b"tides")
        answer = ask(hop_to(files(path)), method="HEAD")
        assert (answer.body, answer.headers["content-length"], answer.is_whole) == (b"", "5", True)


class TestThreads:
    def test_there_are_as_many_as_there_should_be_and_they_stay(self) -> None:
        seen: list[str] = []

        def slow(environ: Environ) -> Iterable[bytes]:
            seen.append(threading.current_thread().name)
            time.sleep(0.01)
            return [b""]

        async def crowd() -> None:
            hop = hop_to(answering(slow))
            await asyncio.gather(*(Wire().ask(hop) for _ in range(40)))

        asyncio.run(crowd())
        assert len(seen) == 40
        assert len(set(seen)) == THREADS

    def test_who_comes_when_too_many_wait_hears_so_at_once(self) -> None:
        async def crowd() -> tuple[list[int], Got]:
            hold = threading.Event()
            hop = hop_to(answering(lambda environ: [b"%d" % hold.wait(SOON)]), in_line=2)
            waiting = [asyncio.ensure_future(Wire().ask(hop)) for _ in range(THREADS + 2)]
            await asyncio.sleep(0.05)
            late = await asyncio.wait_for(Wire().ask(hop), SOON)
            hold.set()
            return [(await asked).status for asked in waiting], late

        statuses, late = asyncio.run(crowd())
        assert statuses == [200] * (THREADS + 2)
        assert (late.status, late.headers["retry-after"]) == (503, "5")

    def test_who_went_while_waiting_costs_no_work(self) -> None:
        async def crowd() -> int:
            hold, worked = threading.Event(), []
            hop = hop_to(answering(lambda environ: [b"%d" % (worked.append(1) or hold.wait(SOON))]))  # type: ignore[func-returns-value]
            wires = [Wire() for _ in range(THREADS + 3)]
            asked = [asyncio.ensure_future(wire.ask(hop)) for wire in wires]
            await until(lambda: len(worked) == THREADS)
            for wire in wires[THREADS:]:
                wire.gone.set()
            await asyncio.sleep(0.05)
            hold.set()
            await asyncio.gather(*asked)
            return len(worked)

        assert asyncio.run(crowd()) == THREADS

    @pytest.mark.django_db(transaction=True)
    def test_a_connection_to_the_database_lasts_as_long_as_its_thread(self) -> None:
        opened: list[int] = []

        def note(**about: Any) -> None:
            opened.append(threading.get_ident())

        async def crowd(hop: Hop) -> set[int]:
            answers = await asyncio.gather(*(Wire("/healthz").ask(hop) for _ in range(30)))
            return {answer.status for answer in answers}

        hop = hop_to(WSGIHandler())
        connection_created.connect(note)
        try:
            # 503 once these tests have run for minutes: no worker beats here. Either way the database was asked.
            assert asyncio.run(crowd(hop)) <= {200, 503}
            assert 1 <= len(opened) == len(set(opened)) <= THREADS
        finally:
            connection_created.disconnect(note)
            together = threading.Barrier(THREADS)
            for closed in [
                hop._threads.submit(lambda: (together.wait(SOON), connections.close_all())) for _ in range(THREADS)
            ]:
                closed.result(SOON)

    def test_a_page_that_we_ask_for_ourselves_is_answered_whole(self) -> None:
        async def once(application: WSGIApplication) -> tuple[int, object]:
            environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}
            return await hop_to(application).whole(environ, lambda answer: (answer.status, answer.body))

        assert asyncio.run(once(answering())) == (200, b"well")
        stream = Stream([b"x"])
        assert asyncio.run(once(answering(lambda environ: stream))) == (200, None)
        assert (stream.made, stream.is_closed.is_set()) == (0, True)
        assert asyncio.run(once(files())) == (200, None)


def test_a_quiet_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "broadsheet.hop"):
        ask(hop_to(answering()))
    assert caplog.records == []
