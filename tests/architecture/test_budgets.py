"""What a reader's page costs: as many queries at ten times the size, and no more bytes than were promised."""

from __future__ import annotations

import gzip
import html.parser
import itertools
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.discussion.actions import open_thread
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from broadsheet.site.static import shipped
from tests import factories

QUERIES = 25  # of any page that everybody reads, not yet stored
HTML, CSS, JAVASCRIPT = 40_000, 12_000, 15_000  # bytes, compressed; of the article's page
FEW, MANY = 30, 300
WORDS = "The pilot boat went out at six and the net was where the old map has it, two lengths off the eastern mole. "


@pytest.fixture
def long_article(section: Section) -> ArticlePage:
    """An interview of a dozen exchanges, as the demo's longest."""
    turns = [(f"What came up in net number {number}?", f"{WORDS * 6}") for number in range(1, 13)]
    steps = [{"kind": "original", "publisher": "Havnebladet"}, {"kind": "translated", "person": "Ada Lunde"}]
    return factories.make_article(
        section,
        "Sixty years of nets",
        body=[factories.interview(*turns)],
        steps=steps,
        standfirst=WORDS,
        bylines={"interviewer": "Nora Vik", "translator": "Ada Lunde"},
    )


def _talk(article: ArticlePage, count: int) -> None:
    """Post `count` comments: of five, two answer the article and three answer the last one that did, or its answer."""
    thread = open_thread(article)
    guests = [factories.make_guest(f"Guest {number}") for number in range(10)]
    last = None
    for number, guest in zip(range(count), itertools.cycle(guests), strict=False):
        parent = last if number % 5 > 1 else None
        comment = factories.make_comment(thread, WORDS * 3, by=guest, parent=parent)
        last = comment if number % 5 < 3 else last


def _queries(browser: Client, path: str) -> int:
    """Return how many queries a page takes in a process that has answered before."""
    assert browser.get(path).status_code == 200
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)


def test_the_article_costs_the_same_at_any_thread_size(long_article: ArticlePage, stan: Client) -> None:
    """Ten times the comments, not one query more."""
    _talk(long_article, FEW)
    few = _queries(stan, long_article.url)
    _talk(long_article, MANY - FEW)
    many = _queries(stan, long_article.url)
    assert 0 < many <= few <= QUERIES


def test_the_thread_page_costs_the_same_at_any_thread_size(long_article: ArticlePage, stan: Client) -> None:
    """It shows a part at a time."""
    _talk(long_article, FEW)
    path = open_thread(long_article).url
    few = _queries(stan, path)
    _talk(long_article, MANY - FEW)
    many = _queries(stan, path)
    assert 0 < many <= few + 1 <= QUERIES  # one more: the first size fits on a page, the second has a next one


@pytest.mark.parametrize("name", ["front page", "section", "archive", "feed"])
def test_lists_cost_the_same_at_any_number_of_articles(
    publication: FrontPage, section: Section, stan: Client, name: str
) -> None:
    """However many articles there are and however many people wrote them."""
    path = {"front page": publication.url, "section": section.url, "archive": "/archive/", "feed": "/feed/"}[name]
    for number in range(8):
        factories.make_article(section, f"Story {number}", bylines={"writer": f"Writer {number}"})
    few = _queries(stan, path)
    for number in range(8, 40):
        factories.make_article(section, f"Story {number}", bylines={"writer": f"Writer {number}"})
    many = _queries(stan, path)
    assert 0 < many <= few + 1 <= QUERIES


def test_a_member_reads_at_the_same_cost(long_article: ArticlePage, as_rita: Client) -> None:
    """The personal part costs a few queries, at any size."""
    _talk(long_article, FEW)
    few = _queries(as_rita, long_article.url)
    _talk(long_article, MANY - FEW)
    # Session, user, what they may do (2), profile, their votes, what of theirs awaits a moderator in the thread and on
    # passages, what they are told of.
    assert 0 < _queries(as_rita, long_article.url) <= few <= QUERIES + 9


def test_the_articles_page_is_light(long_article: ArticlePage, stan: Client) -> None:
    """HTML, styles and scripts, with a thread of hundreds below it."""
    _talk(long_article, MANY)
    page = stan.get(long_article.url).content.decode()
    assert len(gzip.compress(page.encode())) <= HTML
    assert 0 < _weight(_linked(page, "css")) <= CSS
    assert 0 < _weight(_with_imports(_linked(page, "js"))) <= JAVASCRIPT


class _Links(html.parser.HTMLParser):
    """Gathers the static files that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        address = values.get("src") if tag == "script" else values.get("href") if tag == "link" else None
        if address and address.startswith("/static/"):
            self.found.append(address.removeprefix("/static/"))


def _linked(page: str, kind: str) -> list[str]:
    """The names of the static files of a kind that a page loads, each once."""
    links = _Links()
    links.feed(page)
    found = [name for name in dict.fromkeys(links.found) if name.endswith(f".{kind}")]
    assert found, f"the page loads no .{kind}"
    return found


def _with_imports(modules: list[str]) -> list[str]:
    """Return the modules and all that they import, now or later, each once."""
    found: dict[str, None] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = None
            waiting += _imported(module)
    return list(found)


def _imported(module: str) -> Iterator[str]:
    source = _file(module).read_text(encoding="utf-8")
    for name in re.findall(r"""(?:from|import)\s*\(?["'](\.[^"']+)["']""", source):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(module), name))


def _file(name: str) -> Path:
    path = finders.find(name)
    assert path, f"the page loads {name}, which is not there"
    return Path(path)


def _weight(names: list[str]) -> int:
    return sum(len(gzip.compress(shipped(_file(name)).encode())) for name in names)
