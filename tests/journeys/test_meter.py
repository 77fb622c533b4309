"""The campaign's meter as Chromium draws it at 320 pixels: true places, no overlap, the same sum in bar and words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, Page

from broadsheet.funding.drawing import meter_of
from broadsheet.funding.models import Campaign, Milestone, Words
from tests.architecture.source import PACKAGE

STYLES = ("site/static/site/broadsheet.css", "funding/static/funding/meter.css")
REACHED = datetime(2026, 2, 27, 12, tzinfo=UTC)
WIDTHS = (320, 360, 736, 1280)
# Of a figure its ink: the box of a line is as high as the tallest letter of its font would be.
MEASURE = """
() => [...document.querySelectorAll(".case")].map((one) => {
  const pen = document.createElement("canvas").getContext("2d");
  const box = (element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { left, right, top, bottom, text: element.textContent };
  };
  const ink = (text) => {
    const baseline = text.closest("svg").getBoundingClientRect().top + text.y.baseVal[0].value;
    pen.font = getComputedStyle(text).font;
    const { actualBoundingBoxAscent, actualBoundingBoxDescent } = pen.measureText(text.textContent);
    return { ...box(text), top: baseline - actualBoundingBoxAscent, bottom: baseline + actualBoundingBoxDescent };
  };
  const meter = one.querySelector("meter");
  return {
    name: one.id,
    bar: box(meter),
    value: meter.value, max: meter.max, label: meter.getAttribute("aria-label"), inner: meter.textContent,
    texts: [...one.querySelectorAll(".staff text")].map(ink),
    lines: [...one.querySelectorAll(".staff line")].map(box),
    words: one.querySelector(".meta").textContent,
  };
})
"""


@dataclass(frozen=True)
class Case:
    """A campaign in euros, and how much it has got."""

    name: str
    raised: float
    milestones: tuple[float, ...]


CASES = (
    Case("nothing", 0, (2500, 5000)),
    Case("one-cent", 0.01, (2500, 5000)),
    Case("half-a-percent", 25, (2500, 5000)),
    Case("design", 3048, (2500, 5000)),
    Case("on-a-milestone", 2500, (2500, 5000)),
    Case("next-to-a-milestone", 2501, (2500, 5000)),
    Case("one-short", 4999, (2500, 5000)),
    Case("on-the-goal", 5000, (2500, 5000)),
    Case("past-the-goal", 6500, (2500, 5000)),
    Case("twenty-times-the-goal", 100_000, (2500, 5000)),
    Case("goal-only", 12, (800,)),
    Case("crowded-at-the-end", 100, (4800, 4900, 5000)),
    Case("crowded-at-the-start", 100, (10, 20, 5000)),
    Case("crowded-in-the-middle", 2500, (2400, 2500, 2600, 5000)),
    Case("twelve-milestones", 6100, tuple(range(1000, 13_000, 1000))),
    Case("twelve-at-the-end", 99_000, tuple(range(89_000, 101_000, 1000))),
    Case("millions", 1_234_567.89, (999_999.99, 2_500_000, 5_000_000)),
    Case("largest", 99_999_999_999, (50_000_000_000, 99_999_999_999)),
)
NAMES = {case.name: case for case in CASES}


def drawn(case: Case) -> str:
    """Return a case's meter as the article's page draws it; nothing of it is in a database."""
    units = round(case.raised * 100)
    campaign = Campaign(public_id="bcdfghjkmnpq", currency="EUR", starts_on=date(2026, 1, 1))
    campaign.say({code: Words("The Night Boat Fund") for code in ("en", "ar")})
    campaign.raised, campaign.gifts = units, 12
    milestones = [
        Milestone(amount=round(one * 100), reached_at=REACHED if one <= case.raised else None)
        for one in case.milestones
    ]
    context = {"meter": meter_of(campaign, milestones), "url": "/support/", "call": "Support The Slipway"}
    return f'<div class="case" id="{case.name}">{render_to_string("funding/meter.html", context)}</div>'


@cache
def page_of_cases(language: str) -> str:
    """Return all cases on one page, in a language."""
    with translation.override(language):
        cases = "".join(drawn(case) for case in CASES)
    styles = "".join(Path(PACKAGE, name).read_text(encoding="utf-8") for name in STYLES)
    direction = "rtl" if language == "ar" else "ltr"
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><meta name="viewport" content="width=device-width">'
        f"<style>{styles}</style><body>{cases}</body></html>"
    )


@pytest.fixture
def open_page(chromium: Browser) -> Any:
    """Opens the cases in a window of some width."""
    pages: list[Page] = []

    def open_it(language: str, width: int) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 800})
        pages.append(page)
        page.set_content(page_of_cases(language))
        return page

    yield open_it
    for page in pages:
        page.close()


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two boxes share more than a hair."""
    return (
        one["left"] < other["right"] - 0.5
        and other["left"] < one["right"] - 0.5
        and one["top"] < other["bottom"]
        and other["top"] < one["bottom"]
    )


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", WIDTHS)
def test_figures_stand_where_they_belong(open_page: Any, language: str, width: int) -> None:
    page = open_page(language, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    measured = page.evaluate(MEASURE)
    assert len(measured) == len(CASES)
    wrong = [f"{one['name']}: {fault}" for one in measured for fault in faults(one, NAMES[one["name"]], language)]
    assert wrong == []


def faults(one: dict[str, Any], case: Case, language: str) -> list[str]:
    """Return what is wrong with one drawn meter."""
    found = []
    texts, bar = one["texts"], one["bar"]
    for number, text in enumerate(texts):
        found += [f"{text['text']} overlaps {other['text']}" for other in texts[number + 1 :] if overlap(text, other)]
        # The page's margin is 16 px at least: a figure may reach into it, not over the window's edge.
        if text["left"] < bar["left"] - 1 or text["right"] > bar["right"] + 1:
            found.append(f"{text['text']} reaches over the bar")
    top = max(case.raised, *case.milestones)
    width = bar["right"] - bar["left"]
    at = [one_value / top for one_value in (case.raised, *(each for each in case.milestones if each < top))]
    places = [bar["left"] + width * ((1 - each) if language == "ar" else each) for each in at]
    lines = [(line["left"] + line["right"]) / 2 for line in one["lines"]]
    found += [
        f"no line at {place:.1f}, but at {lines}"
        for place in places
        if not any(abs(line - place) < 0.6 for line in lines)
    ]
    if (round(one["value"]), round(one["max"])) != (round(case.raised * 100), round(top * 100)):
        found.append(f"the bar is filled to {one['value']} of {one['max']}")
    if one["label"] != one["inner"] or one["label"] not in one["words"]:
        found.append(f"{one['label']} is not what the words say: {one['words']}")
    raised = texts[0]["text"]
    if raised not in one["label"]:
        found.append(f"{raised} stands above the bar, and {one['label']} in its name")
    return found


def test_the_tree_for_assistive_technology_has_one_meter(open_page: Any) -> None:
    """One thing with a role, a name and the sum; the drawn figures are not read once more."""
    page = open_page("en", 320)
    meter = page.locator("#design").get_by_role("meter", name="€3,048 of €5,000 raised.")
    assert meter.count() == 1
    assert page.locator("#design svg:not([aria-hidden=true])").count() == 0
