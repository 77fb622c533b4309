"""A stranger looks around: every page opens everywhere, is accessible, stays silent and leaves nothing behind."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from tests.journeys.browsing import VIEWPORTS, check_accessibility, check_layout, links_within
from tests.journeys.conftest import Browsing
from tests.journeys.serving import Served

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
# Behind every headline, name, label and sentence that somebody of the newsroom or a reader wrote.
LENGTHEN = """word => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const place = text.parentElement;
    const isOurs = place.closest("textarea, button, label, option, time, .btn, .sr, .strip, .skip");
    if (text.data.trim() && !isOurs) text.data = `${text.data} ${word} `;
  }
}"""
CHRISTEN = """name => {
  document.querySelector(".plate > :nth-child(2) a").textContent = name;
  document.querySelector(".plate > :nth-child(3)").textContent = "News from the quay, the sea and the town since 1898";
}"""
ENOUGH = 60  # pages; the demo has fewer that a reader finds by links


def _pages_found(context: BrowserContext, served: Served) -> list[str]:
    """Follow every link from the front page on, and return the paths that lead to pages."""
    page = context.new_page()
    found, waiting = [], ["/"]
    while waiting and len(found) < ENOUGH:
        path = waiting.pop(0)
        answer = context.request.get(path)
        assert answer.ok, f"{path} answers {answer.status}"
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        found.append(path)
        page.goto(path)
        waiting += [link for link in links_within(page, served.address) if link not in (*found, *waiting)]
    page.close()
    return found


def _signs_in(path: str) -> bool:
    """Whether a page is for signing in, which needs a cookie; reading needs none."""
    return "/accounts/" in path


def _reading_first(paths: list[str]) -> list[str]:
    return sorted(paths, key=_signs_in)


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_front_page_opens_everywhere(reading: Browsing, viewport: str, javascript: bool) -> None:
    """In every width, with JavaScript and without, and no cookie is set."""
    with reading(viewport=viewport, javascript=javascript) as (context, _):
        page = context.new_page()
        answer = page.goto("/")
        assert answer is not None
        assert answer.status == 200
        check_layout(page)
        assert page.locator("article, .story").count() > 0
        assert context.cookies() == []


def test_every_page_a_stranger_finds_is_accessible(reading: Browsing, demo: Served) -> None:
    """axe finds nothing on any of them, none is wider than its window, and reading sets no cookie."""
    with reading() as (context, _):
        paths = _pages_found(context, demo)
        assert len(paths) > 15, paths
        page = context.new_page()
        context.clear_cookies()
        for path in _reading_first(paths):
            page.goto(path)
            check_layout(page)
            check_accessibility(page)
            assert _signs_in(path) or context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_main_pages_are_accessible_on_a_phone(reading: Browsing, demo: Served, scheme: str) -> None:
    """Other colours and one column: the pages one link away from the front page."""
    with reading(viewport="phone", scheme=scheme) as (context, _):
        page = context.new_page()
        page.goto("/")
        for path in _reading_first(["/", *links_within(page, demo.address)]):
            answer = page.goto(path)
            if answer is not None and "text/html" in answer.headers["content-type"]:
                check_layout(page)
                check_accessibility(page)
            assert _signs_in(path) or context.cookies() == []


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_long_words_stay_within_the_window(reading: Browsing, demo: Served, viewport: str) -> None:
    """Whatever is long is broken, whatever stands beside it."""
    with reading(viewport=viewport) as (context, _):
        page = context.new_page()
        page.goto("/")
        for path in ["/", *links_within(page, demo.address)]:
            answer = page.goto(path)
            if answer is not None and "text/html" in answer.headers["content-type"]:
                page.evaluate(LENGTHEN, LONG_WORD)
                check_layout(page)


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_a_long_name_leaves_its_motto_room(reading: Browsing, viewport: str) -> None:
    """A motto is read in lines, whatever the publication is called."""
    with reading(viewport=viewport) as (context, _):
        page = context.new_page()
        page.goto("/")
        page.evaluate(CHRISTEN, "The North Coast Harbour Gazette and Fishermen’s Advertiser")
        box = page.locator(".plate .ear").last.bounding_box()
        assert box is not None
        assert box["width"] > 100


def test_a_page_that_is_not_there(reading: Browsing) -> None:
    """It says so, with the publication's own face."""
    with reading() as (context, watch):
        watch.expect("404")
        page = context.new_page()
        answer = page.goto("/no-such-page/")
        assert answer is not None
        assert answer.status == 404
        check_layout(page)
        check_accessibility(page)
