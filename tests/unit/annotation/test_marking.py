"""Commenting on words of an article, through complete requests: selected ones, a paragraph's, a passage's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile
from broadsheet.annotation.anchoring import PASSAGE_LIMIT
from broadsheet.annotation.models import Annotation, Passage, Prompt
from broadsheet.discussion.models import Comment, Thread
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, FrontPage
from tests import factories
from tests.cost import counted
from tests.unit.annotation.conftest import ANSWER, LATER, OPENING, Mark, body_of, passage_of, publish
from tests.unit.discussion.conftest import PageRead, post, read

pytestmark = pytest.mark.django_db

WORDS = "so that she could see both"
TYPED = "What I typed, with care."


@pytest.fixture
def here(story: ArticlePage) -> str:
    """The address that a form for a comment on words of the story goes to."""
    return f"/threads/{story.translation_key}/passages/"


def chosen(**fields: Any) -> dict[str, str]:
    """What the browser tells of selected words."""
    told = {"block": "opening", "end_block": "opening", "exact": WORDS, "prefix": "placed her desk ", "start": "127"}
    return {name: str(value) for name, value in {**told, **fields}.items()}


def nothing_was_written() -> bool:
    return not any(model.objects.exists() for model in (Comment, Thread, Profile, Passage))


class TestSelectedWords:
    def test_become_a_passage_with_its_first_comment(self, here: str, story: ArticlePage, stan: Client) -> None:
        form = PageRead(stan.post(here, chosen(do="begin")))
        assert form.status == 200
        assert form.words(".//form//blockquote") == WORDS
        answer = post(stan, here, body="The desk is still there.", **hidden(form))
        comment = Comment.objects.get()
        passage = passage_of(comment)
        assert (answer.status, answer.response["Location"]) == (303, comment.permalink)
        assert (passage.exact, passage.block_id, passage.article) == (WORDS, "opening", story)
        assert OPENING[passage.start : passage.end] == WORDS
        assert read(stan, comment.permalink).words(".//blockquote[@class='about']") == WORDS

    def test_need_no_page_in_between(self, here: str, stan: Client) -> None:
        assert post(stan, here, body="At once.", **chosen()).status == 303
        assert passage_of(Comment.objects.get()).exact == WORDS

    def test_are_found_however_the_browser_shows_them(self, here: str, stan: Client) -> None:
        post(stan, here, body="x", **chosen(exact=" So  that she\nCOULD see both ", start="nonsense"))
        assert passage_of(Comment.objects.get()).exact == WORDS

    def test_that_are_marked_already_get_another_comment(self, here: str, mark: Mark, stan: Client) -> None:
        first = mark()
        post(stan, here, body="Another.", **chosen())
        assert passage_of(Comment.objects.latest("pk")) == passage_of(first)

    def test_are_quoted_in_a_preview_too(self, here: str, stan: Client) -> None:
        page = post(stan, here, body="so *this*", do="preview", **chosen())
        assert page.words(".//div[@class='preview']") == "Preview. Not posted yet. so this"
        assert page.words(".//form//blockquote") == WORDS
        assert hidden(page)["exact"] == WORDS
        assert nothing_was_written()

    def test_sent_twice_post_once(self, here: str, story: ArticlePage, stan: Client) -> None:
        fields = {"body": "Once.", "key": "k" * 20, **chosen()}
        first = post(stan, here, **fields)
        publish(story, body_of(opening="All is new here."))
        again = post(stan, here, **fields)
        assert first.response["Location"] == again.response["Location"]
        assert post(stan, here, **{**fields, **chosen(block="later", end_block="", exact=LATER)}).status == 303
        assert Comment.objects.count() == 2

    def test_may_be_commented_on_by_a_guest_whose_comment_waits(self, here: str, stan: Client) -> None:
        post(stan, here, body="Buy.", website="https://spam.example", **chosen())
        assert Comment.objects.get().standing == Standing.HELD
        assert not Passage.objects.for_everybody().exists()


class TestWordsThatCannotBeTaken:
    @pytest.mark.parametrize(
        ("fields", "status", "sentence"),
        [
            ({"exact": ""}, 422, "No words are selected."),
            ({"exact": " \n\u200b "}, 422, "No words are selected."),
            ({"end_block": "later"}, 422, "reaches from one part of the text into the next"),
            ({"exact": f"{OPENING[-20:]}\n{LATER[:20]}"}, 422, "reaches from one part of the text into the next"),
            ({"exact": "x" * (PASSAGE_LIMIT + 1)}, 422, "more words than a comment can be about"),
            ({"exact": "x" * 100_000}, 422, "more words than a comment can be about"),
            ({"exact": "nobody ever wrote this here"}, 409, "not in the text, or no longer"),
            (
                {"block": "../../etc", "end_block": "", "exact": "nobody wrote this"},
                409,
                "not in the text, or no longer",
            ),
            ({"block": "\x00", "end_block": "", "exact": "\x00\ud800'\";--"}, 409, "not in the text, or no longer"),
            ({"exact": "the", "prefix": "", "start": ""}, 422, "stand in this place more than once"),
        ],
    )
    def test_come_back_with_what_was_typed(
        self, here: str, story: ArticlePage, stan: Client, fields: dict[str, str], status: int, sentence: str
    ) -> None:
        typed = {"body": TYPED, "name": "Stan", "email": "stan@slipway.example"}
        with counted() as cost:
            answers = [
                PageRead(stan.post(here, {**typed, **_sendable(chosen(**fields)), "do": do}))
                for do in ("post", "preview", "begin")
            ]
        assert cost.cpu < 3
        for page in answers:
            assert page.status == status
            assert sentence in page.alert
            assert {name: page.field(name) for name in typed} == typed
            # The form that comes back is for a comment on the whole article, as the sentence says.
            assert (
                page.root.find(".//form[@class='write']").get("action") == f"/threads/{story.translation_key}/comments/"
            )
        assert nothing_was_written()
        assert post(stan, page.root.find(".//form[@class='write']").get("action"), body=TYPED).status == 303
        assert not Annotation.objects.exists()

    def test_of_another_language_version(
        self, here: str, publication: FrontPage, story: ArticlePage, stan: Client
    ) -> None:
        nb = factories.make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn")
        body = [{"type": "text", "id": "apning", "value": "<p>Fergekontoret er ett rom med to vinduer.</p>"}]
        norsk = factories.translate(story, nb, "Ferga som lærte å vente", body=body)
        page = post(stan, f"/nb{here}", body=TYPED, **chosen())
        assert page.status == 409
        assert page.field("body") == TYPED
        told = chosen(block="apning", end_block="", exact="ett rom med to vinduer")
        assert post(stan, f"/nb{here}", body="Det stemmer.", **told).status == 303
        assert Passage.objects.get().article == norsk
        # One thread for both, where the quote leads to the passage's own page.
        quote = read(stan, story.url).root.find(".//blockquote[@class='about']/a")
        assert quote.get("href") == f"/passages/{Passage.objects.get().public_id}/"
        assert read(stan, quote.get("href")).words("blockquote") == ""
        assert read(stan, quote.get("href")).status == 200

    def test_of_a_text_that_was_published_anew(self, here: str, story: ArticlePage, stan: Client) -> None:
        publish(story, body_of(opening=OPENING.replace("one room", "a room"), later="Nothing of it is left."))
        assert post(stan, here, body="Still there.", **chosen()).status == 303
        gone = post(stan, here, body=TYPED, **chosen(block="later", end_block="later", exact=LATER[:22], prefix=""))
        assert (gone.status, gone.field("body")) == (409, TYPED)
        assert "may have been changed since you opened the page" in gone.alert

    def test_of_an_article_that_is_no_longer_there(self, here: str, story: ArticlePage, stan: Client) -> None:
        story.unpublish()
        page = post(stan, here, body=TYPED, **chosen())
        assert page.status == 404
        assert TYPED in page.words()
        assert nothing_was_written()

    def test_whose_body_is_refused_keep_their_quote(self, here: str, stan: Client) -> None:
        page = post(stan, here, body="<script>alert(1)</script>", **chosen())
        assert page.status == 422
        assert "HTML" in page.alert
        assert page.words(".//form//blockquote") == WORDS
        assert post(stan, here, body="Better.", **hidden(page)).status == 303
        assert passage_of(Comment.objects.get()).exact == WORDS

    def test_in_a_closed_thread(self, here: str, story: ArticlePage, mark: Mark, stan: Client) -> None:
        Thread.objects.filter(pk=mark().thread_id).update(is_closed=True)
        page = post(stan, here, body=TYPED, **chosen())
        assert page.status == 403
        assert TYPED in page.words()
        article = read(stan, f"{story.url}?passages=on")
        assert "Comment on a passage" not in article.words()
        assert article.root.find(".//a[@class='choose']") is None
        assert article.root.find(".//form[@id='comment-on-this']") is None
        assert article.link("Add yours") == ""

    def test_in_a_form_of_several_parts_and_of_megabytes(self, here: str, stan: Client) -> None:
        assert stan.post(here, {**chosen(), "body": "x", "name": "Stan"}).status_code == 303
        assert stan.post(here, {**chosen(exact="x" * 2**21), "body": "x"}).status_code == 413

    def test_from_another_site(self, here: str, stan: Client) -> None:
        answer = stan.post(here, {**chosen(), "body": "x", "name": "S"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert nothing_was_written()


class TestAParagraph:
    def test_has_a_link_only_where_they_are_switched_on(self, story: ArticlePage, stan: Client) -> None:
        plain = read(stan, story.url)
        assert plain.root.findall(".//a[@class='choose']") == []
        switch = plain.link("Comment on a passage")
        assert switch == f"{story.url}?passages=on#text"
        on = read(stan, switch)
        links = on.root.findall(".//a[@class='choose']")
        words = ["".join(link.itertext()) for link in links]
        assert words == [*["Comment on this paragraph"] * 2, "Comment on this question", "Comment on this answer"]
        assert links[0].get("aria-label").startswith("Comment on this paragraph: The ferry office is one room")
        assert on.link("Hide the links") == f"{story.url}#text"

    def test_is_commented_on_without_javascript(self, story: ArticlePage, stan: Client) -> None:
        page = read(stan, f"{story.url}?passages=on")
        form = PageRead(stan.get(page.link("Comment on this answer")))
        assert form.words(".//form//blockquote") == ANSWER
        answer = post(stan, form.root.find(".//form[@class='write']").get("action"), body="You can.", **hidden(form))
        assert answer.status == 303
        assert passage_of(Comment.objects.get()).exact == ANSWER

    def test_of_several_in_a_block_is_one_of_them(self, section: Any, stan: Client) -> None:
        body = [
            {
                "type": "text",
                "id": "long",
                "value": "<p>One.</p><ul><li>Two</li><li>Three</li></ul><h2>Four</h2><p>Five.</p>",
            }
        ]
        article = factories.make_article(section, "Three ways", body=body)
        page = read(stan, f"{article.url}?passages=on")
        hrefs = [link.get("href") for link in page.root.findall(".//a[@class='choose']")]
        quotes = [read(stan, href).words(".//form//blockquote") for href in hrefs]
        assert quotes == ["One.", "Two Three", "Four", "Five."]

    @pytest.mark.parametrize("number", ["7", "-1", "x", "999999999999999999999", ""])
    def test_that_is_not_there(self, here: str, stan: Client, number: str) -> None:
        page = read(stan, here, block="opening", paragraph=number)
        assert page.status == 422
        assert "No words are selected." in page.alert


class TestAPassagesPage:
    def test_shows_quote_question_comments_and_form(self, mark: Mark, gus: Profile, stan: Client) -> None:
        first = mark(body="The school bus.")
        mark(LATER[:22], "later", body="About something else.")
        passage = passage_of(first)
        Prompt.objects.create(passage=passage, question="What stopped waiting for you?", by=gus)
        factories.make_comment(first.thread, "A reply.", parent=first)
        page = read(stan, f"/passages/{passage.public_id}/")
        assert page.words(".//figure/blockquote") == WORDS
        assert "Gus asks What stopped waiting for you?" in page.words()
        assert page.comments == [first.public_id, Comment.objects.get(source="A reply.").public_id]
        assert page.link("Back to the text") == f"{passage.article.url}#{passage.element_id}"
        answer = post(stan, page.root.find(".//form[@class='write']").get("action"), body="The bakery.")
        assert answer.status == 303
        assert passage_of(Comment.objects.get(source="The bakery.")) == passage

    def test_refuses_an_answer_to_a_closed_question_and_keeps_it(self, mark: Mark, gus: Profile, stan: Client) -> None:
        passage = passage_of(mark())
        Prompt.objects.create(passage=passage, question="What?", by=gus, is_open=False)
        page = post(stan, f"/passages/{passage.public_id}/comments/", body=TYPED)
        assert page.status == 403
        assert page.field("body") == TYPED
        assert "no more answers" in page.alert
        assert page.root.find(".//form[@class='write']").get("action") == passage_of_thread(passage).write_url

    def test_is_for_nobody_where_the_article_is_not(self, mark: Mark, story: ArticlePage, stan: Client) -> None:
        passage = passage_of(mark())
        unknown = read(stan, "/passages/bcdfghjkmnpq/")
        story.unpublish()
        hidden_page = read(stan, f"/passages/{passage.public_id}/")
        assert (unknown.status, hidden_page.status) == (404, 404)
        assert unknown.words() == hidden_page.words()
        page = post(stan, f"/passages/{passage.public_id}/comments/", body=TYPED)
        assert page.status == 404
        assert TYPED in page.words()

    @pytest.mark.parametrize("name", ["1", "nobody", "b' OR 1=1"])
    def test_that_does_not_exist(self, story: ArticlePage, stan: Client, name: str) -> None:
        assert read(stan, f"/passages/{name}/").status == 404

    def test_pages_and_sorts_like_a_thread(self, mark: Mark, stan: Client) -> None:
        comments = [mark(body=f"No. {n}", by=factories.make_guest(f"G{n}")) for n in range(27)]
        url = f"/passages/{passage_of(comments[0]).public_id}/"
        first = read(stan, url)
        assert first.comments[0] == comments[-1].public_id
        assert len(first.comments) == 25
        assert len(read(stan, first.link("Older comments")).comments) == 2
        assert read(stan, url, order="oldest").comments[0] == comments[0].public_id
        assert read(stan, url, order="sideways").status == 404


def hidden(page: PageRead) -> dict[str, str]:
    """What a form bears unseen about its passage."""
    fields = page.root.findall(".//form[@class='write']//input[@type='hidden']")
    return {one.get("name"): one.get("value", "") for one in fields if one.get("name") not in ("key", "stamp")}


def passage_of_thread(passage: Passage) -> Thread:
    """The thread of the passage's article."""
    return Thread.objects.of(passage.article)


def _sendable(fields: dict[str, str]) -> dict[str, str]:
    """Without the half characters that no browser sends."""
    return {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
