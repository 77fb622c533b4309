"""What a discussion costs, by the number of its comments, and what writing costs: `python benchmarks/threads.py`.

Makes a publication in a temporary home (or in the database that DATABASE_URL names, which must be empty) and fills one
article with each number of comments, of which a tenth are about passages. Reads the first page, one in the midst and
the last one in all three orders, the article's own page, a passage's, the permalink of a reply in the midst, a comment
with its replies and the thread's feed, as an anonymous reader, through every middleware but without a server and
without the readers' page store. Prints queries, rows that the database handed over, what it did for them (steps of
SQLite's machine; rows that PostgreSQL read), CPU time of this process, bytes, and the CPU time and the work divided by
those of the smallest discussion.

Then the publication is served by the shipped command, and eight clients post and vote over HTTP, first as fast as they
can, then at fifty a second: p50, p95, per second, and the durability that the database was set to.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from fill_thread import fill, start_django  # noqa: E402 - found by the line above

from tests.journeys.serving import Served, run  # noqa: E402

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
READS = 30  # of which the median counts
WARM = 3
INLINE = 0.25  # of the comments under the article: a tenth of all
ORDERS = ("newest", "oldest", "most-voted")
BODY = "<p>" + "</p><p>".join(["The ferry keeps the hours that the harbour master set for it. " * 6] * 12) + "</p>"

WRITERS = 8
SECONDS = 15  # of each kind of writing
A_SECOND = 50  # posts, where clients come as readers do
PLACES = 24  # articles that are written under: the most that one thread takes is limited
VOTED = 50  # comments under each that are voted on


@dataclass(frozen=True)
class Cost:
    """What one reading of a page takes."""

    queries: int
    rows: int
    work: int
    cpu: float
    raw: int
    packed: int


@dataclass
class Written:
    """What became of requests that write."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    """Make, fill, read, write, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options.add_argument("--no-writing", action="store_true", help="only read")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        made = run(home, "init", "--name", "The Slipway", "--email", "ed@slipway.example", settings=_database())
        if made.returncode:
            sys.exit(made.stdout + made.stderr)
        os.environ["BROADSHEET_LOG_LEVEL"] = "error"
        start_django(str(home))
        from where import where

        from broadsheet.site.collect import collect_static

        collect_static(lambda words: print(words, file=sys.stderr))
        print(where())
        measured = {size: measure(size) for size in sorted(given.sizes)}
        if measured:
            report(measured)
        if not given.no_writing:
            measure_writing(home)


def _database() -> dict[str, str]:
    return {name: os.environ[name] for name in ("DATABASE_URL",) if os.environ.get(name)}


def _one(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]


def measure(size: int) -> dict[str, Cost]:
    """Fill an article and read each page of its discussion."""
    from django.urls import reverse

    article = make_article(f"With {size:,} comments")
    began = time.monotonic()
    thread = fill(article, size, seed=size, inline=INLINE)
    print(f"{size:>9,} comments made in {time.monotonic() - began:.1f} s", file=sys.stderr)
    tops = thread.comments.filter(depth=0).order_by("created_at", "pk")
    middle = tops[tops.count() // 2]
    deep = thread.comments.filter(depth__gt=2).order_by("pk")
    reply = deep[deep.count() // 2]
    answered = thread.comments.filter(depth=0, pk__gte=middle.pk, reply_count__gt=0).order_by("pk")[0]
    passage = reverse("annotation:passage", args=[article.passages.order_by("pk")[0].public_id])
    pages = {"article": article.url, "passage": passage, "passage, most-voted": f"{passage}?order=most-voted"}
    for order in ORDERS:
        place = f"{middle.public_id}.{middle.score}" if order == "most-voted" else middle.public_id
        last = tops[0] if order == "newest" else tops.reverse()[0]
        end = f"{last.public_id}.-9" if order == "most-voted" else last.public_id
        pages[f"{order}, first"] = f"{thread.url}?order={order}"
        pages[f"{order}, in the midst"] = f"{thread.url}?order={order}&after={place}"
        pages[f"{order}, last"] = f"{thread.url}?order={order}&before={end}"
    pages |= {
        "replies of a comment": f"/comments/{answered.public_id}/",
        "permalink of a reply": f"/comments/{reply.public_id}/",
        "feed": f"{thread.url}feed/",
    }
    return {name: read(url) for name, url in pages.items()}


def make_article(title: str) -> Any:
    """Publish an article of some length in the publication's first section."""
    from broadsheet.publication.models import ArticlePage, FrontPage, Section

    front = FrontPage.objects.first()
    section = Section.objects.first()
    if section is None:
        section = Section(title="Harbour", locale=front.locale)
        front.add_child(instance=section)
    article = ArticlePage(title=title, locale=section.locale, body=[("text", BODY)], live=False)
    section.add_child(instance=article)
    article.save_revision().publish()
    return ArticlePage.objects.get(pk=article.pk)


def let_newcomers_write() -> None:
    """Publish what people say who never said anything, as an operator may decide; else all of it awaits a moderator."""
    from broadsheet.moderation.models import WHOLE_PUBLICATION, Hold, ModerationPolicy

    ModerationPolicy.objects.update_or_create(scope=WHOLE_PUBLICATION, defaults={"hold": Hold.NONE})


def read(url: str) -> Cost:
    """Read a page several times and return what one reading takes."""
    from django.conf import settings
    from django.test import Client

    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0] or "localhost", SERVER_PORT="8000")
    client.get(url)  # what is asked once per process is asked now
    with counted() as seen:
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
    work = work_of(lambda: client.get(url))
    times = []
    for number in range(WARM + READS):
        began = time.process_time()
        client.get(url)
        if number >= WARM:
            times.append(time.process_time() - began)
    body = response.content
    return Cost(seen[0], seen[1], work, statistics.median(times), len(body), len(gzip.compress(body, 6)))


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the queries, and the rows fetched, of this connection."""
    from django.db import connection
    from django.db.models.sql import compiler

    seen = [0, 0]
    rows_of = compiler.cursor_iter

    def iterate(*given: Any) -> Iterator[Any]:
        for batch in rows_of(*given):
            seen[1] += len(batch)
            yield batch

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen[0] += 1
        return execute(sql, params, many, context)

    compiler.cursor_iter = iterate
    try:
        with connection.execute_wrapper(count):
            yield seen
    finally:
        compiler.cursor_iter = rows_of


def work_of(act: Callable[[], object]) -> int:
    """Return what the database does while `act` runs: steps of SQLite's machine, or rows that PostgreSQL reads."""
    from django.db import connection, transaction

    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            sql = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
            before = _one(cursor, sql)
            act()
            return int(_one(cursor, sql) - before)
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 100
        return 0

    connection.connection.set_progress_handler(step, 100)
    act()
    connection.connection.set_progress_handler(None, 0)
    return steps


def report(measured: dict[int, dict[str, Cost]]) -> None:
    """Print a table of every page, and the ratios to the smallest discussion."""
    smallest = min(measured)
    print(
        f"{'page':<24}{'N':>10}{'queries':>9}{'rows':>6}{'work':>9}{'CPU ms':>8}{'HTML KB':>9}{'gzip KB':>9}"
        f"{'CPU ratio':>11}{'work ratio':>12}"
    )
    for page in measured[smallest]:
        for size, costs in measured.items():
            cost, base = costs[page], measured[smallest][page]
            print(
                f"{page:<24}{size:>10,}{cost.queries:>9}{cost.rows:>6}{cost.work:>9,}{cost.cpu * 1000:>8.1f}"
                f"{cost.raw / 1024:>9.1f}{cost.packed / 1024:>9.1f}{cost.cpu / base.cpu:>11.2f}"
                f"{cost.work / max(base.work, 1):>12.2f}"
            )


def measure_writing(home: Path) -> None:
    """Serve the publication and write under many articles, as many readers from as many places."""
    from django.db import connections

    let_newcomers_write()
    articles = [make_article(f"Written under, no. {number}") for number in range(PLACES)]
    comments = [one for article in articles for one in _comments_under(article)]
    connections.close_all()
    settings = {"BROADSHEET_TRUSTED_PROXIES": "127.0.0.0/8", "BROADSHEET_LOG_LEVEL": "error", **_database()}
    keys = [str(article.translation_key) for article in articles]
    with Served(home, settings=settings) as served:
        for name, pace in (("flat out", None), (f"{A_SECOND} a second", A_SECOND)):
            _tell(f"posting, {name}", write(served.port, lambda chance: _post(keys, chance), pace))
            _tell(f"voting, {name}", write(served.port, lambda chance: _vote(comments, chance), pace))


def _comments_under(article: Any) -> list[str]:
    return list(fill(article, VOTED, seed=article.pk, tops=1.0).comments.values_list("public_id", flat=True))


def write(port: int, make: Callable[[random.Random], tuple[str, dict[str, str]]], pace: int | None) -> Written:
    """Let all writers write for a while, as fast as they can or `pace` requests a second together."""
    written, start = Written(), time.monotonic()

    def work(number: int) -> None:
        chance = random.Random(f"{port} {number} {pace} {start}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        due = start + number / (pace or 1)
        while time.monotonic() < start + SECONDS:
            if pace:
                time.sleep(max(0.0, due - time.monotonic()))
                due += WRITERS / pace
            path, fields = make(chance)
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"2001:db8:{chance.randrange(65_536):x}:{chance.randrange(65_536):x}::1",
                "Sec-Fetch-Site": "same-origin",
                "Accept": "text/html",
            }
            began = time.monotonic()
            connection.request("POST", path, urlencode(fields), headers)
            answer = connection.getresponse()
            answer.read()
            written.seconds.append(time.monotonic() - began)
            written.statuses.append(answer.status)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return written


def _post(keys: Sequence[str], chance: random.Random) -> tuple[str, dict[str, str]]:
    words = f"The *tide* waits for nobody, says no. {chance.random()}.\n\n> It does not.\n\nIt [does](https://tide.example)."
    key = f"{chance.getrandbits(128):032x}"
    return f"/threads/{chance.choice(keys)}/comments/", {"body": words, "name": f"Reader {key[:8]}", "key": key}


def _vote(comments: Sequence[str], chance: random.Random) -> tuple[str, dict[str, str]]:
    fields = {"value": chance.choice(("1", "1", "1", "-1")), "key": f"{chance.getrandbits(128):032x}"}
    return f"/comments/{chance.choice(comments)}/vote/", fields


def _tell(name: str, written: Written) -> None:
    accepted = sum(status == 303 for status in written.statuses)
    p50, p95, p99 = (1000 * statistics.quantiles(written.seconds, n=100)[at] for at in (49, 94, 98))
    print(
        f"{name:<24}{WRITERS} writers: {accepted / SECONDS:.0f} a second, p50 {p50:.1f} ms, p95 {p95:.1f} ms, "
        f"p99 {p99:.1f} ms; {len(written.statuses) - accepted} refused of {len(written.statuses)}"
    )


if __name__ == "__main__":
    main()
