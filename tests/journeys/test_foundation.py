"""The first story of the paper: an editor publishes an interview, a guest and another reader talk about it."""

from __future__ import annotations

import json
import re
import time
from xml.etree import ElementTree

from playwright.sync_api import BrowserContext, Page

from tests.journeys.browsing import check_accessibility, check_layout, wait_for_all_processes
from tests.journeys.conftest import Browsing
from tests.journeys.newsroom import publish, sign_in
from tests.journeys.serving import Served

EDITOR, PASSWORD = "mette@slipway.example", "slipway-demo"
HEADLINE = "The woman who winds the harbour clock"
QUESTIONS = 12
MOST_ACTIONS = 12
MOST_SECONDS = 90
READING_TIME = 1_200  # milliseconds: nobody writes a comment faster, and what is faster is held

INTRODUCTION = "Every Monday at six, Berit Aune climbs the forty steps of the harbour tower."
PASTE = (
    INTRODUCTION
    + "\n\n"
    + "\n".join(
        f"– Question number {number}: what does the clock do then?\n"
        f"– It does what I ask of it – mostly – the {number}. time.\n\nAnd then it strikes."
        for number in range(1, QUESTIONS + 1)
    )
)


class Actions:
    """Counts what an editor has to do: everything typed into one field, chosen or pressed is one action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        self.began = time.monotonic()

    def fill(self, field: str, text: str) -> None:
        """Type into one field."""
        self.count += 1
        self.page.fill(field, text)

    def press(self, button: str) -> None:
        """Press one button or follow one link, and wait for what it leads to."""
        self.count += 1
        with self.page.expect_navigation():
            self.page.click(button)


def test_an_editor_publishes_a_pasted_interview_and_readers_talk(writing: Browsing, own_demo: Served) -> None:
    """From an empty form to a page, a feed and a conversation."""
    path = _publish_an_interview(writing)
    first = _comment_without_javascript(writing, path)
    _answer_with_javascript(writing, path, first)
    _a_stranger_reads(writing, path, own_demo)
    _a_correction_is_printed(writing, path, own_demo)


def _publish_an_interview(writing: Browsing) -> str:
    with writing() as (context, _watch):
        page = context.new_page()
        editor = Actions(page)
        page.goto("/accounts/login/?next=/admin/")
        editor.fill("[name=login]", EDITOR)
        editor.fill("[name=password]", PASSWORD)
        editor.press("form button[type=submit]:has-text('Sign')")
        editor.press(".panel a:has-text('Paste an interview'), main a:has-text('Paste an interview')")
        editor.fill("[name=headline]", HEADLINE)
        editor.fill("[name=text]", PASTE)
        editor.fill("[name=asked_by]", "Jonas Brekke")
        editor.fill("[name=answered_by]", "Berit Aune")
        editor.fill("[name=step-0-publisher]", "Radio Ytterholm")
        editor.fill("[name=step-1-publisher]", "Ytterholm Kystblad")
        editor.fill("[name=step-2-person]", "Clara Finch")
        editor.press("button[value=publish]")
        assert editor.count <= MOST_ACTIONS
        assert time.monotonic() - editor.began <= MOST_SECONDS
        with page.expect_navigation():
            page.click("a:has-text('Read it')")
        assert page.locator("h1").inner_text() == HEADLINE
        assert page.locator(".exchange").count() == QUESTIONS
        assert page.locator(".exchange .a", has_text="And then it strikes.").count() == QUESTIONS
        assert INTRODUCTION in page.locator("main").inner_text()
        provenance = page.locator(".provenance").inner_text()
        assert provenance == (
            "Interview given to Radio Ytterholm; first published by Ytterholm Kystblad; translated by Clara Finch."
        )
        assert "Translator" in page.locator(".bylines").inner_text()
        path = re.sub(r"^https?://[^/]+", "", page.url)
        _let_everybody_be_published(page)
        return path


def _let_everybody_be_published(page: Page) -> None:
    """Hold nobody's comments: what is held, and what becomes of it, is another story."""
    page.goto("/admin/desk/policy/")
    page.check("input[name=hold][value=none]")
    with page.expect_navigation():
        page.click("form.desk-policy button")
    assert page.is_checked("input[name=hold][value=none]")


def _comment_without_javascript(writing: Browsing, path: str) -> str:
    with writing(viewport="phone", javascript=False) as (context, _watch):
        page = context.new_page()
        page.goto(path)
        assert context.cookies() == []
        page.fill("#discussion [name=body]", "I set my watch by *her*, not by the clock.")
        page.fill("#discussion [name=name]", "Gus at the chandlery")
        page.wait_for_timeout(READING_TIME)
        page.click("#discussion button[value=post]")
        page.wait_for_load_state()
        assert page.locator("h1").count() == 1
        comment = page.locator("article.comment", has_text="I set my watch by her")
        assert comment.count() == 1
        assert comment.locator("em").inner_text() == "her"
        assert [cookie["name"] for cookie in context.cookies()] == ["broadsheet_guest"]
        identifier = comment.get_attribute("id")
        assert identifier is not None
        return identifier


def _answer_with_javascript(writing: Browsing, path: str, first: str) -> None:
    with writing() as (context, _watch):
        page = context.new_page()
        page.goto(path)
        page.click(f"#{first} a:has-text('Reply')")
        form = page.locator(f"#{first} + form")
        form.locator("[name=body]").fill("She winds mine, too.")
        form.locator("[name=name]").fill("Runa Berg")
        page.wait_for_timeout(READING_TIME)
        form.locator("button[value=post]").click()
        page.wait_for_selector("article.comment:not([aria-busy]):has-text('She winds mine, too.')")
        check_layout(page)


def _a_stranger_reads(writing: Browsing, path: str, own_demo: Served) -> None:
    with writing() as (context, _watch):
        page = context.new_page()
        wait_for_all_processes(page)
        page.goto(path)
        thread = page.locator("#discussion")
        assert "I set my watch by her, not by the clock." in thread.inner_text()
        assert "She winds mine, too." in thread.inner_text()
        assert thread.locator("h2").first.inner_text().split() == ["2", "comments"]
        check_accessibility(page)
        check_layout(page)
        assert context.cookies() == []
        _data_is_structured(page)
        _feed_has_it(context, path, own_demo)


def _data_is_structured(page: Page) -> None:
    data = json.loads(page.locator('script[type="application/ld+json"]').first.inner_text())
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == HEADLINE
    assert [person["name"] for person in data["translator"]] == ["Clara Finch"]
    assert data["sourceOrganization"]["name"]
    assert "isBasedOn" in data
    questions = data["hasPart"]
    assert len(questions) == QUESTIONS
    assert {question["@type"] for question in questions} == {"Question"}
    assert all(question["acceptedAnswer"]["text"] for question in questions)


def _feed_has_it(context: BrowserContext, path: str, own_demo: Served) -> None:
    feed = ElementTree.fromstring(context.request.get("/feed/").text())  # noqa: S314 - our own feed
    atom = {"atom": "http://www.w3.org/2005/Atom"}
    entry = feed.find("atom:entry", atom)
    assert entry is not None
    assert entry.findtext("atom:title", namespaces=atom) == HEADLINE
    link = entry.find("atom:link", atom)
    assert link is not None
    assert link.get("href") == f"{own_demo.address}{path}"
    whole = ElementTree.tostring(entry, encoding="unicode")
    assert "Interview given to" in whole


def _a_correction_is_printed(writing: Browsing, path: str, own_demo: Served) -> None:
    words = "The tower has forty-one steps, not forty. We went up and counted."
    with writing() as (context, _watch):
        page = context.new_page()
        sign_in(page, "mette", path)
        page.goto("/admin/articles/")
        page.click(f"a:has-text('{HEADLINE}')")
        page.wait_for_load_state()
        page.click("a[role=tab]:has-text('Corrections')")
        page.fill("[name=pending_correction]", words)
        publish(page)
        page.wait_for_load_state()
    with writing() as (context, _watch):
        page = context.new_page()
        wait_for_all_processes(page)
        page.goto(path)
        assert words in page.locator(".corrections").inner_text()
        page.goto("/corrections/")
        assert words in page.locator("main").inner_text()
        assert words in context.request.get("/corrections/feed/").text()
