"""The second story of the paper: the whole page, played as its readers and its newsroom would."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.fakes.mail_server import Delivery, MailServer, serving_mail
from tests.journeys.browsing import browsing, check_accessibility, check_layout, wait_for_all_processes
from tests.journeys.conftest import Browsing
from tests.journeys.newsroom import publish, sign_in
from tests.journeys.serving import Served, copy_home

HEADLINE = "The man who counts the buoys"
PASTE = """Every spring Halvor Moe rows out and counts the buoys of the fjord.

– Why do you count them?
– Because nobody else does. A buoy that is not counted drifts away in the winter.

– How many are there?
– There were forty-one in the year of the storm, and there are forty-three now.

– What did you learn from them?
– That a thing which stays where it is needs a good deal of care from others.
"""
ON_COUNTING = "A buoy that is not counted drifts away"
ON_CARE = "needs a good deal of care from others"
QUESTION = "What do you count, and since when?"
STRANGER = "stranger@post.example"
READING_TIME = 1_200  # milliseconds: nobody writes a comment faster, and what is faster is held
MAIL_LIMIT = 60  # seconds; the worker wakes at once, the machine may be slow
SPAM = 20


@dataclass(frozen=True)
class Stage:
    """The publication, its mail server and the browsers of everybody who comes."""

    served: Served
    mail: MailServer
    open: Browsing

    def wait_for_mail(self, address: str, count: int) -> Delivery:
        """Return the last of `count` mails to an address, as soon as it has come."""
        deadline = time.monotonic() + MAIL_LIMIT
        while len(self.mail.to(address)) < count:
            assert time.monotonic() < deadline, f"{address} got {len(self.mail.to(address))} mails, not {count}"
            time.sleep(0.2)
        return self.mail.to(address)[-1]

    @contextmanager
    def newsroom(self, who: str, path: str = "/admin/") -> Iterator[Page]:
        """The newsroom, with somebody of it signed in."""
        with self.open() as (context, _watch):
            page = context.new_page()
            sign_in(page, who, path)
            yield page


@pytest.fixture
def stage(chromium: Browser, demo_home: Path, tmp_path: Path) -> Iterator[Stage]:
    """A demo of this journey's own, whose mail is handed in to a real server."""
    with serving_mail() as mail:
        settings = {"BROADSHEET_MAIL": f"smtp://127.0.0.1:{mail.port}?plain"}
        with Served(copy_home(demo_home, tmp_path / "home"), settings=settings) as served:
            yield Stage(served, mail, partial(browsing, chromium, served.address))


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_whole_page(stage: Stage, javascript: bool) -> None:
    """From an interview with a question to its readers to an orphan, with everybody who has a part in it."""
    path, pk = _publish_an_interview(stage)
    _ask_readers(stage, pk)
    _begin_a_campaign(stage, path)
    _a_stranger_subscribes(stage, path)
    _a_guest_answers_without_javascript(stage, path)
    _the_stranger_is_told_once_and_stops(stage)
    _another_guest_marks_votes_and_replies(stage, path, javascript)
    _the_orders_differ(stage, path)
    _the_desk_has_its_day(stage, path)
    _the_treasurer_books_a_gift(stage, path)
    _passages_follow_their_words(stage, path, pk)
    assert len(stage.mail.to(STRANGER)) == 2  # to confirm, and the one comment that came before they stopped


def _publish_an_interview(stage: Stage) -> tuple[str, str]:
    with stage.newsroom("mette", "/admin/interviews/new/") as page:
        page.fill("[name=headline]", HEADLINE)
        page.fill("[name=text]", PASTE)
        page.fill("[name=asked_by]", "Jonas Brekke")
        page.fill("[name=answered_by]", "Halvor Moe")
        _go(page, "button[value=publish]")
        _go(page, "a:has-text('Read it')")
        path = re.sub(r"^https?://[^/]+", "", page.url)
        page.goto("/admin/articles/")
        link = page.locator(f"a:has-text('{HEADLINE}')").first.get_attribute("href") or ""
        found = re.search(r"/pages/(\d+)/", link)
        assert found, link
        return path, found[1]


def _ask_readers(stage: Stage, pk: str) -> None:
    with stage.newsroom("mette", f"/admin/questions/{pk}/") as page:
        page.fill("#words", ON_CARE)
        page.fill("#question", QUESTION)
        _go(page, "button:has-text('Ask readers')")
        assert page.locator(".question blockquote").inner_text() == ON_CARE


def _begin_a_campaign(stage: Stage, path: str) -> None:
    with stage.newsroom("tess", "/admin/funding/campaigns/new/") as page:
        page.fill("[name=title_en]", "The rowing fund")
        for row, (amount, reason) in enumerate([("100", "A pair of oars"), ("400", "A boat")]):
            page.fill(f"[name=amount_{row}]", amount)
            page.fill(f"[name=for_{row}_en]", reason)
        _go(page, "form.books button:has-text('Save')")
        page.goto(path)
        assert _raised(page) == ("0", "40000")


def _a_stranger_subscribes(stage: Stage, path: str) -> None:
    with stage.open(viewport="phone", javascript=False) as (context, _watch):
        page = context.new_page()
        page.goto(path)
        page.select_option("#notify-kind", "all")
        page.fill("#notify-email", STRANGER)
        _go(page, ".notify button")
        asked = stage.wait_for_mail(STRANGER, 1)
        page.goto(asked.link("/confirm/"))
        _go(page, "main form button")
        assert context.cookies() == []


def _a_guest_answers_without_javascript(stage: Stage, path: str) -> None:
    with stage.open(javascript=False) as (context, _watch):
        page = context.new_page()
        page.goto(path)
        assert QUESTION in page.locator(".prompt").inner_text()
        _go(page, ".prompt a:has-text('Answer the editor')")
        _write(
            page, page.locator("form.write"), "The stairs of the harbour tower, since school.", "Gus at the chandlery"
        )
        assert "Waiting for a moderator" in page.locator("article.comment.held").inner_text()
    _publish_held(stage, "The stairs of the harbour tower")
    with stage.open() as (context, _watch):
        page = context.new_page()
        wait_for_all_processes(page)
        page.goto(path)
        assert page.locator("a.passage.asked").count() == 1
        page.click(".prompt summary")
        assert "The stairs of the harbour tower" in page.locator(".prompt").inner_text()


def _the_stranger_is_told_once_and_stops(stage: Stage) -> None:
    told = stage.wait_for_mail(STRANGER, 2)
    assert "The stairs of the harbour tower" in told.part("plain")
    header = str(told.mail["List-Unsubscribe"])
    assert told.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.search(r"<(https?://[^>]+)>", header)
    assert link, header
    with stage.open() as (context, _watch):
        gone = context.request.post(
            re.sub(r"^https?://[^/]+", stage.served.address, link[1]), form={"List-Unsubscribe": "One-Click"}
        )
        assert gone.ok


def _another_guest_marks_votes_and_replies(stage: Stage, path: str, javascript: bool) -> None:
    with stage.open(javascript=javascript) as (context, _watch):
        page = context.new_page()
        form = _begin_on_a_sentence(page, path) if javascript else _begin_on_a_paragraph(page, path)
        _write(page, form, "Mine drifted as far as the church.", "Kari Lunde")
        _publish_held(stage, "Mine drifted as far")
        page.goto(path)
        assert ON_COUNTING in page.locator("a.passage:not(.asked)").inner_text()
        answer = page.locator("article.comment", has_text="The stairs of the harbour tower")
        answer.locator("button[value='1']").click()
        answer.locator("[aria-pressed=true]").wait_for()
        page.goto(path)
        _reply(page, answer, "And how many are they?")
        page.goto(path)
        _reply(page, page.locator("article.comment", has_text="And how many are they?"), "I shall go and count.")
        page.goto(f"{path}?show=inline")
        assert page.locator("#discussion article.comment blockquote").count() >= 2
        if javascript:  # axe is a script
            check_accessibility(page)
    with stage.open(viewport="narrow", javascript=False, scheme="dark") as (context, _watch):
        page = context.new_page()
        page.goto(path)
        check_layout(page)


def _begin_on_a_sentence(page: Page, path: str) -> Locator:
    """Select words of the story and open the form for a comment on them."""
    page.goto(path)
    _select(page, ON_COUNTING)
    page.click("#comment-on-this button")
    return page.locator(".notes.writing form.write")


def _begin_on_a_paragraph(page: Page, path: str) -> Locator:
    """Switch the links below the paragraphs on, and follow the one of the paragraph with the words."""
    page.goto(path)
    _go(page, ".passages-switch a")
    _go(page, f"p:has-text('{ON_COUNTING}') + a.choose")
    return page.locator("form.write")


def _the_orders_differ(stage: Stage, path: str) -> None:
    with stage.open() as (context, _watch):
        page = context.new_page()
        orders = {}
        for order in ("newest", "oldest", "most-voted"):
            page.goto(f"{path}?order={order}")
            tops = page.locator("#discussion ol.thread > li > article.comment .text")
            orders[order] = [text.split()[0] for text in tops.all_inner_texts()]
        assert orders == {"newest": ["Mine", "The"], "oldest": ["The", "Mine"], "most-voted": ["The", "Mine"]}


def _the_desk_has_its_day(stage: Stage, path: str) -> None:
    with stage.newsroom("mo", "/admin/desk/policy/") as page:
        page.fill("[name=words]", "barnacle*")
        _go(page, ".desk-policy button")
    with stage.open() as (context, _watch):
        page = context.new_page()
        page.goto(path)
        address = page.locator("#write").get_attribute("action") or ""
        stamp = page.locator("#write [name=stamp]").get_attribute("value") or ""
        _report(page, page.locator("article.comment", has_text="Mine drifted as far"))
        _spam(context, address, stamp)
    with stage.newsroom("mo", "/admin/desk/?queue=reported") as page:
        assert "Mine drifted as far" in page.locator(".desk-list").inner_text()
        page.goto("/admin/desk/")
        page.locator(".desk-row", has_text="Buy barnacles").first.locator(".desk-history a").click()
        _go(page, f"a:has-text('Remove all {SPAM}')")
        _go(page, "button[value=spam]")
        page.goto("/admin/desk/")
        assert "Buy barnacles" not in page.locator("main").inner_text()
        check_accessibility(page)


def _the_treasurer_books_a_gift(stage: Stage, path: str) -> None:
    with stage.newsroom("tess", "/admin/funding/book/") as page:
        page.select_option("[name=campaign]", label="The rowing fund")
        page.fill("[name=amount]", "120")
        page.select_option("[name=way]", "cash")
        _go(page, "button[value=look]")
        _go(page, "button[value=book]")
        page.goto(path)
        assert _raised(page) == ("12000", "40000")
        assert "✓" in page.locator("main").inner_text()
        check_layout(page)


def _passages_follow_their_words(stage: Stage, path: str, pk: str) -> None:
    """The first exchange moves down, and its passage with it; then it is deleted, and the passage is an orphan."""
    with stage.newsroom("mette", f"/admin/pages/{pk}/edit/") as page:
        _press_in_exchange(page, 0, "Move down")
        publish(page)
        page.goto(path)
        exchanges = page.locator(".exchange")
        assert "How many are there?" in exchanges.nth(0).inner_text()
        assert ON_COUNTING in exchanges.nth(1).locator("a.passage").inner_text()
        page.goto(f"/admin/pages/{pk}/edit/")
        _press_in_exchange(page, 1, "Delete")
        publish(page)
    with stage.open() as (context, _watch):
        page = context.new_page()
        wait_for_all_processes(page)
        page.goto(path)
        assert page.locator("a.passage").count() == 1  # the editor's question stands where it stood
        assert "1 passage no longer in the text" in page.locator("#discussion").inner_text()
        comment = page.locator("article.comment", has_text="Mine drifted as far")
        assert ON_COUNTING in comment.locator("blockquote s").inner_text()
        check_accessibility(page)


def _press_in_exchange(page: Page, index: int, button: str) -> None:
    """Press a button in the head of an exchange, in the editor."""
    # An exchange holds children of its own: its question and its answers.
    child = "[data-streamfield-child]"
    exchange = page.locator(f"[data-contentpath=exchanges] {child}:has({child})").nth(index)
    exchange.locator(f"button[title='{button}']").first.click()


def _write(page: Page, form: Locator, body: str, name: str = "") -> None:
    form.locator("[name=body]").fill(body)
    if name:
        form.locator("[name=name]").fill(name)
    page.wait_for_timeout(READING_TIME)
    form.locator("button[value=post]").click()
    page.locator("article.comment:not([aria-busy])", has_text=body).first.wait_for()


def _reply(page: Page, comment: Locator, body: str) -> None:
    """Answer a comment: in a form below it, or on a page of its own."""
    identifier = comment.first.get_attribute("id")
    page.click(f"#{identifier} a:has-text('Reply')")
    below = page.locator(f"#{identifier} + form, form.write[action$='/reply/']")
    below.first.wait_for()
    _write(page, below.first, body)


def _report(page: Page, comment: Locator) -> None:
    with page.expect_navigation():
        comment.first.locator("a:has-text('Report')").click()
    page.check("[name=reason] >> nth=0")
    page.wait_for_timeout(READING_TIME)
    _go(page, "#report button")
    assert "A moderator will look at it" in page.locator("main").inner_text()


def _spam(context: BrowserContext, address: str, stamp: str) -> None:
    """Post as a script does: the same wares again and again, as fast as it can."""
    for number in range(SPAM):
        fields = {"body": f"Buy barnacles, lot {number}", "name": "Barny", "key": f"spam-{number}-abcdefghijkl"}
        assert context.request.post(address, form={**fields, "stamp": stamp}).ok


def _publish_held(stage: Stage, words: str) -> None:
    with stage.newsroom("mo", "/admin/desk/") as page:
        row = page.locator(".desk-row", has_text=words)
        with page.expect_navigation():
            row.locator("button[name=publish]").click()
        assert "published" in page.locator(".messages").inner_text()


def _select(page: Page, words: str) -> None:
    """Select words of the story, as a mouse does."""
    page.evaluate(
        """words => {
          const walker = document.createTreeWalker(document.querySelector("#text"), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + words.length);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            walker.currentNode.parentElement.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
            return;
          }
        }""",
        words,
    )


def _raised(page: Page) -> tuple[str, str]:
    """What the meter says: raised, and the goal; in cents."""
    meter = page.locator("meter").first
    return meter.get_attribute("value") or "", meter.get_attribute("max") or ""


def _go(page: Page, target: str) -> None:
    """Press a button or follow a link, and wait for what it leads to."""
    with page.expect_navigation():
        page.locator(target).first.click()
