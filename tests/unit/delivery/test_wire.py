"""The wire: pages given at once are those that a request would have got, and nobody is waited for without end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from broadsheet.delivery import wire
from broadsheet.delivery.wire import LARGEST_HEAD, Wire, wire_to
from tests.unit.delivery.test_front import Paper

HEAD = b"GET /ferry/ HTTP/1.1\r\nHost: testserver\r\nAccept-Encoding: gzip\r\nUser-Agent: Netscape\r\n\r\n"
NEXT = b"HEAD /quay/?page=2 HTTP/1.1\r\nHost: testserver\r\n\r\n"
# What turns up in heads, and what one tries who means harm.
ODDS = [
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"\0", b"\xff", b"#", b"?", b"%2f", b"//", b";", b"HTTP/1.0", b"hello"),
    *(b"http://testserver", b"0\r\n\r\n", b" folded\r\n", NEXT),
    *(b"Content-Length: 5\r\n", b"Content-Length : 5\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\tchunked\r\n"),
    *(b"Host: testserver\r\n", b"Host: elsewhere\r\n", b"Cookie: sessionid=1\r\n", b"Cookie: a=b\r\n"),
    *(b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Expect: 100-continue\r\n"),
    *(b"Upgrade: websocket\r\n", b"If-None-Match: *\r\n", b"Range: bytes=0-1\r\n"),
    *(b"Authorization: Basic eDp5\r\n", b"X-Tide: low\r\n", b"x_tide: low\r\n"),
]


class Line(asyncio.Transport):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = self.is_aborted = False

    def write(self, data: Any) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = self.is_aborted = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("203.0.113.9", 4711), "sockname": ("127.0.0.1", 8000)}.get(name, default)

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class AsUsual(Wire):
    """A wire that gives nothing at once."""

    def _at_once(self, data: bytes) -> None:
        return None


def begin(paper: Paper, kind: type[Wire] | None = None) -> tuple[Wire, Line]:
    """Begin a connection."""
    config = uvicorn.Config(paper.front, lifespan="off", ws="none", log_config=None, access_log=False)
    config.load()
    protocol = (kind or wire_to(paper.front))(config=config, server_state=ServerState(), app_state={})
    line = Line()
    protocol.connection_made(line)
    return protocol, line


async def settle() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


def said_to(paper: Paper, *pieces: bytes, kind: type[Wire] | None = None) -> tuple[Wire, bytes]:
    """Return the connection and everything that was said on it to these pieces."""

    async def say() -> tuple[Wire, bytes]:
        protocol, line = begin(paper, kind)
        for piece in pieces:
            if not line.is_closed:
                protocol.data_received(piece)
                await settle()
        protocol.connection_lost(None)
        return protocol, line.written

    return asyncio.run(say())


def full_paper() -> Paper:
    """A paper with its pages in the store, and nothing but looks at them from now on."""
    paper = Paper()
    for head in (HEAD, NEXT, NEXT.replace(b"?page=2", b""), HEAD.replace(b"Netscape", b"x")):
        said_to(paper, head)
    paper.patience = 10**9
    return paper


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    return full_paper()


def was_given_at_once(protocol: Wire) -> bool:
    return protocol.cycle is None


class TestGivenAtOnce:
    @pytest.mark.parametrize(
        "head",
        [
            HEAD,
            NEXT,
            HEAD.replace(b"GET", b"HEAD"),
            HEAD.replace(b"gzip", b"br, gzip;q=0.5"),
            HEAD.replace(b"User-Agent: Netscape", b"Connection: keep-alive"),
            HEAD.replace(b"User-Agent: Netscape", b"Cookie: consent=no"),
            HEAD.replace(b"User-Agent: Netscape", b"If-None-Match: *"),
            HEAD.replace(b"User-Agent: ", b"user-agent:\t"),
            HEAD.replace(b"Netscape", b"Netsk\xe5p"),
        ],
        ids=["plain", "head", "head packed", "brotli", "keep-alive", "a foreign cookie", "known", "tab", "no ascii"],
    )
    def test_is_the_page_as_ever(self, paper: Paper, head: bytes) -> None:
        protocol, at_once = said_to(paper, head)
        assert was_given_at_once(protocol)
        assert at_once == said_to(paper, head, kind=AsUsual)[1]
        assert at_once.startswith(b"HTTP/1.1 304" if b"None-Match" in head else b"HTTP/1.1 200")

    def test_one_after_the_other(self, paper: Paper) -> None:
        assert said_to(paper, HEAD, NEXT, HEAD)[1] == b"".join(said_to(paper, head)[1] for head in (HEAD, NEXT, HEAD))

    def test_with_what_the_server_says_of_itself(self, paper: Paper) -> None:
        async def say() -> bytes:
            protocol, line = begin(paper)
            protocol.server_state.default_headers = [(b"date", b"Sun, 29 Nov 2026 18:00:00 GMT")]
            protocol.data_received(HEAD)
            return line.written

        assert b"\r\ndate: Sun, 29 Nov 2026 18:00:00 GMT\r\n\r\n\x1f\x8b" in asyncio.run(say())


class TestLedOn:
    @pytest.mark.parametrize(
        "head",
        [
            HEAD.replace(b"1.1", b"1.0"),
            HEAD.replace(b"User-Agent: Netscape", b"Connection: close"),
            HEAD.replace(b"User-Agent: Netscape", b"Cookie: sessionid=1"),
            HEAD.replace(b"User-Agent: Netscape", b"Authorization: Basic eDp5"),
            HEAD.replace(b"User-Agent: Netscape", b"Host: testserver"),
            HEAD.replace(b"User-Agent: Netscape", b"Accept-Encoding: br"),
            HEAD.replace(b"/ferry/", b"http://testserver/ferry/"),
            HEAD + NEXT,
        ],
        ids=["1.0", "close", "ours", "credentials", "two hosts", "twice", "absolute", "pipelined"],
    )
    def test_what_is_not_plain(self, paper: Paper, head: bytes) -> None:
        protocol, said = said_to(paper, head)
        assert not was_given_at_once(protocol)
        assert said == said_to(paper, head, kind=AsUsual)[1]
        assert said.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))

    def test_blanks_around_what_a_header_says_are_none_of_it(self, paper: Paper) -> None:
        head = HEAD.replace(b"Host: testserver\r\n", b"Host:\ttestserver \t\r\n")
        whole, in_pieces = said_to(paper, head)[1], said_to(paper, head[:40], head[40:])[1]
        assert whole == in_pieces
        assert b"gzip" in whole

    def test_what_is_not_in_the_store_any_more(self) -> None:
        paper = full_paper()
        paper.changes()
        paper.time += 1
        paper.looks()
        protocol, said = said_to(paper, HEAD)
        assert not was_given_at_once(protocol)
        assert said.startswith(b"HTTP/1.1 200")

    def test_more_than_is_taken_waits(self, paper: Paper) -> None:
        """Who asks and asks, and reads nothing, fills no memory."""

        async def say() -> tuple[bytes, bytes]:
            protocol, line = begin(paper)
            protocol.data_received(HEAD)
            first, line.written = line.written, b""
            protocol.pause_writing()
            for _ in range(100):
                protocol.data_received(HEAD)
                await settle()
            meanwhile = line.written
            protocol.connection_lost(None)
            await settle()
            return first, meanwhile

        first, meanwhile = asyncio.run(say())
        assert len(meanwhile) <= len(first)

    def test_the_body_of_one_request_is_never_the_next(self, paper: Paper) -> None:
        """It comes late, and looks like one."""
        head = b"POST /form/ HTTP/1.1\r\nHost: testserver\r\nContent-Length: %d\r\n\r\n" % len(HEAD)
        _protocol, said = said_to(paper, head, HEAD, NEXT)
        assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"200"]
        assert b"from Django" in said
        assert b"gzip" not in said

    @pytest.mark.parametrize("method", [b"POST /form/", b"GET /ferry/", b"CONNECT testserver:80"])
    @pytest.mark.parametrize("length", [b"Content-Length: %d" % len(HEAD), b"Transfer-Encoding: chunked"])
    def test_nor_where_the_line_is_to_speak_another_language(self, paper: Paper, method: bytes, length: bytes) -> None:
        """Proxies hand on `Upgrade` of whoever asks, and then use the line for others."""
        asks = b"Host: testserver\r\nConnection: Upgrade\r\nUpgrade: tide\r\n"
        for body in (HEAD, b"%x\r\n%b\r\n0\r\n\r\n" % (len(HEAD), HEAD)):
            _protocol, said = said_to(paper, b"%b HTTP/1.1\r\n%b%b\r\n\r\n" % (method, asks, length), body, NEXT)
            assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"400"]

    @pytest.mark.parametrize("length", [b"", b"Content-Length: 0\r\n"], ids=["no length", "no body"])
    def test_a_line_that_cannot_speak_it_goes_on_in_ours(self, paper: Paper, length: bytes) -> None:
        asks = HEAD.replace(b"User-Agent: Netscape\r\n", b"%bConnection: Upgrade\r\nUpgrade: h2c\r\n" % length)
        _protocol, said = said_to(paper, asks, NEXT)
        assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"200"]

    @given(st.lists(st.tuples(st.integers(0, len(HEAD)), st.sampled_from(ODDS), st.integers(0, 12)), max_size=3),
           st.integers(1, len(HEAD) * 3))  # fmt: skip
    def test_whatever_is_said_the_answers_are_the_same(self, odds: list[tuple[int, bytes, int]], first: int) -> None:
        """Also in pieces; and after it the line is where it would be."""
        words = HEAD
        for place, odd, instead in odds:
            words = words[:place] + odd + words[place + instead :]
        pieces = [piece for piece in (words[:first], words[first:], NEXT) if piece]
        assert said_to(FULL, *pieces)[1] == said_to(FULL, *pieces, kind=AsUsual)[1]


FULL = full_paper()


class TestWhoIsRefused:
    @pytest.mark.parametrize(
        ("head", "status"),
        [
            (b"hello\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nHost: testserver\r\nX-Tide: " + b"l" * LARGEST_HEAD + b"\r\n\r\n", b"431"),
            (b"GET / HTTP/1.1\r\nHost: testserver\r\n" + b"X-Tide: low\r\n" * 5_000 + b"\r\n", b"431"),
            (b"GET /" + b"a" * 3 * LARGEST_HEAD, b"431"),
            (b"GET / HTTP/1.1\r\nX-Tide: " + b"l" * 3 * LARGEST_HEAD, b"431"),
        ],
        ids=["no request", "no host", "a large header", "many headers", "an endless path", "an endless header"],
    )
    def test_is_told_why_and_no_more_is_read(self, paper: Paper, head: bytes, status: bytes) -> None:
        pieces = [head[start : start + 16_384] for start in range(0, len(head), 16_384)]
        _protocol, said = said_to(paper, *pieces, HEAD)
        assert re.findall(rb"HTTP/1.1 (\d+)", said) == [status]
        assert b"\r\nconnection: close\r\n" in said
        assert b"content-security-policy: default-src 'none'" in said


class TestPatience:
    @pytest.fixture(autouse=True)
    def _quickly(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, seconds in {"HEAD_WITHIN": 0.1, "SILENT_FOR": 0.2, "TAKEN_WITHIN": 0.1, "LOOK_EVERY": 0.02}.items():
            monkeypatch.setattr(wire, name, seconds)

    @pytest.mark.parametrize(
        "pieces", [[], [HEAD[:40]], [HEAD, HEAD[:40]], [HEAD], [HEAD.replace(b"1.1", b"1.0"), b""]]
    )
    def test_who_says_nothing_more_is_hung_up_on(self, paper: Paper, pieces: list[bytes]) -> None:
        async def wait() -> tuple[bool, bool]:
            protocol, line = begin(paper)
            for piece in pieces:
                protocol.data_received(piece)
            await asyncio.sleep(0.03)
            early = line.is_aborted
            await asyncio.sleep(0.4)
            return early, line.is_closed

        assert asyncio.run(wait()) == (False, True)

    def test_who_is_still_to_be_answered_is_not(self) -> None:
        paper = Paper()

        async def wait() -> bool:
            answered = asyncio.Event()

            async def hold() -> None:
                await answered.wait()

            paper.hold = hold
            protocol, line = begin(paper)
            protocol.data_received(HEAD)
            await asyncio.sleep(0.4)
            waited = not line.is_closed
            answered.set()
            await settle()
            return waited and b"HTTP/1.1 200" in line.written

        assert asyncio.run(wait())

    @pytest.mark.parametrize("takes_it", [True, False])
    def test_who_does_not_take_it_is_hung_up_on(self, paper: Paper, takes_it: bool) -> None:
        async def wait() -> bool:
            protocol, line = begin(paper)
            protocol.data_received(HEAD)
            protocol.pause_writing()
            if takes_it:
                protocol.resume_writing()
            await asyncio.sleep(0.15)
            return line.is_aborted

        assert asyncio.run(wait()) is not takes_it
