"""One hot page that is read, voted on and written under at once: `python benchmarks/mixed.py`.

Of every hundred requests ninety-five are anonymous reads of an article with its discussion (gzip, connections that stay
open), four are votes and one is a comment, by guests from as many places. The publication is made in a temporary home
(on the database that DATABASE_URL names, which must be empty) and served by the shipped command as it comes. First
`--clients` do this in a closed loop, each as fast as it is answered, then `--rate` requests a second arrive whoever has
been answered: their times count from when they were due. Before each, the same reads without any writing.

Prints p50, p95, p99 and the number per second of each kind, what the page store gave out, how often the page was drawn,
and the p95 of reads amid writing divided by that of the same reads without.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import uvloop

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from fill_thread import fill, start_django  # noqa: E402 - found by the line above

from tests.journeys.serving import Served, run  # noqa: E402

SHARES = {"read": 95, "vote": 4, "post": 1}
ONLY_READS = {"read": 95}
COMMENTS = 500  # below the article before anybody comes
CLIENTS = 16
RATE = 200  # requests a second, where they come by themselves
SECONDS = 20  # of each of the four parts; 600 comments in ten minutes are what one thread takes
WARM = 2.0
PATIENCE = 30.0
GRACE = 1.0  # seconds until the log has all lines


@dataclass
class Heard:
    """What one kind of request was answered, and in how many seconds."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    drawn_for_itself: int = 0  # answers that bear an id: out of Django, not out of the store
    versions: set[str] = field(default_factory=set)


@dataclass
class Part:
    """One part of the run."""

    name: str
    heard: dict[str, Heard]
    lasted: float
    drawings: int


@dataclass(frozen=True)
class Answer:
    """The head of an answer; its body has been read."""

    status: int
    headers: dict[str, str]


class Line:
    """A connection that stays open; opened anew when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer, whole."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _colon, value in (one.partition(":") for one in head[1:])}
            await reader.readexactly(int(headers.get("content-length", "0")))
        except BaseException:
            self.close()
            raise
        return Answer(int(head[0].split()[1]), headers)

    def close(self) -> None:
        """Hang up."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


@dataclass
class Page:
    """The page that everybody wants, and what is said below it."""

    url: str
    key: str
    comments: list[str]
    port: int = 0

    def request(self, kind: str, chance: random.Random) -> bytes:
        """Return the bytes of a request."""
        if kind == "read":
            return (
                f"GET {self.url} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/html\r\n"
                "Accept-Encoding: gzip\r\n\r\n"
            ).encode()
        if kind == "vote":
            fields = {"value": chance.choice(("1", "1", "1", "-1")), "key": f"{chance.getrandbits(128):032x}"}
            return self._post(f"/comments/{chance.choice(self.comments)}/vote/", fields, chance)
        words = f"The *tide* waits for nobody, says no. {chance.random()}.\n\n> It does not."
        key = f"{chance.getrandbits(128):032x}"
        return self._post(
            f"/threads/{self.key}/comments/", {"body": words, "name": f"Reader {key[:8]}", "key": key}, chance
        )

    def _post(self, path: str, fields: dict[str, str], chance: random.Random) -> bytes:
        body = urlencode(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/html\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"
            f"X-Forwarded-For: 2001:db8:{chance.randrange(65_536):x}:{chance.randrange(65_536):x}::1\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def main() -> None:
    """Make, fill, serve, read and write, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, default=CLIENTS)
    options.add_argument("--rate", type=float, default=RATE)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--comments", type=int, default=COMMENTS)
    given = options.parse_args()
    database = {name: os.environ[name] for name in ("DATABASE_URL",) if os.environ.get(name)}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        made = run(home, "init", "--name", "The Slipway", "--email", "ed@slipway.example", settings=database)
        if made.returncode:
            sys.exit(made.stdout + made.stderr)
        os.environ["BROADSHEET_LOG_LEVEL"] = "error"
        start_django(str(home))
        page = _make_page(given.comments)
        # The log has a line for every page that Django draws: that is how drawings are counted.
        settings = {"BROADSHEET_TRUSTED_PROXIES": "127.0.0.0/8", "BROADSHEET_LOG_LEVEL": "info", **database}
        with Served(home, settings=settings) as served:
            page.port = served.port
            print(f"{given.comments:,} comments below the page, {given.clients} clients, {given.rate:g} a second")
            uvloop.run(_measure(page, served, given))


def _make_page(comments: int) -> Page:
    from django.db import connections
    from threads import let_newcomers_write, make_article
    from where import where

    from broadsheet.site.collect import collect_static

    collect_static(lambda words: print(words, file=sys.stderr))
    let_newcomers_write()
    article = make_article("High water at noon")
    thread = fill(article, comments, seed=1)
    page = Page(article.url, str(article.translation_key), list(thread.comments.values_list("public_id", flat=True)))
    print(where())
    connections.close_all()
    return page


async def _measure(page: Page, served: Served, given: argparse.Namespace) -> None:
    closed = lambda shares, seconds: _closed(page, shares, given.clients, seconds)  # noqa: E731
    opened = lambda shares, seconds: _open(page, shares, given.rate, seconds)  # noqa: E731
    await closed(ONLY_READS, WARM)
    for loop, go in (("closed loop", closed), (f"{given.rate:g} a second", opened)):
        alone = await _part(f"{loop}, only reads", go, ONLY_READS, given.seconds, served, page)
        tell(alone)
        mixed = await _part(f"{loop}, mixed", go, SHARES, given.seconds, served, page)
        tell(mixed)
        tell_of_store(mixed)
        ratio = _quantiles(mixed.heard["read"].seconds)[1] / _quantiles(alone.heard["read"].seconds)[1]
        print(f"p95 of reads amid writing / without any: {ratio:.2f}", flush=True)


Go = Callable[[dict[str, int], float], Awaitable[dict[str, Heard]]]


async def _part(name: str, go: Go, shares: dict[str, int], seconds: float, served: Served, page: Page) -> Part:
    before = len(served.said())
    began = time.monotonic()
    heard = await go(shares, seconds)
    lasted = time.monotonic() - began
    await asyncio.sleep(GRACE)
    lines = (json.loads(line) for line in served.said()[before:].splitlines() if line.startswith("{"))
    drawings = sum(line.get("method") == "GET" and line.get("path") == page.url for line in lines)
    return Part(name, heard, lasted, drawings)


async def _closed(page: Page, shares: dict[str, int], clients: int, seconds: float) -> dict[str, Heard]:
    """Let each client ask again as soon as it is answered."""
    heard = {kind: Heard() for kind in shares}
    until = time.monotonic() + seconds

    async def work(number: int) -> None:
        line, chance = Line(page.port), random.Random(f"{number} {until}")
        while (began := time.monotonic()) < until:
            await _ask(line, page, _kind(shares, chance), chance, began, heard)
        line.close()

    await asyncio.gather(*(work(number) for number in range(clients)))
    return heard


async def _open(page: Page, shares: dict[str, int], rate: float, seconds: float) -> dict[str, Heard]:
    """Let requests come at random moments, so many a second in the mean, however long the others take."""
    heard = {kind: Heard() for kind in shares}
    chance = random.Random(f"{rate} {time.monotonic()}")
    free: list[Line] = []
    going_on: set[asyncio.Task[None]] = set()
    rate *= sum(shares.values()) / sum(SHARES.values())  # the same reads, whatever else there is

    async def come(kind: str, due: float) -> None:
        line = free.pop() if free else Line(page.port)
        await _ask(line, page, kind, chance, due, heard)
        free.append(line)

    began = due = time.monotonic()
    while due < began + seconds:
        due += chance.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.ensure_future(come(_kind(shares, chance), due))
        going_on.add(task)
        task.add_done_callback(going_on.discard)
    await asyncio.gather(*going_on)
    for line in free:
        line.close()
    return heard


def _kind(shares: dict[str, int], chance: random.Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


async def _ask(line: Line, page: Page, kind: str, chance: random.Random, due: float, heard: dict[str, Heard]) -> None:
    """Ask, and note the time since `due`; what fails is noted as status 0."""
    one = heard[kind]
    try:
        answer = await asyncio.wait_for(line.ask(page.request(kind, chance)), PATIENCE)
    except (OSError, EOFError, TimeoutError):
        line.close()
        one.statuses[0] += 1
        return
    one.statuses[answer.status] += 1
    one.seconds.append(time.monotonic() - due)
    if kind == "read":
        one.drawn_for_itself += "x-request-id" in answer.headers
        one.versions.add(answer.headers.get("etag", ""))


def tell(part: Part) -> None:
    """Print a line for each kind."""
    print(part.name)
    for kind, heard in part.heard.items():
        good = 200 if kind == "read" else 303
        p50, p95, p99 = (1000 * second for second in _quantiles(heard.seconds))
        others = {status: times for status, times in heard.statuses.items() if status != good}
        refused = f"; others: {', '.join(f'{times} × {status}' for status, times in others.items())}" if others else ""
        print(
            f"    {kind:<6}{len(heard.seconds):>7,}{len(heard.seconds) / part.lasted:>8.1f} a second   "
            f"p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   p99 {p99:6.1f} ms{refused}",
            flush=True,
        )


def tell_of_store(part: Part) -> None:
    """Print how much of the reading was done by the page store."""
    reads = part.heard["read"]
    count = sum(reads.statuses.values())
    changes = sum(part.heard[kind].statuses[303] for kind in ("vote", "post"))
    print(
        f"    {100 * (count - reads.drawn_for_itself) / count:.1f} % of the reads out of the store; the page was drawn "
        f"{part.drawings:,} times for {changes:,} changes ({100 * part.drawings / count:.1f} drawings in 100 reads); "
        f"readers saw {len(reads.versions):,} versions"
    )


def _quantiles(seconds: list[float]) -> tuple[float, float, float]:
    found = statistics.quantiles(seconds, n=100)
    return found[49], found[94], found[98]


if __name__ == "__main__":
    main()
