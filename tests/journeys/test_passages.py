"""Readers comment on words of an article: with the keyboard and the mouse, and without JavaScript on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsing import check_accessibility, check_layout, wait_for_all_processes
from tests.journeys.conftest import Browsing
from tests.journeys.serving import Served, run

STORY = "/sea/the-ferry-that-learned-to-wait/"
READING_TIME = 1_200  # milliseconds: nobody writes a comment faster, and what is faster is held
PUBLISH_AT_ONCE = """
from broadsheet.moderation.models import ModerationPolicy
ModerationPolicy.objects.update_or_create(scope="", defaults={"hold": "none"})
"""
# Selects words of the story as a reader does: from the beginning of one text to the end of another.
SELECT = """([from, to]) => {
  const find = (words) => {
    const walker = document.createTreeWalker(document.querySelector("#text"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.data.indexOf(words);
      if (at >= 0 && !node.parentElement.closest(".notes, .prompt")) return [node, at];
    }
    throw new Error(`${words} is not in the story`);
  };
  const range = document.createRange();
  range.setStart(...find(from));
  const [node, at] = find(to);
  range.setEnd(node, at + to.length);
  node.parentElement.scrollIntoView({ block: "center" });
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


def test_readers_comment_on_words(writing: Browsing, own_demo: Served) -> None:
    """A sentence with JavaScript, an answer without; both are read by a stranger, beside the text and in the thread."""
    assert run(own_demo.home, "manage", "shell", "-c", PUBLISH_AT_ONCE).returncode == 0
    words = _comment_on_selected_words(writing)
    answer = _comment_on_an_answer_without_javascript(writing)
    _a_stranger_reads(writing, words, answer)


def _comment_on_selected_words(writing: Browsing) -> str:
    words = "I rang the bridge and said there was weather"
    with writing() as (context, watch):
        page = context.new_page()
        page.goto(STORY)
        _selection_across_blocks_is_explained(page, watch)
        page.evaluate(SELECT, [words, words])
        button = page.locator("#comment-on-this button")
        expect(button).to_be_visible()
        assert not _covers_the_selection(page)
        # From the selection it is a press of Tab or two away, past the links of the paragraph.
        for _press in range(4):
            page.keyboard.press("Tab")
            if button.evaluate("(one) => one === document.activeElement"):
                break
        page.keyboard.press("Enter")
        form = page.locator("#write-passage")
        expect(form.locator("blockquote")).to_have_text(words)
        expect(form.locator("textarea")).to_be_focused()
        check_accessibility(page)
        form.locator("[name=body]").fill("The bridge still tells this *as weather*.")
        form.locator("[name=name]").fill("Runa at the chandlery")
        page.wait_for_timeout(READING_TIME)
        form.locator("button[value=preview]").click()
        expect(page.locator("#write-passage .preview em")).to_have_text("as weather")
        expect(page.locator("#write-passage blockquote")).to_have_text(words)
        page.locator("#write-passage button[value=post]").click()
        page.wait_for_selector("article.comment:not([aria-busy]):has-text('The bridge still tells this')")
        comment = page.locator("article.comment", has_text="The bridge still tells this")
        expect(comment.locator("blockquote.about")).to_have_text(words)
        comment.locator("blockquote.about a").click()
        page.wait_for_url(f"**{STORY}#passage-*")
        expect(page.locator(":target", has_text="The bridge still tells this")).to_be_visible()
    return words


def _selection_across_blocks_is_explained(page: Page, watch: object) -> None:
    watch.expect("422")  # type: ignore[attr-defined]
    page.evaluate(SELECT, ["When did you first hold the boat?", "My second week."])
    page.locator("#comment-on-this button").click()
    expect(page.locator(".notes.writing [role=alert]")).to_contain_text("reaches from one part of the text")


def _covers_the_selection(page: Page) -> bool:
    return bool(
        page.evaluate("""() => {
          const button = document.querySelector("#comment-on-this").getBoundingClientRect();
          return [...getSelection().getRangeAt(0).getClientRects()].some((box) => box.left < button.right &&
            box.right > button.left && box.top < button.bottom && box.bottom > button.top);
        }""")
    )


def _comment_on_an_answer_without_javascript(writing: Browsing) -> str:
    with writing(viewport="phone", javascript=False, scheme="dark") as (context, _watch):
        page = context.new_page()
        page.goto(STORY)
        assert page.locator("a.choose").count() == 0
        page.click("a:has-text('Comment on a passage')")
        links = page.locator("a.choose:has-text('Comment on this answer')")
        assert links.count() > 10
        check_layout(page)
        links.nth(3).click()
        quote = page.locator("#write-passage blockquote").inner_text()
        assert len(quote) > 20
        check_layout(page)
        page.fill("[name=body]", "I have thought about this answer for a week.")
        page.fill("[name=name]", "Gus at the chandlery")
        page.wait_for_timeout(READING_TIME)
        page.click("button[value=post]")
        comment = page.locator("article.comment", has_text="I have thought about this answer")
        assert comment.locator("blockquote.about").inner_text().rstrip("…") in quote
        return quote


def _a_stranger_reads(writing: Browsing, words: str, answer: str) -> None:
    with writing() as (context, _watch):
        page = context.new_page()
        wait_for_all_processes(page)
        page.goto(STORY)
        _mark_leads_to_its_slip(page, words)
        page.click("#discussion a:has-text('Inline feedback')")
        quotes = page.locator("#discussion article.comment > blockquote.about")
        assert words in quotes.all_inner_texts()
        assert page.locator("ol.thread > li").count() == quotes.count()
        page.click("#discussion a:has-text('View all')")
        page.wait_for_url("**/threads/*/")
        assert context.cookies() == []
    with writing(viewport="phone", language="ar") as (context, _watch):
        page = context.new_page()
        page.goto(STORY)
        slip = page.locator("details.notes", has_text="I have thought about this answer")
        slip.locator("summary").click()
        expect(slip.locator(".slip")).to_be_visible()
        check_accessibility(page)
        check_layout(page)
        slip.locator(".acts a").first.click()
        page.wait_for_url("**/passages/*/")
        expect(page.locator("figure blockquote")).to_have_text(" ".join(answer.split()))
        check_accessibility(page)
        check_layout(page)


def _mark_leads_to_its_slip(page: Page, words: str) -> None:
    mark = page.locator("#text a.passage", has_text=words)
    assert mark.count() == 1
    mark.click()
    slip = page.locator("details.notes", has_text="The bridge still tells this")
    expect(slip).to_have_attribute("open", "")
    expect(slip.locator("summary")).to_have_text("1 comment on this passage")
    check_accessibility(page)
    check_layout(page)


@pytest.mark.parametrize("path", ["/nb/sjo", "/ar"])
def test_other_languages_know_the_same_ways(reading: Browsing, path: str) -> None:
    """The Norwegian and the Arabic story, at the width of the smallest phone, with links behind every paragraph."""
    language = path.split("/")[1]
    with reading(viewport="narrow", language=language) as (context, _watch):
        page = context.new_page()
        page.goto(STORY)
        page.goto(page.locator(f".versions a[hreflang={language}]").get_attribute("href") + "?passages=on")
        assert page.locator("a.choose").count() > 20
        check_accessibility(page)
        check_layout(page)
