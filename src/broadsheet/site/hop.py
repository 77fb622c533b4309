"""The hop: a request goes from the server's event loop to Django in one of a few threads, and its answer comes back.

Django's own ASGI handler would take one hop for every middleware, which was measured at some twenty times the cost
(docs/decisions/0030). Whatever may take long for reasons of the client's is done outside the threads: a body is there
before its request gets one, a page and a file leave when theirs is free again. Only an answer that is made while it is
being sent keeps a thread, and a reader who does not take it loses it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from broadsheet.delivery.asgi import Busy, Header, Receive, Scope, Send, answer_busy, answer_plainly
from broadsheet.site.environ import declared_length, environ_of
from broadsheet.site.intake import Gone, Intake, Unwelcome
from broadsheet.site.line import PATIENCE, PIECE, Line

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

log = logging.getLogger("broadsheet.hop")

THREADS = 4  # of each process: so many requests may wait for the database without stopping the others
# Requests that wait for a thread: some ten seconds of work. Who comes later hears at once that it is too much.
IN_LINE = 256
WITHOUT_BODY = (204, 304)


Finished = TypeVar("Finished")


@dataclass(frozen=True)
class Answer:
    """What an application answered: its body, or an open file that holds it; None where it has been sent already."""

    status: int
    headers: list[Header]
    body: bytes | BinaryIO | None


class Hop:
    """Answers requests by a WSGI application, in threads of its own. One for each process."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        scheme: str,
        limit: Callable[[str], int],
        intake: Intake | None = None,
        patience: float = PATIENCE,
        in_line: int = IN_LINE,
    ) -> None:
        """`scheme` is the one that readers use; `limit` says how many bytes may be sent to a path."""
        self._application = application
        self._scheme = scheme
        self._limit = limit
        self._intake = intake or Intake()
        self._patience = patience
        self._most = THREADS + in_line
        self._asked = 0
        # They last as long as the process, and with them their connections to the database.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            declared = declared_length(scope["headers"])
            if declared == 0:
                await self._answer(environ_of(scope, self._scheme, BytesIO(), 0), receive, send)
            else:
                await self._answer_with_body(scope, declared, receive, send)
        except Unwelcome as unwelcome:
            await answer_plainly(send, unwelcome.status, unwelcome.sentence, [(b"connection", b"close")])
        except Busy:
            await answer_busy(send)
        except Gone:
            return  # what has not been answered to its end, the server cuts off

    async def whole(self, environ: WSGIEnvironment, finish: Callable[[Answer], Finished]) -> Finished:
        """Answer a request that we make ourselves, and return what `finish` makes of it in the same thread.

        A stream is not listened to: its body is None. Raises Busy.
        """
        return await self._in_a_thread(lambda: finish(self._run(environ, None)))

    async def _answer_with_body(self, scope: Scope, declared: int | None, receive: Receive, send: Send) -> None:
        body, length = await self._intake.take(receive, declared, self._limit(scope["path"]))
        try:
            await self._answer(environ_of(scope, self._scheme, body, length), receive, send)
        finally:
            self._intake.forget(body, length)

    async def _answer(self, environ: WSGIEnvironment, receive: Receive, send: Send) -> None:
        line = Line(send, self._patience)
        watch = asyncio.ensure_future(line.watch(receive))
        try:
            answer = await self._in_a_thread(lambda: self._run(environ, line))
            await _deliver(answer, line, is_head=environ["REQUEST_METHOD"] == "HEAD")
        finally:
            watch.cancel()

    async def _in_a_thread(self, work: Callable[[], Finished]) -> Finished:
        if self._asked >= self._most:
            raise Busy
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._asked -= 1

    def _run(self, environ: WSGIEnvironment, line: Line | None) -> Answer:
        """Ask the application, in a thread."""
        if line and line.is_abandoned:
            raise Gone
        try:
            with _asked(self._application, environ) as (begun, result):
                if isinstance(result, list | tuple) or getattr(result, "streaming", True) is False:
                    return Answer(begun.status, begun.headers, b"".join(result))
                if line is None:
                    return Answer(begun.status, begun.headers, None)
                if isinstance(result, _File) and result.is_real:
                    return Answer(begun.status, begun.headers, result.for_the_loop())
                if environ["REQUEST_METHOD"] == "HEAD":
                    return Answer(begun.status, begun.headers, b"")
                line.stream(begun.status, begun.headers, result)
                return Answer(begun.status, begun.headers, None)
        except Gone:
            raise
        except Exception:
            log.exception("%s %s failed outside of Django.", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            if line and line.has_begun:
                raise Gone from None
            return _failed()


class _Beginning:
    """What an application says before the body: the `start_response` of WSGI."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[Header] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return _write


def _write(piece: bytes) -> object:
    raise NotImplementedError("A body is returned, not written.")


class _File:
    """The `wsgi.file_wrapper`: a file in pieces."""

    def __init__(self, file: BinaryIO, size: int = PIECE) -> None:
        self._file = file
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._file.read(self._size), b"")

    def close(self) -> None:
        """Let go of the file, and of the request it answers."""
        if hasattr(self._file, "close"):
            self._file.close()

    @property
    def is_real(self) -> bool:
        """Whether it lies on a disk."""
        try:
            return self._file.fileno() >= 0
        except (AttributeError, OSError):
            return False

    def for_the_loop(self) -> BinaryIO:
        """Return the rest of the file, open anew: the request ends now, the reader gets the file when they take it."""
        return os.fdopen(os.dup(self._file.fileno()), "rb")


@contextmanager
def _asked(
    application: WSGIApplication, environ: WSGIEnvironment
) -> Iterator[tuple[_Beginning, Iterable[bytes] | _File]]:
    """Ask, and close what was answered, whatever becomes of it: for Django the request ends there."""
    begun = _Beginning()
    result = application({**environ, "wsgi.file_wrapper": _File}, begun)
    try:
        yield begun, result
    finally:
        if hasattr(result, "close"):
            result.close()


async def _deliver(answer: Answer, line: Line, *, is_head: bool) -> None:
    """Send what a thread has left to the loop."""
    if isinstance(answer.body, bytes):
        headers = _measured(answer, len(answer.body), is_head=is_head)
        is_empty = is_head or answer.status in WITHOUT_BODY
        await line.put_whole(answer.status, headers, b"" if is_empty else answer.body)
    elif answer.body is not None:
        with answer.body as file:
            if is_head:
                await line.put_whole(answer.status, answer.headers, b"")
            else:
                await line.put_file(answer.status, answer.headers, file)


def _measured(answer: Answer, length: int, *, is_head: bool) -> list[Header]:
    """The headers with the length of the body as it is; an answer to HEAD says what it would be."""
    says = any(name == b"content-length" for name, _value in answer.headers)
    if is_head and says:
        return answer.headers
    others = [(name, value) for name, value in answer.headers if name != b"content-length"]
    return others if answer.status in WITHOUT_BODY else [*others, (b"content-length", b"%d" % length)]


def _failed() -> Answer:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    return Answer(500, headers, b"We failed. The log says how.\n")
