"""The log: one line per event, each with the id of the request it belongs to."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
REQUESTS = logging.getLogger("broadsheet.requests")
# What a proxy in front may hand us. Anything else is somebody's text, and never reaches the log.
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
# What `extra=` may add to a line; other attributes of a record are logging's own.
FIELDS = ("method", "path", "status", "ms")


def current_request_id() -> str:
    """Return the id of the request being answered in this thread, or an empty string outside one."""
    return REQUEST_ID.get()


class RequestLogMiddleware:
    """Give every request an id, answer it in `X-Request-ID`, and log method, path, status and milliseconds.

    The query is left out: it holds what people search for and, in links from mails, what only they should know.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        token = REQUEST_ID.set(request_id)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            _log_answer(request, response.status_code, (time.perf_counter() - started) * 1000)
            return response
        finally:
            REQUEST_ID.reset(token)


def _log_answer(request: HttpRequest, status: int, ms: float) -> None:
    REQUESTS.info(
        "%s %s %d",
        request.method,
        request.path,
        status,
        extra={"method": request.method, "path": request.path, "status": status, "ms": round(ms, 1)},
    )


def _entry(record: logging.LogRecord) -> dict[str, object]:
    """Return what a line says: when, how grave, who speaks, about which request, and what."""
    entry: dict[str, object] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if request_id := _request_id(record):
        entry["request"] = request_id
    entry.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
    entry["message"] = record.getMessage()
    if record.exc_info:
        entry["traceback"] = "".join(traceback.format_exception(*record.exc_info))
    return entry


def _request_id(record: logging.LogRecord) -> str:
    # Django logs an error after the middleware has left; it hands the request along instead.
    return current_request_id() or getattr(getattr(record, "request", None), "request_id", "")


class JSONLines(logging.Formatter):
    """One JSON object per line: JSON escapes line ends, so no text can forge a second line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of ASCII JSON."""
        return json.dumps(_entry(record), ensure_ascii=True, default=str)


class TextLines(logging.Formatter):
    """One readable line per event; only a traceback, which is indented, has more."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line; what has no shape, such as a line end or a change of direction, is escaped."""
        entry = _entry(record)
        message = _printable(str(entry["message"]))
        about = " ".join(f"{name}={entry[name]}" for name in ("ms", "request") if name in entry)
        lines = [f"{entry['at']} {entry['level']:<7} {message} {about}".rstrip()]
        lines += [f"    {_printable(line)}" for line in str(entry.get("traceback", "")).splitlines()]
        return "\n".join(lines)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class OnlyErrors(logging.Filter):
    """Lets errors pass, whatever level others set: the worker says twice of every task that it ran."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is an error or worse."""
        return record.levelno >= logging.ERROR


class NotBrokenOff(logging.Filter):
    """Drops what the server says of an answer that was broken off: who breaks one off says why (hop.py, live.py)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is about something else."""
        return record.msg != "ASGI callable returned without completing response."


def formatter(kind: str) -> logging.Formatter:
    """Return what writes the log's lines: `json` or `text` (the setting BROADSHEET_LOG)."""
    return JSONLines() if kind == "json" else TextLines()
