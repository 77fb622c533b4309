"""A finished page: its bytes and headers in every form that a client may ask for, made once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from broadsheet.delivery.asgi import Header, Message, start_of
from broadsheet.delivery.encodings import GZIP, IDENTITY, packed, unpacked

# Whoever keeps a page asks whether it is still true before they show it again; to answer that costs next to nothing.
ASK_AGAIN = "public, max-age=0, must-revalidate"
# Where a cache in front of us is told what to forget, it may show a page for this long without asking: the longest that
# one is shown when a telling is lost. A browser asks as ever.
ASK_SOON = "public, max-age=0, s-maxage=1, must-revalidate"
# Whatever may change without an announcement, such as the program itself or a clock that was put right, has come to an
# end after this.
OLDEST = timedelta(hours=1)
# Beyond that it is no page.
LARGEST = 2 * 1024 * 1024
# An answer may differ by these and be kept: those who bear our cookies never get it, packing we do ourselves.
DIFFERS_BY = frozenset(["cookie", "accept-encoding"])
# Said of one answer, not of the page; or said by us.
_NOT_KEPT = frozenset(
    [b"content-length", b"etag", b"last-modified", b"vary", b"x-request-id", b"date", b"server", b"connection"]
)
_ASKS_AGAIN: Header = (b"cache-control", ASK_AGAIN.encode())
# Seconds after which no other version of the page can bear the same second.
SETTLED_AFTER = 2.0
# Bytes of a page besides its bodies, about: its headers and heads in every form, and its places in the store.
_OVERHEAD = 14_000


class Variant:
    """One form of a page: as a server takes it by ASGI, and as it goes over the wire (`head`, then the body)."""

    __slots__ = ("body", "etag", "head", "head_unchanged", "headers", "start", "unchanged")

    def __init__(self, encoding: str, body: bytes, digest: str, fixed: Iterable[Header]) -> None:
        self.etag = f'"{digest}{"" if encoding == IDENTITY else f"-{encoding}"}"'.encode()
        own: list[Header] = [(b"etag", self.etag), (b"vary", b"Cookie, Accept-Encoding")]
        packing: list[Header] = [] if encoding == IDENTITY else [(b"content-encoding", encoding.encode())]
        self.headers = [*fixed, *own, *packing, (b"content-length", b"%d" % len(body))]
        self.body: Message = {"type": "http.response.body", "body": body}
        self.start: Message = start_of(200, self.headers)
        self.unchanged: Message = start_of(304, [*own, *(pair for pair in fixed if pair[0] == b"cache-control")])
        self._write()

    def say(self, header: Header) -> None:
        """Say one thing more, in answers with and without the body."""
        self.start = start_of(200, [*self.headers, header])
        self.unchanged = start_of(304, [*self.unchanged["headers"], header])
        self._write()

    def _write(self) -> None:
        self.head, self.head_unchanged = (
            head_of(said["status"], said["headers"]) for said in (self.start, self.unchanged)
        )


@dataclass(slots=True, eq=False)
class Page:
    """A page that may be given to many.

    `began` is when it was begun to be drawn and `ends` when it is no longer true, both on the feed's clock. `is_stale`
    says that something it shows has changed since.
    """

    variants: dict[str, Variant]
    topics: frozenset[str]
    began: float
    ends: float
    modified: bytes
    digest: str
    fixed: list[Header]
    size: int
    is_stale: bool = False
    settles: float = 0.0

    def settle(self) -> None:
        """Say from now on when it was last modified: seconds are coarse, and a change within one would go unseen."""
        for variant in self.variants.values():
            variant.say((b"last-modified", self.modified))
        self.settles = float("inf")

    def variant(self, encoding: str) -> Variant:
        """Return the form of the page for who takes `encoding`; the plain one is not kept where there are others."""
        kept = self.variants.get(encoding) or self.variants.get(IDENTITY)
        if kept is None:
            kept = Variant(IDENTITY, unpacked(self.variants[GZIP].body["body"]), self.digest, self.fixed)
            if self.is_settled:
                kept.say((b"last-modified", self.modified))
        return kept

    @property
    def is_settled(self) -> bool:
        """Whether it is said when the page was last modified."""
        return self.settles == float("inf")


@dataclass(frozen=True)
class Reply:
    """An answer that is not kept, and given to all who asked for it at the same time."""

    status: int
    headers: list[Header]
    body: bytes


def why_not_kept(status: int, headers: Iterable[Header], body: bytes | None, topics: Collection[str]) -> str:
    """Return why an answer is not given to anybody else; "" for one that may be."""
    said = {name: value.decode("latin-1").lower() for name, value in headers}
    control = said.get(b"cache-control", "")
    differs = {name.strip() for name in said.get(b"vary", "").split(",") if name.strip()}
    reasons = {
        "it sets a cookie": b"set-cookie" in said,
        f"it says {control}": any(word in control for word in ("private", "no-store", "no-cache")),
        f"it differs by {', '.join(sorted(differs))}": not differs <= DIFFERS_BY,
        "it is packed already": b"content-encoding" in said,
        "it is a stream": body is None,
        "it is too large": len(body or b"") > LARGEST,
        f"its status is {status}": status != 200,
        "it does not say what it shows": not topics,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def may_be_shared(status: int, headers: Iterable[Header]) -> bool:
    """Whether an answer that is not kept may be given to all who asked for it at the same time.

    A missing page, a way elsewhere, a mistake of ours: yes. What is for one person, or was chosen by what one client
    likes: no.
    """
    reason = why_not_kept(200, headers, b"", ["any"])
    return not reason or (status >= 500 and reason == "it says no-store")


def finished(
    headers: Iterable[Header],
    body: bytes,
    *,
    topics: Iterable[str],
    until: datetime | None,
    began: float,
    now: datetime,
    kept: str = ASK_AGAIN,
) -> Page:
    """Make the page of an answer; `now` is the time of day at `began`, and `until` when the answer ends to be true.

    `kept` is what it says of how long others may keep it, unless the answer says something of its own.
    """
    fixed = sorted(pair for pair in headers if pair[0] not in _NOT_KEPT and pair != _ASKS_AGAIN)
    if not any(name == b"cache-control" for name, _value in fixed):
        fixed.append((b"cache-control", kept.encode()))
    digest = _digest(fixed, body)
    bodies = packed(body)
    left = min(OLDEST, until - now if until else OLDEST)
    return Page(
        variants={encoding: Variant(encoding, form, digest, fixed) for encoding, form in bodies.items()},
        topics=frozenset(topics),
        began=began,
        ends=began + left.total_seconds(),
        modified=format_datetime(now.astimezone(UTC), usegmt=True).encode(),
        digest=digest,
        fixed=fixed,
        size=sum(map(len, bodies.values())) + _OVERHEAD,
        settles=began + SETTLED_AFTER,
    )


def is_known(etag: bytes, given: bytes) -> bool:
    """Whether an `If-None-Match` names this tag, however it is written."""
    if given.strip() == b"*":
        return True
    return etag in (one.strip().removeprefix(b"W/") for one in given.split(b","))


def _digest(fixed: list[Header], body: bytes) -> str:
    digest = hashlib.blake2b(body, digest_size=12)
    for name, value in fixed:
        digest.update(b"\0" + name + b"\0" + value)
    return digest.hexdigest()


def head_of(status: int, headers: Iterable[Header]) -> bytes:
    """Return how an answer begins on the wire, to which a server adds what it says of itself and an empty line."""
    phrase = HTTPStatus(status).phrase.encode()
    return b"".join([b"HTTP/1.1 %d %b\r\n" % (status, phrase), *(b"%b: %b\r\n" % header for header in headers)])
