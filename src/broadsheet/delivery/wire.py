"""The wire: uvicorn's protocol for HTTP/1.1, which gives pages out of the store before a request is made of anything.

That is a third of what a page costs otherwise. It is done for a request that is plain in every respect and has come
whole, by a pattern narrower than the standard: a head without a body, each header once, nothing folded, nothing asked
of the line. Everything else goes to uvicorn as it came. uvicorn leaves to us how long it waits for whom.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from broadsheet.delivery.asgi import plain_answer
from broadsheet.delivery.front import Front
from broadsheet.delivery.pages import head_of

LARGEST_HEAD = 32 * 1024  # bytes of all headers of a request, as in nginx; of what has not ended, twice that
# Seconds to send a head, or what is left of it; for a line on which nothing is said, as proxies keep them; and for a
# reader to take what has been written.
HEAD_WITHIN = 30.0
SILENT_FOR = 75.0
TAKEN_WITHIN = 60.0
LOOK_EVERY = 10.0

_PLAIN = re.compile(
    rb"(GET|HEAD) (/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))? HTTP/1\.1\r\n"
    rb"((?:[!#-'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)+)\r\n"
)
# With these somebody asks something of the line, or sends more than a head.
_NOT_PLAIN = frozenset([b"connection", b"expect", b"keep-alive", b"te", b"trailer", b"upgrade"])
_BODY = frozenset([b"content-length", b"transfer-encoding"])
_KEEPS_ALIVE = (b"keep-alive", b"Keep-Alive")
_BLANKS = b" \t"


class Wire(HttpToolsProtocol):
    """One connection. Of the front that it gives pages of, see `wire_to`."""

    front: Front

    def __init__(self, *about: Any, **named: Any) -> None:
        super().__init__(*about, **named)
        self._is_new = True
        self._is_between = True  # two requests: nothing of the next one has come
        self._awaits_head = True
        self._head = 0  # bytes of the headers of this request
        self._come = 0  # bytes that have come since it began, until its head has ended
        self._since = self.loop.time()  # this has been waited for
        self._look_again: asyncio.TimerHandle | None = None
        self._is_stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._look_again, self._is_stuck):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give a page at once, or let uvicorn see to it."""
        self._is_new = False
        if self._is_between and self._is_idle and (answer := self._at_once(data)):
            self._since = self.loop.time()
            self.transport.writelines(answer)
            return
        if self._is_between:
            self._since = self.loop.time()
        elif self._awaits_head:
            self._come += len(data)
            if self._come > 2 * LARGEST_HEAD:
                self.send_400_response("")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Note that a request has begun to come."""
        self._is_between, self._awaits_head = False, True
        self._head = self._come = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header, without the blanks around it, some of which the parser leaves (RFC 9110, section 5.5).

        Raises ValueError, which the parser hands on, for too many of them.
        """
        self._head += len(name) + len(value) + 4
        if self._head > LARGEST_HEAD:
            raise ValueError("The head of this request is too large.")
        super().on_header(name, value.strip(_BLANKS))

    def on_headers_complete(self) -> None:
        """Note that the head has come. Raises ValueError for one that does not say whom it is for.

        And for one that would have the line speak another language and sends a body first: the parser takes it for the
        end of HTTP on this line, uvicorn goes on, and the body would be read as the next request, of whomever a proxy
        sends by the same line.
        """
        if self.parser.get_http_version() == "1.1" and not any(name == b"host" for name, _value in self.headers):
            raise ValueError("This request names no host.")
        if self.parser.should_upgrade() and any(name in _BODY and value != b"0" for name, value in self.headers):
            raise ValueError("This request upgrades the line and has a body.")
        self._awaits_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that a request has come whole."""
        self._is_between = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self._since = self.loop.time()
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """Do nothing: `_look` hangs up on silent lines, and knows what was given on them at once."""

    def send_400_response(self, msg: str) -> None:
        """Say that a request cannot be understood, and why where it is too large; no more is read."""
        is_large = max(self._head, self._come) > LARGEST_HEAD
        headers, body = plain_answer("This head is too large." if is_large else "This is no request.")
        head = head_of(431 if is_large else 400, [*headers, (b"connection", b"close")])
        self.transport.writelines([head, *self._own_headers(), body])
        self.transport.close()

    def pause_writing(self) -> None:
        """Wait for a reader who does not take what was written; not for ever."""
        super().pause_writing()
        self._is_stuck = self.loop.call_later(TAKEN_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        if self._is_stuck:
            self._is_stuck.cancel()
        super().resume_writing()

    @property
    def _is_idle(self) -> bool:
        return not self.flow.write_paused and (self.cycle is None or self.cycle.response_complete)

    def _at_once(self, data: bytes) -> list[bytes] | None:
        """Return the answer to a plain request for a page in the store, in pieces."""
        request = _PLAIN.fullmatch(data)
        if request is None or len(data) > LARGEST_HEAD:
            return None
        method, path, query, block = request.groups(b"")
        fields = block[:-2].split(b"\r\n")
        headers = {}
        for field in fields:
            name, _colon, value = field.partition(b":")
            headers[name.lower()] = value.strip(_BLANKS)
        if len(headers) != len(fields) or not _is_plain(headers):
            return None
        form = self.front.at_once((headers.get(b"host", b""), path, query), headers)
        if form is None:
            return None
        variant, is_unchanged = form
        if is_unchanged:
            return [variant.head_unchanged, *self._own_headers()]
        answer = [variant.head, *self._own_headers()]
        return answer if method == b"HEAD" else [*answer, variant.body["body"]]

    def _own_headers(self) -> list[bytes]:
        """What the server says of itself, and the empty line."""
        return [*(b"%b: %b\r\n" % header for header in self.server_state.default_headers), b"\r\n"]

    def _look(self) -> None:
        """Hang up on whoever lets us wait."""
        if self.transport.is_closing():
            return
        waited = self.loop.time() - self._since
        is_ours_to_speak = self.cycle is not None and not self.cycle.response_complete
        patience = SILENT_FOR if self._is_between and not self._is_new else HEAD_WITHIN
        if waited > patience and not is_ours_to_speak:
            self.transport.abort()  # what is still to be written, nobody has taken
        else:
            self._look_again = self.loop.call_later(LOOK_EVERY, self._look)


def _is_plain(headers: dict[bytes, bytes]) -> bool:
    if headers.keys().isdisjoint(_NOT_PLAIN):
        return True
    return headers.keys() & _NOT_PLAIN == {b"connection"} and headers[b"connection"] in _KEEPS_ALIVE


def wire_to(front: Front) -> type[Wire]:
    """Return the protocol that gives pages of a front."""
    return type("WireToFront", (Wire,), {"front": front})
