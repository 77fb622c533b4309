"""What the article page costs, by the number of its comments: `python benchmarks/article_page.py`.

Makes a publication in a temporary home (or in the database that DATABASE_URL names, which must be empty), fills one
article with each number of comments and reads its page as an anonymous reader, through every middleware but without a
server. Prints queries, rows that the database returned, CPU time of this process and bytes, and the CPU time divided by
that of the smallest discussion; the same for the pages behind it: all comments in either order, one in its midst, one
comment, one reply.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fill_thread import fill, start_django

SIZES = (100, 10_000, 100_000)
READS = 30  # of which the median counts
WARM = 3
BODY = "<p>" + "</p><p>".join(["The ferry keeps the hours that the harbour master set for it. " * 6] * 12) + "</p>"


@dataclass(frozen=True)
class Cost:
    """What one reading of a page takes."""

    queries: int
    rows: int
    cpu: float
    raw: int
    packed: int


def main() -> None:
    """Make, fill, read, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = sorted(options.parse_args().sizes)
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "BROADSHEET_HOME": home, "BROADSHEET_LOG_LEVEL": "error"}
        init = [sys.executable, "-m", "broadsheet", "init", "--name", "The Slipway", "--email", "ed@slipway.example"]
        subprocess.run(init, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.environ["BROADSHEET_LOG_LEVEL"] = "error"
        start_django(home)
        from broadsheet.site.collect import collect_static

        collect_static(lambda words: print(words, file=sys.stderr))
        measured = {size: measure(size) for size in sizes}
    report(measured)


def measure(size: int) -> dict[str, Cost]:
    """Fill an article and read each page of its discussion."""
    article = make_article(f"With {size:,} comments")
    began = time.monotonic()
    thread = fill(article, size, seed=size)
    print(f"{size:>9,} comments made in {time.monotonic() - began:.1f} s", file=sys.stderr)
    tops = thread.comments.filter(depth=0).order_by("created_at", "pk")
    middle = tops[tops.count() // 2]
    deep = thread.comments.filter(depth__gt=2).order_by("pk")
    reply = deep[deep.count() // 2]
    pages = {
        "article": article.url,
        "newest first": thread.url,
        "newest, in the midst": f"{thread.url}?order=newest&after={middle.public_id}",
        "oldest first": f"{thread.url}?order=oldest",
        "oldest, in the midst": f"{thread.url}?order=oldest&after={middle.public_id}",
        "one comment": f"/comments/{middle.public_id}/",
        "one reply": f"/comments/{reply.public_id}/",
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


def read(url: str) -> Cost:
    """Read a page several times and return what one reading takes."""
    from django.conf import settings
    from django.test import Client

    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0] or "localhost", SERVER_PORT="8000")
    client.get(url)  # what is asked once per process is asked now
    with counted() as seen:
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
    times = []
    for number in range(WARM + READS):
        began = time.process_time()
        client.get(url)
        if number >= WARM:
            times.append(time.process_time() - began)
    body = response.content
    return Cost(seen[0], seen[1], statistics.median(times), len(body), len(gzip.compress(body, 6)))


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


def report(measured: dict[int, dict[str, Cost]]) -> None:
    """Print a table of every page, and the ratios to the smallest discussion."""
    smallest = min(measured)
    print(f"{'page':<22}{'N':>9}{'queries':>9}{'rows':>7}{'CPU ms':>9}{'HTML KB':>9}{'gzip KB':>9}{'ratio of CPU':>14}")
    for page in measured[smallest]:
        for size, costs in measured.items():
            cost, base = costs[page], measured[smallest][page]
            print(
                f"{page:<22}{size:>9,}{cost.queries:>9}{cost.rows:>7}{cost.cpu * 1000:>9.1f}{cost.raw / 1024:>9.1f}"
                f"{cost.packed / 1024:>9.1f}{cost.cpu / base.cpu:>14.2f}"
            )


if __name__ == "__main__":
    main()
