"""A discussion of ten thousand comments: read to its end in every order, entered anywhere, and written in."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.journeys.browsing import browsing, check_accessibility, check_layout
from tests.journeys.conftest import Browsing
from tests.journeys.newsroom import sign_in
from tests.journeys.serving import DATABASE, Served, copy_home, environment
from tests.places import ROOT
from tests.waiting import until

SLUG = "who-mends-the-nets"
COMMENTS = 10_000
TOPS = 0.05  # of them answer the article: so many pages are read to their end quickly enough
FILL_LIMIT = 240  # seconds
MINE = "the bread is still warm"
READING_TIME = 1_200  # milliseconds: nobody writes a comment faster, and what is faster is held
THREAD = "thread_id = (SELECT id FROM discussion_thread WHERE comment_count = ?)"
TOPS_OF = f"SELECT public_id FROM discussion_comment WHERE {THREAD} AND depth = 0 ORDER BY "  # noqa: S608 - ours
ORDERS = {
    "newest": f"{TOPS_OF} created_at DESC, id DESC",
    "oldest": f"{TOPS_OF} created_at, id",
    "most-voted": f"{TOPS_OF} score DESC, created_at DESC, id DESC",
}
REPLIES = f"SELECT public_id FROM discussion_comment WHERE {THREAD} AND depth > 0 ORDER BY id"  # noqa: S608 - ours
NINE_THOUSANDTH = 9_000 - 1
WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])


@pytest.fixture(scope="module")
def long_home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo in which ten thousand comments stand below one article."""
    home = copy_home(demo_home, tmp_path_factory.mktemp("long") / "home")
    words = ["--home", home, "--article", SLUG, "--comments", str(COMMENTS), "--tops", str(TOPS)]
    filling = [sys.executable, ROOT / "benchmarks" / "fill_thread.py", *words]
    subprocess.run(filling, env=environment(home), check=True, timeout=FILL_LIMIT, stdout=subprocess.DEVNULL)
    return home


@pytest.fixture(scope="module")
def long_read(long_home: Path) -> Iterator[Served]:
    """That demo, served to those who only read."""
    with Served(long_home) as served:
        yield served


@pytest.fixture
def long_written(long_home: Path, tmp_path: Path) -> Iterator[Served]:
    """That demo, served to somebody who writes."""
    with Served(copy_home(long_home, tmp_path / "home")) as served:
        yield served


@pytest.fixture
def reading(chromium: Browser, long_read: Served) -> Browsing:
    """Opens browsers on it."""
    return partial(browsing, chromium, long_read.address)


def asked(served: Served, sql: str, *given: object) -> list[str]:
    """What the database says, past all code of ours."""
    with closing(sqlite3.connect(f"file:{served.home / DATABASE}?mode=ro", uri=True)) as database:
        return [row[0] for row in database.execute(sql, given)]


def article_path(served: Served) -> str:
    """Where the article stands."""
    place = asked(served, "SELECT url_path FROM wagtailcore_page WHERE slug = ? ORDER BY id", SLUG)[0]
    return "/".join(["", *place.strip("/").split("/")[-2:], ""])


def go(page: Page, target: str) -> None:
    with page.expect_navigation():
        page.locator(target).first.click()


@WITH_AND_WITHOUT
@pytest.mark.parametrize("order", ORDERS)
def test_it_is_read_to_its_end(reading: Browsing, long_read: Served, order: str, javascript: bool) -> None:
    """By plain links from the article on; every comment once, in the order that was asked for."""
    written = asked(long_read, ORDERS[order], COMMENTS)
    with reading(javascript=javascript) as (context, _watch):
        page = context.new_page()
        page.goto(f"{article_path(long_read)}?order={order}")
        go(page, "a:has-text('View all')")
        shown: list[str] = []
        while True:
            tops = page.locator("#discussion ol.thread > li > article.comment")
            found = tops.evaluate_all("(all) => all.map((one) => one.id)")
            shown += [identifier.removeprefix("comment-") for identifier in found]
            following = page.locator(".paging a[rel~=next]")
            if not following.count():
                break
            page.goto(following.first.get_attribute("href") or "")
    assert shown == written


@WITH_AND_WITHOUT
def test_a_permalink_leads_to_the_nine_thousandth_reply(reading: Browsing, long_read: Served, javascript: bool) -> None:
    """In its place, in view and in focus; from there on to all others."""
    reply = asked(long_read, REPLIES, COMMENTS)[NINE_THOUSANDTH]
    with reading(viewport="phone", javascript=javascript) as (context, _watch):
        page = context.new_page()
        page.goto(f"/comments/{reply}/#comment-{reply}")
        comment = page.locator(f"#comment-{reply}")
        page.wait_for_timeout(300)
        box = comment.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 740
        focused = page.locator(":focus")
        assert focused.get_attribute("id") == f"comment-{reply}"
        up = comment.locator("a.up, a.to").first
        above = (up.get_attribute("href") or "").partition("#")[2]
        assert page.locator(f"#{above}").count() == 1
        check_layout(page)
        go(page, "a:has-text('from here on')")
        assert page.locator("#discussion article.comment").count() >= 25
        if javascript:  # axe is a script
            check_accessibility(page)


@WITH_AND_WITHOUT
def test_it_stays_where_it_is_when_the_fonts_come_late(reading: Browsing, long_read: Served, javascript: bool) -> None:
    reply = asked(long_read, REPLIES, COMMENTS)[NINE_THOUSANDTH]
    with reading(viewport="phone", javascript=javascript) as (context, _watch):
        page = context.new_page()
        late: list[Route] = []
        page.route("**/*.woff2", lambda route: late.append(route))
        page.goto(f"/comments/{reply}/#comment-{reply}", wait_until="commit")
        comment = page.locator(f"#comment-{reply}")
        until(lambda: 0 < comment.bounding_box()["y"] < 740 and late)  # type: ignore[index]
        page.wait_for_timeout(300)
        before = comment.bounding_box()
        with page.expect_request_finished(lambda request: "piazzolla-text" in request.url):
            for route in late:
                route.continue_()
        page.wait_for_timeout(300)
        after = comment.bounding_box()
        assert before is not None
        assert after is not None
        assert 0 <= after["y"] == pytest.approx(before["y"], abs=2)
        assert after["height"] != before["height"]


@WITH_AND_WITHOUT
def test_it_is_written_in(chromium: Browser, long_written: Served, javascript: bool) -> None:
    """A guest posts, edits, votes and deletes; a moderator closes: all of it as in a short discussion."""
    path = article_path(long_written)
    with browsing(chromium, long_written.address, javascript=javascript) as (context, _watch):
        page = context.new_page()
        page.goto(path)
        write(page, "#write", "Ten thousand, and the bread is still warm.", "Olga Strand")
        page.locator("article.held:not([aria-busy])", has_text=MINE).wait_for()
        with newsroom(chromium, long_written) as desk:
            desk.goto("/admin/desk/")
            row = desk.locator(".desk-row", has_text=MINE)
            with desk.expect_navigation():
                row.locator("button[name=publish]").click()
        page.goto(path)
        go(page, f"article.comment:has-text('{MINE}') a:has-text('Edit')")
        page.fill("form.write [name=body]", f"Ten thousand and one, and {MINE}.")
        go(page, "form.write button[value=post]")
        assert "Ten thousand and one" in page.locator("article.comment", has_text=MINE).inner_text()
        page.goto(path)
        vote_up(page, page.locator("article.comment:has(form.vote)").first.get_attribute("id") or "")
        page.goto(path)
        go(page, f"article.comment:has-text('{MINE}') a:has-text('Delete')")
        go(page, "form.write button")
        assert MINE not in page.locator("#discussion").inner_text()
        with newsroom(chromium, long_written) as desk:
            key = (page.locator("#write").get_attribute("action") or "").split("/")[-3]
            desk.goto(f"/admin/discussions/{key}/")
            with desk.expect_navigation():
                desk.locator("form[action$='/close/'] button").click()
        page.goto(path)
        assert page.locator("#discussion form.write").count() == 0
        assert "This discussion is closed" in page.locator("#discussion").inner_text()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_phone_shows_ten_levels_legibly(chromium: Browser, own_demo: Served, language: str) -> None:
    """Two of them indented, the others below each other; no line of words is squeezed."""
    prefix = "" if language == "en" else f"/{language}"
    with browsing(chromium, own_demo.address, viewport="narrow", scheme="dark") as (context, _watch):
        page = context.new_page()
        sign_in(page, "mo", "/")
        root = ten_deep(page, prefix)
        page.goto(root)
        comments = page.locator("#discussion article.comment")
        assert comments.count() >= 10
        widths = comments.locator(".text").evaluate_all("(all) => all.map((one) => one.clientWidth)")
        assert min(widths) > 320 * 0.7
        boxes = comments.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().toJSON())")
        edges = {round(max(box["left"], 320 - box["right"])) for box in boxes}  # whichever way the page runs
        assert 2 <= len(edges) <= 3
        check_layout(page)
        check_accessibility(page)


@contextmanager
def newsroom(chromium: Browser, served: Served) -> Iterator[Page]:
    """The newsroom, with its moderator signed in."""
    with browsing(chromium, served.address) as (context, _watch):
        page = context.new_page()
        sign_in(page, "mo", "/admin/")
        yield page


def write(page: Page, form: str, body: str, name: str = "") -> None:
    """Post a comment; where it goes on in place or on a page of its own, the caller waits for what comes."""
    page.fill(f"{form} [name=body]", body)
    if name:
        page.fill(f"{form} [name=name]", name)
    page.wait_for_timeout(READING_TIME)
    page.locator(f"{form} button[value=post]").click()


def vote_up(page: Page, identifier: str) -> None:
    """Vote a comment up and want that it counts one more."""
    score = page.locator(f"#{identifier} output")
    before = int(score.inner_text().replace("−", "-"))
    page.locator(f"#{identifier} form.vote button").first.click()
    page.locator(f"#{identifier} [aria-pressed=true]").wait_for()
    assert int(score.inner_text().replace("−", "-")) == before + 1


def ten_deep(page: Page, prefix: str) -> str:
    """Answer a comment, then the answer, ten times over; return where the first of these stands."""
    page.goto(f"{prefix}/")
    page.goto(page.locator("main a[href*='ferry']").first.get_attribute("href") or "")
    root = target = page.locator("#discussion a[data-reply]").first.get_attribute("href") or ""
    for level in range(10):
        page.goto(target)
        write(page, "form.write", f"Level {level}: the tide waits for nobody, and neither does the bread.")
        mine = page.locator("article.comment", has_text=f"Level {level}:")
        mine.wait_for()
        target = mine.locator("a[data-reply]").get_attribute("href") or ""
    return root.removesuffix("reply/")
