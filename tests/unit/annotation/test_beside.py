"""What readers see of passages: slips beside the text, prompts, quotes in the thread, the filter, the list."""

from __future__ import annotations

import gzip

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import Profile
from broadsheet.annotation.actions import annotate
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.models import Passage, Prompt
from broadsheet.discussion.actions import open_thread
from broadsheet.discussion.models import Comment
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage, Section
from tests import factories
from tests.unit.annotation.conftest import LATER, Mark, passage_of
from tests.unit.discussion.conftest import PageRead, read

pytestmark = pytest.mark.django_db


def ask(comment: Comment, by: Profile, question: str = "What stopped waiting for you?", **fields: bool) -> Prompt:
    """Let an editor ask something on the passage of a comment."""
    return Prompt.objects.create(passage=passage_of(comment), question=question, by=by, **fields)


def behind(page: PageRead, block: str) -> list[str]:
    """The classes of the elements that follow the first element of a block, up to its end or the next block."""
    for parent in page.root.iter():
        children = list(parent)
        for at, child in enumerate(children):
            if child.get("data-block") == block:
                rest = children[at + 1 :]
                end = next((n for n, one in enumerate(rest) if one.get("data-block")), len(rest))
                return [str(one.get("class")) for one in rest[:end]]
    return []


class TestASlip:
    def test_follows_its_paragraph_with_its_count_and_its_comments(self, mark: Mark, stan: Client) -> None:
        first = mark(body="The *desk* is still there.")
        mark(body="We could ask them to move it.", by=factories.make_guest("Per"))
        passage = passage_of(first)
        page = read(stan, passage.article.url)
        assert behind(page, "opening")[0] == "notes"
        details = page.root.find(".//details[@name='passages']")
        assert "".join(details.find("summary").itertext()) == "2 comments on this passage"
        slip = page.root.find(f".//div[@id='{passage.element_id}']")
        words = " ".join(" ".join(slip.itertext()).split())
        assert words.startswith("Gus The desk is still there. Per We could ask them to move it.")
        assert page.link("Add yours") == f"/passages/{passage.public_id}/#write-passage"

    def test_of_an_answer_stands_behind_the_answer(self, mark: Mark, stan: Client) -> None:
        page = read(stan, passage_of(mark("a boy with a cello", "a-1")).article.url)
        assert behind(page, "q-1") == []
        assert behind(page, "a-1") == ["notes"]

    def test_stands_behind_the_paragraph_it_ends_in(self, section: Section, mark: Mark, stan: Client) -> None:
        body = [
            {
                "type": "text",
                "id": "long",
                "value": "<p>One way.</p><ul><li>Two<ul><li>and</li></ul></li></ul><p>Three.</p>",
            }
        ]
        article = factories.make_article(section, "Three ways", body=body)
        mark("and", "long", where=article)
        page = read(stan, article.url)
        siblings = list(page.root.find(".//div[@id='text']"))
        names = [element.tag for element in siblings]
        assert names[: names.index("details") + 2] == ["p", "ul", "details", "p"]

    def test_shows_nothing_that_is_not_for_everybody(
        self, mark: Mark, story: ArticlePage, as_gus: Client, stan: Client
    ) -> None:
        held = mark(held=True, body="Only Gus sees this.")
        for client in (stan, as_gus):
            page = read(client, story.url)
            assert page.root.find(".//details[@name='passages']") is None
            assert page.root.find(".//nav[@class='index']") is None
        assert "Only Gus sees this." not in read(stan, story.url).words()
        own = read(as_gus, story.url)
        assert own.words(".//blockquote[@class='about']") == "so that she could see both"
        assert own.root.find(".//blockquote[@class='about']/a") is None
        assert read(stan, f"/passages/{passage_of(held).public_id}/").status == 404

    def test_is_literal_text(self, mark: Mark, stan: Client) -> None:
        comment = mark(body="a < b & `<b>x</b>`", by=factories.make_guest("O'Brien <i>"))
        page = stan.get(passage_of(comment).article.url).content.decode()
        assert (
            '<bdi>O&#x27;Brien &lt;i&gt;</bdi></b></span><p dir="auto">a &lt; b &amp; &lt;b&gt;x&lt;/b&gt;</p>' in page
        )


class TestAPrompt:
    def test_is_always_visible_with_a_way_to_answer(self, mark: Mark, gus: Profile, stan: Client) -> None:
        prompt = ask(mark(body="The school bus."), gus)
        page = read(stan, prompt.passage.article.url)
        assert behind(page, "opening")[0] == "prompt"
        words = page.words(".//div[@class='prompt']")
        assert words.startswith("Gus asks What stopped waiting for you? Read 1 answer Gus The school bus.")
        assert page.link("Answer the editor") == f"/passages/{prompt.passage.public_id}/#write-passage"

    def test_without_answers_is_what_its_mark_leads_to(self, mark: Mark, gus: Profile, stan: Client) -> None:
        prompt = ask(mark(held=True), gus)
        page = read(stan, prompt.passage.article.url)
        element = page.root.find(f".//*[@id='{prompt.passage.element_id}']")
        assert element.get("class") == "prompt"
        assert element.find("details") is None

    def test_that_is_closed_is_read_and_takes_no_answer(self, mark: Mark, gus: Profile, stan: Client) -> None:
        prompt = ask(mark(), gus, is_open=False)
        assert "Answer the editor" not in read(stan, prompt.passage.article.url).words()
        page = read(stan, f"/passages/{prompt.passage.public_id}/")
        assert page.root.find(".//form[@class='write']") is None
        assert "no more answers" in page.words()


class TestInTheThread:
    def test_a_comment_bears_the_quote_with_a_way_back(self, mark: Mark, story: ArticlePage, stan: Client) -> None:
        comment = mark()
        passage = passage_of(comment)
        article = read(stan, story.url)
        quote = article.root.find(".//section[@id='discussion']//blockquote[@class='about']/a")
        assert (quote.text, quote.get("href")) == ("so that she could see both", f"#{passage.element_id}")
        for url in (comment.thread.url, comment.permalink, f"/comments/{comment.public_id}/reply/"):
            quote = read(stan, url).root.find(".//blockquote[@class='about']/a")
            assert quote.get("href") == f"{story.url}#{passage.element_id}"

    def test_an_orphan_is_struck_through_and_last_in_the_list(
        self, mark: Mark, story: ArticlePage, stan: Client
    ) -> None:
        kept, gone = mark(LATER[:22], "later"), mark()
        mark(body="Another.", by=factories.make_guest("Per"))
        passage = passage_of(gone)
        Passage.objects.filter(pk=passage.pk).update(orphaned_at="2026-01-01T00:00Z", carried_to=publish_text(story))
        page = read(stan, story.url)
        index = page.root.find(".//nav[@class='index']")
        lines = ["".join(link.itertext()) for link in index.iterfind(".//a")]
        assert lines == ["1She retired in January", "2so that she could see both"]
        assert "".join(index.find("details/summary").itertext()) == "1 passage no longer in the text"
        href = f"/passages/{passage.public_id}/"
        assert index.find("details/a").get("href") == href
        quote = page.root.find(f".//article[@id='{gone.element_id}']/blockquote")
        assert quote.find("a/s").text == "so that she could see both"
        assert "no longer in the text" in "".join(quote.itertext())
        own = read(stan, href)
        assert "These words are no longer in the text." in own.words()
        assert own.comments == [Comment.objects.latest("pk").public_id, gone.public_id]
        assert passage_of(kept).is_orphan is False

    def test_inline_feedback_is_shown_alone_and_leads_back(self, mark: Mark, story: ArticlePage, stan: Client) -> None:
        inline = mark()
        factories.make_comment(inline.thread, "About all of it.")
        for url, whole in ((story.url, "#discussion"), (inline.thread.url, "")):
            page = read(stan, url)
            assert len(page.comments) == 2
            link = page.link("Inline feedback (1)")
            assert link == f"{url}?show=inline{whole}"
            alone = read(stan, link)
            assert alone.comments == [inline.public_id]
            assert alone.link("All comments") == f"{url}{whole}"
            assert "show=inline" in alone.link("Oldest")
        assert read(stan, f"{story.url}?show=inline").link("View all 2 comments") == inline.thread.url

    def test_no_filter_without_inline_feedback(self, story: ArticlePage, stan: Client) -> None:
        factories.make_comment(open_thread(story))
        assert "Inline feedback" not in read(stan, story.url).words()
        assert len(read(stan, f"{story.url}?show=inline").comments) == 1


def publish_text(story):
    from broadsheet.publication.models import PublishedText

    text = story.published_texts.get()
    return PublishedText.objects.create(
        page=story, digest="x", language="en", headline="x", text=text.text, blocks=text.blocks
    )


class TestCost:
    def test_sixty_passages_cost_no_more_queries_than_six_and_stay_light(self, section: Section, stan: Client) -> None:
        article = factories.make_article(section, "Sixty nets", body=many_blocks(60))
        factories.make_comment(open_thread(article), "About all of them.")
        nothing = queries(stan, article.url)
        mark_all(article, range(6), 2)
        few = queries(stan, article.url)
        mark_all(article, range(6, 60), 2)
        assert queries(stan, article.url) == few <= nothing + 1  # of the three two look whether there is anything
        response = stan.get(article.url)
        page = PageRead(response)
        assert len(page.root.findall(".//details[@class='notes']")) == 60
        assert len(gzip.compress(response.content)) < 40_000


WORDS = "The pilot boat went out at six and net number {} was where the old map has it, two lengths off the mole."


def many_blocks(count: int) -> list[dict[str, str]]:
    """So many texts of a paragraph each."""
    return [{"type": "text", "id": f"t-{n}", "value": f"<p>{WORDS.format(n) * 3}</p>"} for n in range(count)]


def mark_all(article: ArticlePage, blocks: range, times: int) -> None:
    """Comment on the number in each of the blocks, so many times."""
    for number in blocks:
        for time in range(times):
            body = f"Net {number} was mine, time {time}. " + "I have mended it since with what the chandler had. " * 3
            words = f"number {number} was where the old map has it, two lengths off the mole.The"
            annotate(
                article,
                selection=Selection(f"t-{number}", words, start=40),
                by=factories.make_guest(f"Guest {number} {time}"),
                body=body,
                key=Key.of("cost", str(number), str(time)),
            )


def queries(browser: Client, path: str) -> int:
    """How many queries a page takes in a process that has answered before."""
    assert browser.get(path).status_code == 200
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return len(captured)
