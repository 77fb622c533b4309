"""What a script adds to the discussion: each is played in Chromium, with the keyboard where hands can do it too."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from broadsheet.kernel.text import canonical_text
from tests.journeys.browsing import Gate, browsing, check_accessibility, check_layout
from tests.journeys.conftest import Browsing
from tests.journeys.serving import Served, copy_home, run
from tests.waiting import until

STORY = "/sea/the-ferry-that-learned-to-wait/"
OTHER = "/town/class-7-counts-the-eiders/"
LONG = "/harbour/who-mends-the-nets/"
SILENT = "/letters/we-moved-the-lighthouse/"
READING_TIME = 1_200  # milliseconds: nobody writes a comment faster, and what is faster is held
PAUSE = 600  # milliseconds without a key until somebody is told how long it is
NOON = 12 * 60 * 60.0  # seconds
MONTH = 31 * 24 * 60 * 60 * 1000  # milliseconds
HELD_WORD = "barnacle"
BRANCH, CHAIN = "Thirty answers hang on this.", "A long conversation begins here."
ANSWERS, DEPTH = 30, 60
# A word that holds what it stands in, and below one article a wide branch and a deep one.
SEED = f"""
from broadsheet.accounts.actions import new_guest
from broadsheet.discussion.actions import open_thread, post_comment
from broadsheet.gate.keys import Key
from broadsheet.moderation.models import ModerationPolicy
from broadsheet.publication.models import ArticlePage

policy = {{"hold": "none", "words": "{HELD_WORD}*", "burst_of_profile": 0, "burst_of_network": 0}}
ModerationPolicy.objects.update_or_create(scope="", defaults=policy)
thread = open_thread(ArticlePage.objects.get(slug="who-mends-the-nets"))
guest = new_guest("Kari Lunde", "")
number = 0

def say(body, parent=None):
    global number
    number += 1
    if parent:
        parent.refresh_from_db()
    return post_comment(thread, by=guest, body=body, key=Key.of("journey", str(number)), parent=parent).comment

branch = say("{BRANCH}")
for answer in range({ANSWERS}):
    say(f"Answer {{answer}} of many.", branch)
last = say("{CHAIN}")
for depth in range({DEPTH}):
    last = say(f"Step {{depth}} down.", last)
"""
FOCUSED = "document.activeElement"
LONGEST = """[...document.querySelectorAll("article.comment:has([data-reply])")]
  .sort((one, other) => other.textContent.length - one.textContent.length)[0].id"""
DRAFTS = "JSON.parse(localStorage.getItem('drafts') ?? '[]')"
# Where it came from, once it has.
HELP = "performance.getEntriesByType('resource').find((one) => one.name.includes('/writing.'))?.name"
# Selects words of a text as a reader does.
SELECT = """([place, words]) => {
  const walker = document.createTreeWalker(document.querySelector(place), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf(words);
    if (at < 0) continue;
    walker.currentNode.parentElement.scrollIntoView({ block: "center" });
    getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
    return;
  }
  throw new Error(`${words} is not there`);
}"""


@pytest.fixture(scope="module")
def talked(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo for these journeys: each writes below an article, or in a branch, of its own."""
    home = copy_home(demo_home, tmp_path_factory.mktemp("talked") / "home")
    seeded = run(home, "manage", "shell", "-c", SEED)
    assert seeded.returncode == 0, seeded.stderr
    with Served(home) as served:
        yield served


@pytest.fixture
def talking(chromium: Browser, talked: Served) -> Browsing:
    """Opens browsers on it."""
    return partial(browsing, chromium, talked.address)


def opened(context: BrowserContext, path: str) -> Page:
    """A page whose scripts have come."""
    page = context.new_page()
    page.goto(path, wait_until="networkidle")
    return page


def helped(page: Page) -> None:
    """Wait until what helps with writing has come and is at work; somebody has begun to write."""
    until(lambda: page.evaluate(HELP))
    page.evaluate("async (name) => void (await import(name))", page.evaluate(HELP))


def say(page: Page, form: Locator, body: str, name: str = "Gus at the chandlery") -> None:
    """Write and post, no faster than people do."""
    form.locator("[name=body]").fill(body)
    if form.locator("[name=name]").count():
        form.locator("[name=name]").fill(name)
    page.wait_for_timeout(READING_TIME)
    form.locator(".btn[value=post]").click()


def comment(page: Page, words: str) -> Locator:
    """The comment with these words, as the server has drawn it."""
    return page.locator("article.comment:not([aria-busy])").filter(has=page.locator(".text", has_text=words))


def ids(page: Page) -> list[str]:
    """Of all comments on the page, in their order."""
    found: list[str] = page.eval_on_selector_all("article.comment", "(all) => all.map((one) => one.id)")
    return found


def tops(page: Page) -> list[str]:
    """Of those under the article."""
    found: list[str] = page.eval_on_selector_all("ol.thread > li > article", "(all) => all.map((one) => one.id)")
    return found


def stored(page: Page) -> list[str]:
    """The names of all that this browser keeps for us."""
    found: list[str] = page.evaluate("Object.keys(localStorage).sort()")
    return found


def focused(locator: Locator) -> bool:
    """Whether the keyboard is there."""
    return bool(locator.evaluate(f"(one) => one === {FOCUSED}"))


# The order that a reader chose


def test_who_only_reads_leaves_nothing_behind(talking: Browsing) -> None:
    """Neither in this browser nor with us, to the end of the page and on those of the thread."""
    with talking() as (context, _watch):
        page = opened(context, STORY)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_timeout(300)
        page.locator("article.comment a.when").first.click()
        page.locator("a:has-text('All comments')").first.click()
        page.wait_for_url("**/threads/*/")
        assert (stored(page), context.cookies()) == ([], [])


def test_a_chosen_order_is_there_again(talking: Browsing) -> None:
    """At the next article, quietly; and forgotten once the reader chooses the newsroom's."""
    with talking() as (context, _watch):
        page = opened(context, STORY)
        page.locator(".sort a:has-text('Oldest')").press("Enter")
        page.wait_for_url("**order=oldest*")
        assert stored(page) == ["order"]
        page.goto(f"{OTHER}?order=oldest")
        oldest = tops(page)
        page.goto(OTHER)
        assert tops(page) != oldest
        page.evaluate("scrollTo(0, document.querySelector('#discussion').offsetTop - innerHeight)")
        y = page.evaluate("scrollY")
        expect(page.locator(".sort a[aria-current]").first).to_have_text("Oldest")
        assert (tops(page), page.evaluate("scrollY"), page.evaluate(f"{FOCUSED}.tagName")) == (oldest, y, "BODY")
        expect(page.locator("#write")).to_have_count(1)
        check_accessibility(page)
        page.click(".sort a:has-text('Newest')")
        page.wait_for_url(re.compile(f"{OTHER}#"))
        assert stored(page) == []
        page.wait_for_timeout(500)
        assert tops(page) != oldest


def test_an_address_that_names_an_order_means_it(talking: Browsing) -> None:
    """Whatever was chosen earlier; and who is among the comments already is left in peace."""
    with talking() as (context, _watch):
        page = opened(context, STORY)
        page.evaluate("localStorage.setItem('order', '[\"oldest\"]')")
        page.goto(f"{OTHER}?order=most-voted#discussion", wait_until="networkidle")
        expect(page.locator(".sort a[aria-current]").first).to_have_text("Most voted")
        last = page.goto(OTHER) and tops(page)[-1]
        page.goto("about:blank")
        page.goto(f"{OTHER}#{last}", wait_until="networkidle")
        assert tops(page)[-1] == last
        for broken in ("{", '"oldest"', "[7]", "null"):
            page.evaluate("(value) => localStorage.setItem('order', value)", broken)
            page.goto(OTHER, wait_until="networkidle")
            assert tops(page)[-1] == last


# Replies behind a link


def test_more_replies_come_to_where_their_link_stands(talking: Browsing) -> None:
    """Each once, with the focus on the first that is new, on a small phone."""
    with talking(viewport="narrow") as (context, _watch):
        page = opened(context, LONG)
        branch = comment(page, BRANCH).locator("xpath=..")
        shown = branch.locator("li article").count()
        assert 0 < shown < ANSWERS
        link = branch.locator(".morelink")
        expect(link).to_have_text(f"Show {ANSWERS - shown} more replies")
        link.press("Enter")
        expect(page.locator("#saying")).to_have_text(re.compile(r"Comments added here: \d+"))
        assert focused(comment(page, f"Answer {shown} of many"))
        while branch.locator(".morelink").count():
            count = branch.locator("li article").count()
            branch.locator(".morelink").click()
            expect(branch.locator("li article").nth(count)).to_be_focused()
        texts = branch.locator("li article .text").all_inner_texts()
        assert texts == [f"Answer {number} of many." for number in range(ANSWERS)]
        assert len(ids(page)) == len(set(ids(page)))
        check_accessibility(page)
        check_layout(page)


def test_a_deep_conversation_goes_on_in_place(talking: Browsing) -> None:
    """In its order, until so deep that a page of its own reads better."""
    with talking() as (context, _watch):
        page = opened(context, LONG)
        chain = comment(page, CHAIN).locator("xpath=..")
        while chain.locator(".morelink").count():
            count = chain.locator("article").count()
            chain.locator(".morelink").last.click()
            expect(chain.locator("article")).not_to_have_count(count)
            if "/comments/" in page.url:
                break
            steps = chain.locator("li article .text").all_inner_texts()
            assert steps == [f"Step {number} down." for number in range(len(steps))]
            assert len(ids(page)) == len(set(ids(page)))
        assert count > 40


def test_a_link_to_more_replies_stays_a_link(talking: Browsing) -> None:
    """With a key held, and where the replies do not come."""
    with talking() as (context, watch):
        page = opened(context, LONG)
        link = comment(page, BRANCH).locator("xpath=..").locator(".morelink")
        with context.expect_page() as other:
            link.click(modifiers=["Control"])
        assert "/comments/" in other.value.url
        watch.expect("ERR_FAILED")
        page.route("**/comments/*/", lambda route: _no_answer(route) if _is_fetch(route) else route.continue_())
        link.click()
        page.wait_for_url("**/comments/*/")
        expect(comment(page, "Answer 20 of many")).to_be_visible()


def _is_fetch(route: Route) -> bool:
    return route.request.resource_type == "fetch"


def _no_answer(route: Route) -> None:
    route.abort("failed")


# What is new


def test_what_is_new_is_marked_for_who_asked(talking: Browsing) -> None:
    """From the second visit on, never one's own; by the keyboard from one to the next; and gone when switched off."""
    with talking() as (context, _watch):
        page = opened(context, SILENT)
        assert stored(page) == []
        page.clock.set_system_time(time.time() - 3600)
        switch = page.get_by_label("Mark what is new since my last visit")
        switch.press("Space")
        expect(page.locator(".visits [role=status]")).to_have_text("From your next visit on.")
        assert stored(page) == ["visits"]
        say(page, page.locator("#write"), "My own, from between the visits.")
        expect(comment(page, "My own, from between")).to_be_focused()
        _others_write(talking, SILENT, ["The lamp was green.", "The lamp was never green."])
        page.clock.set_system_time(time.time())
        page.reload(wait_until="networkidle")
        _two_are_new(page)
        page.reload(wait_until="networkidle")
        assert page.locator(".fresh").count() == 2  # the same visit still
        switch.press("Space")
        assert page.locator(".fresh").count() == 0
        assert stored(page) == []


def _others_write(talking: Browsing, path: str, bodies: list[str]) -> None:
    with talking() as (context, _watch):
        page = opened(context, path)
        for body in bodies:
            say(page, page.locator("#write"), body, "Runa at the chandlery")
            expect(comment(page, body)).to_be_focused()


def _two_are_new(page: Page) -> None:
    expect(page.locator(".visits [role=status]")).to_have_text("New since your last visit: 2.")
    fresh = page.locator(".fresh")
    assert fresh.all_inner_texts() == ["New", "New"]
    assert comment(page, "My own, from between").locator(".fresh").count() == 0
    page.locator("button:has-text('Go to the first new comment')").press("Enter")
    assert focused(fresh.nth(0))
    page.keyboard.press("Enter")
    assert focused(fresh.nth(1))
    page.keyboard.press("Enter")
    assert focused(fresh.nth(0))
    check_accessibility(page)
    check_layout(page)


def test_visits_are_kept_for_so_many_threads(talking: Browsing) -> None:
    """The oldest ones go; and what somebody else put there is no visit."""
    with talking() as (context, _watch):
        page = opened(context, STORY)
        page.evaluate(
            "localStorage.setItem('visits', JSON.stringify([...Array(300).keys()].map((n) => [`t${n}`, 0, n])))"
        )
        page.reload(wait_until="networkidle")
        kept: list[list[Any]] = page.evaluate("JSON.parse(localStorage.getItem('visits'))")
        assert len(kept) == 200
        assert [visit[0] for visit in kept[:2]] == ["t101", "t102"]
        page.evaluate("localStorage.setItem('visits', '[null, 7]')")
        page.reload(wait_until="networkidle")
        assert page.locator(".fresh").count() == 0


# Quoting


def test_selected_words_are_quoted(talking: Browsing) -> None:
    """By the keyboard alone: Tab leads to the button, the answer opens with the words, the cursor below them."""
    with talking() as (context, _watch):
        page = opened(context, STORY)
        article = page.locator(f"#{page.evaluate(LONGEST)}")  # so that the button covers words only
        words = " ".join(article.locator(".text").inner_text().split()[:4])
        page.evaluate(SELECT, [f"#{article.get_attribute('id')} .text", words])
        quote = page.locator("#quote-this")
        expect(quote).to_be_visible()
        expect(page.locator("#comment-on-this")).to_be_hidden()
        page.keyboard.press("Tab")
        assert focused(quote)
        check_accessibility(page)
        page.keyboard.press("Enter")
        field = page.locator(f"#{article.get_attribute('id')} + form textarea")
        expect(field).to_have_value(f"> {words}\n\n")
        assert focused(field)
        page.keyboard.type("So I heard.")
        expect(field).to_have_value(f"> {words}\n\nSo I heard.")
        expect(quote).to_be_hidden()
        page.evaluate(SELECT, [f"#{article.get_attribute('id')} .text", words])
        quote.click()
        expect(field).to_have_value(f"> {words}\n\nSo I heard.\n\n> {words}\n\n")
        page.evaluate(SELECT, ["#text", "There are 412 reasons"])
        expect(page.locator("#comment-on-this")).to_be_visible()
        expect(quote).to_be_hidden()


def test_a_paragraph_is_quoted_line_by_line(talking: Browsing) -> None:
    """Three clicks select it; what would be markup is shown as it is, on a phone's screen too."""
    body = "Net *twelve* is `mended`:\nby hand.\n\n1 < 2 and [so] on, says net_12_b."
    with talking(viewport="phone") as (context, _watch):
        page = opened(context, SILENT)
        say(page, page.locator("#write"), body)
        article = comment(page, "by hand.")
        expect(article).to_be_focused()
        article.locator(".text p").last.click(click_count=3, position={"x": 20, "y": 8})
        page.locator("#quote-this").click()
        field = page.locator("li > form textarea")
        expect(field).to_have_value("> 1 \\< 2 and \\[so] on, says net_12_b.\n\n")
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        page.evaluate("getSelection().selectAllChildren(document.querySelector('article.comment .text'))")
        page.locator("#quote-this").click()
        expect(field).to_have_value(
            "> Net twelve is mended:\n> by hand.\n>\n> 1 \\< 2 and \\[so] on, says net_12_b.\n\n"
        )
        check_accessibility(page)
        check_layout(page)


def test_where_fingers_select_the_button_keeps_away(talked: Served, chromium: Browser) -> None:
    """It stands at the window's edge: the browser's own menu is at the words."""
    context = chromium.new_context(base_url=talked.address, viewport={"width": 360, "height": 740}, has_touch=True,
                                   is_mobile=True)  # fmt: skip
    page = opened(context, STORY)
    article = page.locator("article.comment:has([data-reply])").first
    words = " ".join(article.locator(".text").inner_text().split()[:3])
    page.evaluate(SELECT, [f"#{article.get_attribute('id')} .text", words])
    expect(page.locator("#quote-this")).to_be_visible()
    box = page.locator("#quote-this").bounding_box()
    assert box
    assert box["height"] >= 44
    assert box["y"] + box["height"] > 700 or box["y"] < 40
    page.locator("#quote-this").tap()
    expect(page.locator("li > form textarea")).to_have_value(f"> {words}\n\n")
    context.close()


# Formatting


@pytest.fixture
def writing_page(talking: Browsing) -> Iterator[Page]:
    """A page where somebody is about to write."""
    with talking() as (context, _watch):
        page = opened(context, SILENT)
        page.locator("#write-body").focus()
        helped(page)
        yield page


# Typed, what of it is chosen, the button or key, and what then stands there.
TOOLS = {
    "bold": ("the old net", "old", "Bold", "the **old** net"),
    "bold again": ("the **old** net", "old", "Bold", "the old net"),
    "bold with the blank behind": ("the old net", "old ", "Bold", "the **old** net"),
    "bold paragraphs": ("one\n\ntwo", "one\n\ntwo", "Bold", "**one**\n\n**two**"),
    "italic": ("the old net", "old", "Italic", "the *old* net"),
    "italic within bold": ("**old**", "old", "Italic", "***old***"),
    "code": ("run it", "it", "Code", "run `it`"),
    "lines of code": ("a\nb", "a\nb", "Code", "```\na\nb\n```"),
    "link": ("see here", "here", "Link", "see [here](https://)"),
    "link of an address": ("https://slipway.example", "https://slipway.example", "Link", "[](https://slipway.example)"),
    "quote": ("one\ntwo\nthree", "ne\ntw", "Quote", "> one\n> two\nthree"),
    "quote no more": ("> one\n> two", "one\n> two", "Quote", "one\ntwo"),
    "list": ("one\ntwo", "one\ntwo", "List", "- one\n- two"),
    "key for bold": ("the old net", "old", "Control+b", "the **old** net"),
    "key for italic": ("the old net", "old", "Control+i", "the *old* net"),
    "key for a link": ("see here", "here", "Control+k", "see [here](https://)"),
}


@pytest.mark.parametrize("name", TOOLS)
def test_formatting_can_be_undone(writing_page: Page, name: str) -> None:
    """What a button or a key writes, Ctrl+Z takes back, and what was typed before as well."""
    typed, chosen, tool, result = TOOLS[name]
    field = writing_page.locator("#write-body")
    field.press_sequentially(typed)
    at = typed.index(chosen)
    field.evaluate("(one, [from, to]) => one.setSelectionRange(from, to)", [at, at + len(chosen)])
    if "+" in tool:
        writing_page.keyboard.press(tool)
    else:
        writing_page.locator("#write .tools button", has_text=tool).click()
    expect(field).to_have_value(result)
    assert focused(field)
    writing_page.keyboard.press("Control+z")
    expect(field).to_have_value(typed)


def test_a_link_asks_for_what_is_missing(writing_page: Page) -> None:
    """The address where there are words, the words where there is an address, both where there is nothing."""
    field = writing_page.locator("#write-body")
    writing_page.keyboard.press("Control+k")
    writing_page.keyboard.type("nets")
    expect(field).to_have_value("[nets](https://)")
    field.fill("see here")
    field.evaluate("(one) => one.setSelectionRange(4, 8)")
    writing_page.keyboard.press("Control+k")
    writing_page.keyboard.type("https://slipway.example/")
    expect(field).to_have_value("see [here](https://slipway.example/)")


def test_the_buttons_are_one_stop_of_tab(writing_page: Page) -> None:
    """Arrows lead through them and around; each says its key and what it works on."""
    tools = writing_page.locator("#write .tools")
    assert tools.get_attribute("aria-controls") == "write-body"
    writing_page.keyboard.press("Shift+Tab")
    assert focused(tools.locator("button").nth(0))
    for expected in (1, 2, 3, 4, 5, 0):
        writing_page.keyboard.press("ArrowRight")
        assert focused(tools.locator("button").nth(expected))
    writing_page.keyboard.press("ArrowLeft")
    assert focused(tools.locator("button").nth(5))
    writing_page.keyboard.press("Tab")
    assert focused(writing_page.locator("#write-body"))
    writing_page.keyboard.press("Shift+Tab")
    writing_page.keyboard.press("Space")
    expect(writing_page.locator("#write-body")).to_have_value("- ")
    check_accessibility(writing_page)


def test_keys_of_another_script_work_too(talking: Browsing) -> None:
    """In an Arabic page arrows lead the other way, and the key of B writes another letter."""
    with talking(viewport="narrow", scheme="dark", language="ar") as (context, _watch):
        page = opened(context, f"/ar{STORY}")
        field = page.locator("#write-body")
        field.fill("شبكة")
        field.evaluate("(one) => one.select()")
        pressed = {"key": "لا", "code": "KeyB", "ctrlKey": True, "bubbles": True, "cancelable": True}
        helped(page)
        field.dispatch_event("keydown", pressed)
        expect(field).to_have_value("**شبكة**")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("ArrowLeft")
        assert focused(page.locator("#write .tools button").nth(1))
        check_accessibility(page)
        check_layout(page)


def test_a_reply_by_keys_alone(talking: Browsing) -> None:
    """Enter opens the form, Escape closes it while it is empty, Ctrl+Enter posts."""
    with talking() as (context, _watch):
        page = opened(context, OTHER)
        article = page.locator("article.comment:has([data-reply])").first
        reply = article.locator("[data-reply]")
        reply.press("Enter")
        form = page.locator(f"#{article.get_attribute('id')} + form")
        expect(form.locator("textarea")).to_be_focused()
        page.keyboard.press("Escape")
        expect(form).to_have_count(0)
        assert focused(reply)
        page.keyboard.press("Enter")
        page.locator(f"#{article.get_attribute('id')} + form textarea").press_sequentially("By keys alone.")
        page.keyboard.press("Escape")
        expect(form).to_have_count(1)
        form.locator("[name=name]").fill("Gus at the chandlery")
        page.wait_for_timeout(READING_TIME)
        form.locator("textarea").press("Control+Enter")
        expect(comment(page, "By keys alone.")).to_be_focused()
        expect(form).to_have_count(0)


# Drafts


def test_a_draft_waits_for_its_writer(talking: Browsing) -> None:
    """From the first letter until the comment is posted; a preview and a refusal take nothing away."""
    with talking() as (context, watch):
        page = opened(context, SILENT)
        form, field = page.locator("#write"), page.locator("#write-body")
        field.focus()
        helped(page)
        assert stored(page) == []
        page.keyboard.type("I was there")
        page.reload(wait_until="networkidle")  # sooner than any pause
        note = form.locator("[data-draft]")
        expect(field).to_have_value("I was there")
        expect(note).to_have_text(re.compile(r"Your draft from \d+ \w+ \d{4}.* was kept\. Discard"))
        check_accessibility(page)
        field.press("End")
        page.keyboard.type(" when the lamp went out.")
        form.locator("[value=preview]").press("Enter")
        expect(form.locator(".preview")).to_contain_text("when the lamp went out")
        expect(form.locator("[value=preview]")).to_be_focused()
        check_accessibility(page)
        page.reload(wait_until="networkidle")
        expect(field).to_have_value("I was there when the lamp went out.")
        watch.expect("422")
        page.wait_for_timeout(READING_TIME)
        form.locator(".btn[value=post]").click()  # without a name
        expect(form.locator("[name=name][aria-invalid]")).to_be_focused()
        assert page.evaluate(f"{DRAFTS}[0][1]") == "I was there when the lamp went out."
        say(page, form, "I was there when the lamp went out.")
        expect(comment(page, "I was there when the lamp")).to_be_focused()
        page.wait_for_timeout(800)
        assert stored(page) == []


def test_a_draft_can_be_discarded(talking: Browsing) -> None:
    """With the keyboard; each form has its own, of the answers too."""
    with talking() as (context, _watch):
        page = opened(context, OTHER)
        article = page.locator("article.comment:has([data-reply])").first
        reply = page.locator(f"#{article.get_attribute('id')} + form")
        article.locator("[data-reply]").click()
        reply.locator("textarea").press_sequentially("To you.")
        page.locator("#write-body").press_sequentially("To all.")
        helped(page)
        page.reload(wait_until="networkidle")
        expect(page.locator("#write-body")).to_have_value("To all.")
        page.locator("#write [data-draft] button").press("Enter")
        expect(page.locator("#write-body")).to_have_value("")
        assert focused(page.locator("#write-body"))
        article.locator("[data-reply]").click()
        expect(reply.locator("textarea")).to_have_value("To you.")
        assert page.evaluate(f"{DRAFTS}.length") == 1


def test_drafts_are_few_and_young(talking: Browsing) -> None:
    """Twenty of a month; what somebody else put there is none."""
    with talking() as (context, _watch):
        page = opened(context, SILENT)
        page.evaluate(
            "(old) => localStorage.setItem('drafts', JSON.stringify([null, 7, ['/old/ ', 'old', Date.now() - old],"
            " ...[...Array(25).keys()].map((n) => [`/place-${n}/ `, 'text', Date.now()])]))",
            MONTH,
        )
        page.locator("#write-body").press_sequentially("One more.")
        helped(page)
        places: list[str] = page.evaluate(f"{DRAFTS}.map((draft) => draft[0])")
        assert len(places) == 20
        assert "/old/ " not in places
        assert places[-1].endswith("/comments/ ")


def test_an_edit_has_buttons_and_a_draft(talking: Browsing) -> None:
    """On its own page, which leads to the comment; the draft is gone then, not before."""
    with talking() as (context, _watch):
        page = opened(context, SILENT)
        say(page, page.locator("#write"), "The lamp was red.")
        expect(comment(page, "The lamp was red.")).to_be_focused()
        comment(page, "The lamp was red.").locator("a:has-text('Edit')").click()
        field = page.locator("#write-body")
        field.focus()
        helped(page)
        page.keyboard.press("Control+End")
        page.keyboard.type(" And dim.")
        page.reload(wait_until="networkidle")
        expect(field).to_have_value("The lamp was red. And dim.")
        page.locator("[data-draft] button").click()
        expect(field).to_have_value("The lamp was red.")
        field.evaluate("(one) => one.setSelectionRange(13, 16)")
        page.locator(".tools button:has-text('Bold')").click()
        expect(field).to_have_value("The lamp was **red**.")
        check_accessibility(page)
        page.wait_for_timeout(READING_TIME)
        field.press("Control+Enter")
        page.wait_for_url("**/comments/*/#comment-*")
        expect(page.locator("article.comment strong")).to_have_text("red")
        assert stored(page) == []


# How long it is

COUNTED = {
    "plain": "Forty buoys.",
    "blanks around": "  Forty buoys. \n\n",
    "lines": "a\r\nb\rc\n\n\nd",
    "emoji": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽",
    "composed": "Cafe\u0301 A\u030angstro\u0308m",
    "unseen": "so\u00adft \ufeffmark\u2060s \u200bzero\u180e \u0007bell",
    "joiners": "a\u200d\u200d\u200d\u200db \u200f\u200f\u200fc",
    "tower": "Z" + "\u0335\u0336\u0337\u0338" * 5 + "algo",
    "arabic": "قال الصيّاد إنَّ الشبكةَ ۝ قديمة",
    "hindi and korean": "नमस्ते 각 한글",
    "surrogates": "𝒜𝒷 🦆",
}


@pytest.mark.parametrize("name", COUNTED)
def test_the_browser_counts_as_the_server_does(writing_page: Page, name: str) -> None:
    """In its canonical form."""
    writing_page.locator("#write-body").fill(COUNTED[name])
    count = writing_page.evaluate(
        f"async () => (await import({HELP})).lengthOf(document.querySelector('#write-body').value)"
    )
    assert count == len(canonical_text(COUNTED[name]))


def test_the_count_is_told_near_the_limit(writing_page: Page) -> None:
    """Not before, not at every key; beyond it the server refuses."""
    field, count = writing_page.locator("#write-body"), writing_page.locator("#write [data-limit]")
    writing_page.clock.install(time=0)
    writing_page.clock.pause_at(NOON)
    field.fill("x" * 8_999)
    writing_page.clock.run_for(PAUSE)
    expect(count).to_have_text("")
    field.fill("x" * 9_500)
    writing_page.clock.run_for(PAUSE - 1)
    expect(count).to_have_text("")
    writing_page.clock.run_for(1)
    expect(count).to_have_text("9,500 of 10,000 characters.")
    assert count.get_attribute("role") == "status"
    field.fill("x" * 10_001)
    writing_page.clock.run_for(PAUSE)
    expect(count).to_have_text("10,001 of 10,000 characters. Shorten it, or post it in parts.")
    writing_page.clock.resume()
    check_accessibility(writing_page)


# Posting


@pytest.fixture
def posting(talking: Browsing) -> Iterator[tuple[Page, Gate]]:
    """A page whose posts wait until they are let through."""
    with talking() as (context, watch):
        watch.expect("422")
        page = opened(context, OTHER)
        yield page, Gate(page, "**/comments/", "**/reply/")


def test_a_comment_stands_there_at_once(posting: tuple[Page, Gate]) -> None:
    """As being posted, where it will be; then as the server draws it, counted, told and with the focus."""
    page, gate = posting
    before, first = int(page.locator("#talk span").inner_text()), tops(page)[0]
    say(page, page.locator("#write"), "Two eiders, *and* a third.\n\nOn the mole.")
    pending = page.locator("article[aria-busy]")
    expect(pending).to_contain_text("Being posted.")
    expect(pending).to_contain_text("Two eiders, *and* a third.")
    expect(page.locator("#write")).to_have_attribute("aria-busy", "true")
    check_accessibility(page)
    gate.open()
    posted = comment(page, "Two eiders, and a third.")
    expect(posted).to_be_focused()
    expect(pending).to_have_count(0)
    assert tops(page)[:2] == [posted.get_attribute("id"), first]
    expect(page.locator("#saying")).to_have_text("Your comment is published.")
    expect(page.locator("#talk")).to_have_text(f"{before + 1} comments")
    expect(page.locator(".invitation a")).to_contain_text(f"{before + 1} comments")
    expect(page.locator("#write-body")).to_have_value("")
    expect(page.locator("#write [name=name]")).to_have_value("Gus at the chandlery")
    check_accessibility(page)
    page.reload()
    assert posted.locator("a:has-text('Edit')").count() == 1  # the guest is known from now on
    assert len(ids(page)) == len(set(ids(page)))


def test_a_reply_stands_below_what_it_answers(posting: tuple[Page, Gate]) -> None:
    """The first one with all that the server draws around it, the next beside it."""
    page, gate = posting
    say(page, page.locator("#write"), "Who saw them first?")
    gate.open()
    top = comment(page, "Who saw them first?")
    expect(top).to_be_focused()
    branch = top.locator("xpath=..")
    answers = ["I did, from the mole.", "No, I did."]
    for number, words in enumerate(answers, 1):
        top.locator("[data-reply]").click()
        form = branch.locator("> form")
        say(page, form, words)
        expect(branch.locator("article[aria-busy]")).to_contain_text(words)
        expect(form).to_be_hidden()
        gate.open()
        expect(comment(page, words)).to_be_focused()
        expect(form).to_have_count(0)
        expect(branch.locator("> details > summary")).to_have_text(f"{number} repl{'y' if number == 1 else 'ies'}")
    assert branch.locator("> details > ol > li > article .text").all_inner_texts() == answers
    check_accessibility(page)


def test_a_held_comment_is_shown_to_its_writer(posting: tuple[Page, Gate]) -> None:
    """As the server shows it, and it is not counted."""
    page, gate = posting
    before = page.locator("#talk").inner_text()
    say(page, page.locator("#write"), f"Cheap {HELD_WORD}s for all.")
    gate.open()
    held = page.locator("article.comment.held:not([aria-busy])")
    expect(held).to_be_focused()
    expect(held).to_contain_text("Waiting for a moderator. Only you can see this.")
    expect(page.locator("#saying")).to_have_text("Your comment waits for a moderator.")
    expect(page.locator("#talk")).to_have_text(before)
    check_accessibility(page)


def test_a_refused_comment_comes_back(posting: tuple[Page, Gate]) -> None:
    """The form, with the sentence beside the field and everything typed; what stood there is gone."""
    page, gate = posting
    before, form = ids(page), page.locator("#write")
    form.locator("[name=email]").fill("gus@post.example")
    say(page, form, "<b>Eiders</b>")
    expect(page.locator("article[aria-busy]")).to_have_count(1)
    gate.open()
    expect(form.locator("[name=body][aria-invalid]")).to_be_focused()
    expect(form.locator(".field .why")).to_contain_text("HTML such as <b> does not work here")
    expect(form.locator("[name=body]")).to_have_value("<b>Eiders</b>")
    expect(form.locator("[name=email]")).to_have_value("gus@post.example")
    assert ids(page) == before
    check_accessibility(page)
    check_layout(page)
    say(page, form, "Eiders, plainly.")
    gate.open()
    expect(comment(page, "Eiders, plainly.")).to_be_focused()
    expect(form.locator(".why, [aria-invalid]")).to_have_count(0)


def test_the_first_comment_of_a_thread_can_be_refused(talking: Browsing) -> None:
    """Then nobody has said anything, as before; the next one begins the list."""
    with talking() as (context, watch):
        watch.expect("422")
        page = opened(context, "/letters/kindly-stop-improving-the-steps/")
        page.evaluate("""() => {
          const empty = document.createElement("p");
          empty.dataset.empty = "";
          empty.textContent = "Nobody has said anything yet.";
          document.querySelector("ol.thread").replaceWith(empty);
        }""")
        say(page, page.locator("#write"), "<b>Steps</b>")
        expect(page.locator("#write [aria-invalid]")).to_be_focused()
        expect(page.locator("[data-empty]")).to_be_visible()
        say(page, page.locator("#write"), "The steps are fine.")
        expect(page.locator("#discussion .main > ol.thread > li > article")).to_be_focused()
        expect(page.locator("[data-empty]")).to_be_hidden()


def test_words_survive_a_broken_connection(talking: Browsing) -> None:
    """The answer is lost on the way, the comment is not; trying again finds it and posts nothing twice."""
    with talking(viewport="narrow", scheme="dark") as (context, watch):
        watch.expect("ERR_FAILED")
        page = opened(context, OTHER)
        page.route("**/comments/", _lose_the_answer, times=1)
        say(page, page.locator("#write"), "Said through a bad line.")
        failed = page.locator("#write .failed")
        expect(failed).to_contain_text("It could not be sent. Your words are still here.")
        expect(failed.locator("button")).to_be_focused()
        expect(page.locator("#write-body")).to_have_value("Said through a bad line.")
        expect(page.locator("article[aria-busy]")).to_have_count(0)
        check_accessibility(page)
        check_layout(page)
        page.keyboard.press("Enter")
        expect(comment(page, "Said through a bad line.")).to_be_focused()
        expect(failed).to_have_count(0)
        expect(page.locator(".new a:not(:empty)")).to_have_count(0)  # one's own is nothing new
        page.goto(f"{OTHER}?order=newest")
        assert comment(page, "Said through a bad line.").count() == 1


def test_a_preview_survives_a_broken_connection(talking: Browsing) -> None:
    """Trying again previews; nothing is posted."""
    with talking() as (context, watch):
        watch.expect("ERR_FAILED")
        page = opened(context, SILENT)
        page.route("**/comments/", _no_answer, times=1)
        page.locator("#write-body").fill("Only a *look*.")
        page.locator("#write [value=preview]").click()
        page.locator("#write .failed button").press("Enter")
        expect(page.locator("#write .preview em")).to_have_text("look")
        assert comment(page, "Only a look.").count() == 0


def _lose_the_answer(route: Route) -> None:
    route.fetch(max_redirects=0)
    route.abort("failed")


def test_a_comment_stands_nearest_to_its_form(talking: Browsing) -> None:
    """On the thread's own page the form is below the comments, and so is what one has just said."""
    with talking() as (context, _watch):
        page = opened(context, LONG)
        page.goto(page.locator("#discussion .notify").evaluate("(form) => form.action.replace('notify/', '')"))
        page.wait_for_load_state("networkidle")
        say(page, page.locator("#write"), "Below all others.")
        posted = comment(page, "Below all others.")
        expect(posted).to_be_focused()
        assert tops(page)[-1] == posted.get_attribute("id")
        expect(page.locator("h1")).to_have_text(re.compile(r"All \d+ comments"))
        check_accessibility(page)


def test_what_became_of_a_wish_is_said(talking: Browsing) -> None:
    """Who asked to be told of replies learns beside the comment that a mail is on its way."""
    with talking() as (context, _watch):
        page = opened(context, SILENT)
        page.locator("#write [name=email]").fill("gus@post.example")
        page.locator("#write [name=tell_me]").check()
        say(page, page.locator("#write"), "Tell me of the lamp.")
        expect(comment(page, "Tell me of the lamp.")).to_be_focused()
        expect(page.locator("ol.thread > li > .state")).to_contain_text("a mail is on its way")
        expect(page.locator("#write [name=tell_me]")).not_to_be_checked()


def test_a_form_on_a_page_of_its_own_leads_on(talking: Browsing) -> None:
    """To the comment; with the draft that was begun below the one it answers."""
    with talking() as (context, watch):
        watch.expect("422")
        page = opened(context, OTHER)
        reply = page.locator("article.comment [data-reply]").first
        reply.click()
        page.locator("li > form textarea").press_sequentially("Begun there, ended here.")
        helped(page)
        page.goto(reply.get_attribute("href") or "", wait_until="networkidle")
        form = page.locator("form.write")
        expect(form.locator("textarea")).to_have_value("Begun there, ended here.")
        page.keyboard.press("Escape")  # leads nowhere while there is something to lose
        say(page, form, "Begun there, ended here.", name="")
        expect(form.locator("[name=name][aria-invalid]")).to_be_focused()
        say(page, form, "Begun there, ended here.")
        page.wait_for_url("**/comments/*/#comment-*")
        expect(page.locator("article.comment:target")).to_contain_text("Begun there, ended here.")
        assert stored(page) == []


def test_nothing_needs_a_browser_that_remembers(talking: Browsing) -> None:
    """Where storage is switched off, all works for this page."""
    with talking() as (context, _watch):
        context.add_init_script("""
          for (const name of ["getItem", "setItem", "removeItem"]) {
            Storage.prototype[name] = () => { throw new DOMException("off", "SecurityError"); };
          }
        """)
        page = opened(context, SILENT)
        page.get_by_label("Mark what is new since my last visit").check()
        page.click(".sort a:has-text('Oldest')")
        page.wait_for_url("**order=oldest*")
        say(page, page.locator("#write"), "Off the record.")
        expect(comment(page, "Off the record.")).to_be_focused()


def test_a_double_press_posts_once(posting: tuple[Page, Gate]) -> None:
    """The second finds a form that is busy."""
    page, gate = posting
    say(page, page.locator("#write"), "Pressed twice.")
    page.locator("#write .btn[value=post]").dispatch_event("click")
    gate.open()
    expect(comment(page, "Pressed twice.")).to_be_focused()
    assert gate.waiting == []
    page.goto(f"{OTHER}?order=newest")
    assert comment(page, "Pressed twice.").count() == 1


def test_a_double_press_sooner_than_the_script_posts_once(talking: Browsing) -> None:
    """What helps with posting is still on its way."""
    with talking() as (context, _watch):
        page = opened(context, OTHER)
        gate, posted = Gate(page, "**/writing.*.js", method="GET"), Gate(page, "**/comments/")
        say(page, page.locator("#write"), "Pressed twice at once.")
        page.locator("#write .btn[value=post]").dispatch_event("click")
        gate.open()
        posted.open()
        expect(comment(page, "Pressed twice at once.")).to_be_focused()
        expect(page.locator("article[aria-busy]")).to_have_count(0)
        assert posted.waiting == []


# Votes


def test_a_vote_shows_at_once_and_is_taken_back(talking: Browsing) -> None:
    """Where the server says no, with its sentence; in Arabic digits too, by the keyboard."""
    with talking(language="ar") as (context, watch):
        watch.expect("404")
        page = opened(context, f"/ar{STORY}")
        gate = Gate(page, "**/vote/")
        voted = page.locator("article.comment:has(form.vote)").first
        score, form = voted.locator("output"), voted.locator("form.vote")
        up, before = form.locator("button").first, _number(voted.locator("output").inner_text())
        up.press("Enter")
        assert (_number(score.inner_text()), up.get_attribute("aria-pressed")) == (before + 1, "true")
        gate.open()
        expect(form).not_to_have_attribute("aria-busy", "true")
        assert (_number(score.inner_text()), up.get_attribute("aria-pressed")) == (before + 1, "true")
        form.evaluate("(one) => { one.action = one.action.replace(/comments.[^/]+/, 'comments/bbbbbbbbbbbb') }")
        form.locator("button").last.press("Enter")
        assert _number(score.inner_text()) == before - 1
        gate.open()
        expect(voted.locator(".acts .why")).to_be_visible()
        assert (_number(score.inner_text()), up.get_attribute("aria-pressed")) == (before + 1, "true")
        check_accessibility(page)


def test_a_vote_on_its_way_is_not_disturbed(talking: Browsing) -> None:
    """What others vote meanwhile is shown when it has come to an end, also where the server says no."""
    with talking() as (context, watch), talking() as (others, _):
        watch.expect("404")
        page, beside = opened(context, OTHER), opened(others, OTHER)
        page.evaluate("document.addEventListener('live', () => { document.body.dataset.heard = 'one' })")
        gate = Gate(page, "**/vote/")
        voted, theirs = (one.locator("article.comment:has(form.vote)").first for one in (page, beside))
        score, form = voted.locator("output"), voted.locator("form.vote")
        before = int(score.inner_text())
        form.evaluate("(one) => { one.action = one.action.replace(/comments.[^/]+/, 'comments/bbbbbbbbbbbb') }")
        form.locator("button").first.click()
        assert int(score.inner_text()) == before + 1
        theirs.locator("form.vote button").last.click()
        expect(theirs.locator("form.vote")).not_to_have_attribute("aria-busy", "true")
        expect(page.locator("body[data-heard]")).to_be_attached()
        assert int(score.inner_text()) == before + 1
        gate.open()
        expect(voted.locator(".acts .why")).to_be_visible()
        expect(score).to_have_text(str(before - 1))


def test_a_vote_that_is_answered_late_undoes_nothing(talking: Browsing) -> None:
    """What others have voted since was told before."""
    with talking() as (context, _), talking() as (others, _):
        page, beside = opened(context, OTHER), opened(others, OTHER)
        gate = Gate(page, "**/vote/", keeps_answers=True)
        voted, theirs = (one.locator("article.comment:has(form.vote)").last for one in (page, beside))
        score, form = voted.locator("output"), voted.locator("form.vote")
        before = int(score.inner_text())
        form.locator("button").first.click()
        gate.wait()
        theirs.locator("form.vote button").first.click()
        expect(score).to_have_attribute("data-score", str(before + 2))
        gate.open()
        expect(form).not_to_have_attribute("aria-busy", "true")
        expect(score).to_have_text(str(before + 2))
        expect(form.locator("[aria-pressed=true]")).to_have_count(1)


def _number(written: str) -> int:
    """A number as Arabic writes it."""
    return int(re.sub("[^0-9-]", "", written.translate({ord("٠") + digit: str(digit) for digit in range(10)})))
