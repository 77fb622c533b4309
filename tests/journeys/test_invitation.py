"""The invitation in Chromium: it covers no text wherever one has scrolled to, moves no focus, and is said once."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.browsing import check_accessibility
from tests.journeys.conftest import Browsing

STORY = "/sea/the-ferry-that-learned-to-wait/"
SENTENCE = "Would love your thoughts, please comment"
DELAY = 20_000  # milliseconds; the settings' own
# A window of 1280 pixels at 200 % is one of 640.
WINDOWS = {"phone": (360, 740), "tablet": (768, 1024), "zoomed": (640, 400), "desktop": (1280, 800)}
# What of the invitation is seen, and every line of text that lies under it.
LOOK = """
() => {
  const boxes = [...document.querySelectorAll(".invitation .btn, .invites")]
    .filter((box) => box.checkVisibility({ visibilityProperty: true }))
    .map((box) => ({ name: box.className, place: box.getBoundingClientRect() }));
  const covered = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest("[class^=invit], .sr, .trap, template, script")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const line of range.getClientRects()) {
      for (const { place } of boxes) {
        const isClear = line.right <= place.left + 1 || line.left >= place.right - 1
          || line.bottom <= place.top + 1 || line.top >= place.bottom - 1;
        if (line.width && line.height && !isClear) covered.push(text.data.trim().slice(0, 40));
      }
    }
  }
  return { seen: boxes.map((box) => box.name), covered, focus: document.activeElement.tagName,
    height: document.documentElement.scrollHeight };
}
"""


def look(page: Page, y: int) -> dict[str, Any]:
    """Scroll there, let the page answer, and look."""
    page.evaluate("y => scrollTo(0, y)", y)
    page.wait_for_timeout(40)
    page.clock.run_for(40)
    seen: dict[str, Any] = page.evaluate(LOOK)
    return seen


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("path", [STORY, f"/ar{STORY}"], ids=["left to right", "right to left"])
def test_it_covers_no_text_and_moves_no_focus(reading: Browsing, window: str, path: str) -> None:
    """At every place of the page, with the sentence said."""
    with reading() as (context, _watch):
        page = context.new_page()
        width, height = WINDOWS[window]
        page.set_viewport_size({"width": width, "height": height})
        page.clock.install()
        page.goto(path)
        page.clock.run_for(DELAY + 100)
        seen = set()
        for y in range(0, look(page, 0)["height"], height // 3):
            found = look(page, y)
            assert found["covered"] == [], f"at {y}"
            assert found["focus"] == "BODY"
            seen |= set(found["seen"])
        assert seen == {"btn", "invites"}


def test_it_is_said_once_and_the_x_is_remembered(reading: Browsing) -> None:
    """After the delay, not before; another time only for another article."""
    with reading(viewport="desktop") as (context, _watch):
        page = context.new_page()
        page.clock.install()
        page.goto(STORY)
        sentence = page.get_by_text(SENTENCE)
        page.clock.run_for(DELAY - 1_000)
        assert not sentence.is_visible()
        page.clock.run_for(2_000)
        look(page, 2_400)
        assert sentence.is_visible()
        check_accessibility(page)
        page.locator(".invites button").click()
        assert not sentence.is_visible()
        page.reload()
        page.clock.run_for(DELAY + 1_000)
        look(page, 2_400)
        assert not sentence.is_visible()
        assert context.cookies() == []
        page.emulate_media(media="print")
        assert not page.locator(".invitation").is_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_button_leads_to_the_form(reading: Browsing, javascript: bool) -> None:
    """A plain link; with JavaScript the focus is in the form, because the reader pressed, and the button is gone."""
    with reading(viewport="phone", javascript=javascript) as (context, _watch):
        page = context.new_page()
        page.goto(STORY)
        page.locator(".invitation a").click()
        page.locator("#write-body").wait_for()
        if javascript:
            page.wait_for_function("document.activeElement.id === 'write-body'")
            page.locator(".invitation").wait_for(state="hidden")
        else:
            assert page.url.endswith("#write")
