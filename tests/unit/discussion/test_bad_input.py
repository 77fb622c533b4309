"""What must not be taken is refused with a sentence and a 4xx status, and what was typed comes back in the form."""

from __future__ import annotations

import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import escape

from broadsheet.accounts.models import Profile
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.models import AnsweredKey
from broadsheet.publication.models import ArticlePage, Section
from tests import factories
from tests.cost import counted
from tests.unit.discussion.conftest import Decide, PageRead, Say, post, read

pytestmark = pytest.mark.django_db

WORDS = "What I typed, with care."

BODIES = {
    "empty": ("", "nothing here yet"),
    "white space": (" \n\t \r\n  ", "nothing here yet"),
    "invisible": ("\u200b\u200d\u2060\u3164", "nothing here yet"),
    "markup of nothing": ("> \n- \n", "nothing here yet"),
    "over the limit": ("x" * (settings.COMMENT_LIMIT + 1), "10,001 characters long; 10,000 fit"),
    "far over the limit": ("x" * 300_000, "300,000 characters long"),
    "nested quotes": (">" * 9_000 + " x", "too deep"),
    "100,000 nested quotes": (">" * 100_000 + " x", "100,002 characters long"),
    "nested lists": ("- " * 4_000 + "x", "too deep"),
    "nested brackets": ("[" * 9_000, "too deep"),
    "100,000 nested elements": ("<div>" * 100_000, "500,000 characters long"),
    "NUL": ("before\x00after", "U+0000"),
    "right-to-left override": ("txt.\u202eexe", "U+202E"),
    "noncharacter": ("a\uffffb", "U+FFFF"),
    "script": ("<script>alert(1)</script>", "HTML such as <script> does not work here"),
    "handler": ("<img src=x onerror=alert(1)>", "HTML such as <img src=x onerror=alert(1)>"),
    "javascript link": ("[x](javascript:alert(1))", "not with javascript:"),
    "hidden javascript link": ("[x](&#106;avascript:alert(1))", "not with javascript:"),
    "data link": ("[x](data:text/html,<b>)", "not with data:"),
}


def _printable(body: str) -> str:
    """The words without what no page can hold, lines ended as pages end them."""
    return body.replace("\r\n", "\n").translate({0: None, 0xFFFD: None, 0xFFFF: None})


def nothing_was_written() -> bool:
    """Whether the database is as it was: no comment, no thread, no guest, no answered key."""
    return not any(model.objects.exists() for model in (Comment, Thread, Profile, AnsweredKey))


def refused(page: PageRead, status: int, sentence: str) -> bool:
    assert page.status == status
    assert sentence in page.alert
    assert page.response["Cache-Control"] == "private, no-store"
    assert not page.response.cookies
    return True


@pytest.mark.parametrize(("body", "sentence"), BODIES.values(), ids=BODIES)
def test_a_body_that_cannot_be_taken(here: str, stan: Client, body: str, sentence: str) -> None:
    with counted() as cost:
        response = stan.post(here, {"body": body, "name": "Stan", "email": "stan@slipway.example"})
    assert cost.cpu < 2
    page = PageRead(response)
    if len(body) < 20_000:
        assert refused(page, 422, sentence)
        assert _printable(page.field("body")) == _printable(body)
        assert page.field("name") == "Stan"
        assert page.field("email") == "stan@slipway.example"
        assert page.root.find(".//textarea[@name='body']").get("aria-invalid") == "true"
    else:  # which takes a parser longer than us
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert escape(body) in response.content.decode()
    assert nothing_was_written()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", "", "Give a name to write under."),
        ("name", "\u200b \u2060", "Give a name to write under."),
        ("name", "x" * 61, "Names have at most 60 characters."),
        ("email", "nobody", "This is no e-mail address."),
        ("email", "a@b.example\r\nBcc: all@b.example", "This is no e-mail address."),
        ("email", f"{'a' * 250}@b.example", "This is no e-mail address."),
    ],
)
def test_a_name_or_address_that_cannot_be_taken(here: str, stan: Client, name: str, value: str, sentence: str) -> None:
    page = post(stan, here, **{"body": WORDS, name: value})
    assert refused(page, 422, sentence)
    assert page.field("body") == WORDS
    assert page.root.find(f".//input[@name='{name}']").get("aria-invalid") == "true"
    assert nothing_was_written()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"body=half+%ED%A0%BD+of+it&name=Stan", "application/x-www-form-urlencoded"),
        (b"body=r%E9sum%E9&name=Stan", "application/x-www-form-urlencoded"),
        (b"body=r\xe9sum\xe9&name=Stan", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nr\xe9sum\xe9\r\n'
            b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nStan\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_bytes_that_are_no_text(here: str, stan: Client, body: bytes, content_type: str) -> None:
    page = PageRead(stan.post(here, body, content_type=content_type))
    assert refused(page, 422, "Some characters did not arrive whole")
    assert page.field("body")[:4] in ("half", "r\ufffdsu", "r\xe9su")
    assert page.field("name") == "Stan"
    assert nothing_was_written()


def test_half_a_character_in_another_encoding(here: str, stan: Client) -> None:
    """Django believes the charset that a client claims; UTF-7 can spell what UTF-8 cannot."""
    body = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\na+2AA-b\r\n--x--\r\n'
    page = PageRead(stan.post(here, body, content_type="multipart/form-data; boundary=x; charset=utf-7"))
    assert 400 <= page.status < 500
    assert nothing_was_written()


@pytest.mark.parametrize(
    "typed",
    [{"body": "x" * 2**20}, {"body": "\u0301\u0323" * 2**19}, {"body": "x", "name": "x" * 2**22}],
    ids=["words", "marks", "name"],
)
def test_more_than_anybody_types(here: str, stan: Client, typed: dict[str, str]) -> None:
    """It is not even read: reading five million bytes takes seconds."""
    with counted() as cost:
        page = post(stan, here, **typed)
    assert cost.cpu < 1
    assert page.status == 413
    assert "too much for one comment" in page.alert
    assert nothing_was_written()


class TestAReply:
    def rows(self) -> tuple[int, int]:
        return Comment.objects.count(), Profile.objects.count()

    def test_to_a_comment_of_another_thread(self, say: Say, section: Section, stan: Client) -> None:
        top = say()
        other = factories.make_article(section, "The other story")
        before = self.rows()
        page = post(stan, f"/threads/{other.translation_key}/comments/", body=WORDS, parent=top.public_id)
        assert refused(page, 422, "belongs to another discussion")
        assert page.field("body") == WORDS
        assert self.rows() == before

    @pytest.mark.parametrize("parent", ["bcdfghjkmnpq", "nobody", "1", "../../x", "b' OR 1=1", "b\x00dfghjkmnpq"])
    def test_to_a_comment_that_does_not_exist(self, say: Say, here: str, stan: Client, parent: str) -> None:
        say()
        before = self.rows()
        page = post(stan, here, body=WORDS, parent=parent)
        assert refused(page, 404, "There is no such comment or discussion, or no longer.")
        assert page.field("body") == WORDS
        assert self.rows() == before

    def test_at_the_address_of_a_comment_that_does_not_exist(self, stan: Client, article: ArticlePage) -> None:
        page = post(stan, "/comments/bcdfghjkmnpq/reply/", body=WORDS)
        assert refused(page, 404, "There is no such comment or discussion, or no longer.")
        assert WORDS in page.words()
        assert nothing_was_written()

    def test_to_a_removed_one(self, say: Say, decide: Decide, stan: Client) -> None:
        top = say()
        say("a reply that keeps the tombstone", to=top)
        decide(top, "removed")
        before = self.rows()
        page = post(stan, f"/comments/{top.public_id}/reply/", body=WORDS)
        assert refused(page, 409, "was removed. You can post your words as a comment of their own.")
        assert page.field("body") == WORDS
        assert self.rows() == before
        # The form that comes back does what the sentence says.
        action = page.root.find(".//form[@class='write']").get("action")
        assert post(stan, action, body=WORDS).status == 303
        assert Comment.objects.get(source=WORDS).depth == 0

    def test_to_one_that_left_no_tombstone(self, say: Say, decide: Decide, stan: Client) -> None:
        top = say()
        decide(top, "removed")
        page = post(stan, f"/comments/{top.public_id}/reply/", body=WORDS)
        assert refused(page, 404, "no such comment")
        assert WORDS in page.words()

    def test_to_one_that_only_its_author_sees(self, say: Say, here: str, stan: Client, as_gus: Client) -> None:
        held = say(held=True)
        before = self.rows()
        stranger = post(stan, f"/comments/{held.public_id}/reply/", body=WORDS)
        nobody = post(stan, "/comments/bcdfghjkmnpq/reply/", body=WORDS)
        assert (stranger.status, stranger.words()) == (nobody.status, nobody.words()) == (404, nobody.words())
        author = post(as_gus, f"/comments/{held.public_id}/reply/", body=WORDS, name="Gus")
        assert refused(author, 409, "It can be answered once it is published.")
        assert author.field("body") == WORDS
        assert self.rows() == before

    @pytest.mark.parametrize("is_reply", [True, False])
    def test_on_a_closed_thread(self, say: Say, thread: Thread, here: str, stan: Client, is_reply: bool) -> None:
        top = say()
        Thread.objects.update(is_closed=True)
        before = self.rows()
        page = post(stan, f"/comments/{top.public_id}/reply/" if is_reply else here, body=WORDS)
        assert refused(page, 403, "This discussion is closed")
        assert WORDS in page.words()
        assert self.rows() == before


def test_a_comment_on_an_article_that_nobody_may_read(section: Section, article: ArticlePage, stan: Client) -> None:
    draft = factories.make_article(section, "Not yet", publish=False)
    for key in (draft.translation_key, uuid.uuid4()):
        page = post(stan, f"/threads/{key}/comments/", body=WORDS)
        assert refused(page, 404, "There is no such comment or discussion, or no longer.")
        assert WORDS in page.words()
    assert nothing_was_written()


def test_a_comment_on_an_article_that_was_taken_back(say: Say, article: ArticlePage, here: str, stan: Client) -> None:
    top = say()
    article.unpublish()
    for url in (here, here.removesuffix("comments/"), top.permalink, f"/comments/{top.public_id}/reply/"):
        assert read(stan, url).status == 404
    assert post(stan, f"/comments/{top.public_id}/reply/", body=WORDS).status == 404
    assert Comment.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/x"}],
)
def test_a_post_from_another_site(here: str, as_rita: Client, headers: dict[str, str]) -> None:
    page = PageRead(as_rita.post(here, {"body": f"{WORDS} <script>"}, headers=headers))
    assert refused(page, 403, "sent from another site, so nothing was done")
    assert page.words(".//textarea") == f"{WORDS} <script>"
    assert page.root.find(".//form[@class='write']") is None
    assert not Comment.objects.exists()


@pytest.mark.parametrize(
    "query", ["order=best", "after=bcdfghjkmnpq", "after=", "after=%00", "before=1' OR 1=1", "order="]
)
def test_a_page_of_the_thread_that_does_not_exist(say: Say, here: str, stan: Client, query: str) -> None:
    say()
    page = read(stan, f"{here.removesuffix('comments/')}?{query}")
    assert page.status == 404
    assert page.alert


def test_a_page_begun_by_a_comment_of_another_thread(say: Say, section: Section, stan: Client) -> None:
    top = say()
    other = factories.make_article(section, "The other story")
    say(where=Thread.objects.create(translation_key=other.translation_key))
    assert read(stan, f"/threads/{other.translation_key}/", after=top.public_id).status == 404


def test_a_page_of_replies_begun_by_what_is_none(say: Say, stan: Client) -> None:
    top, other = say("top"), say("other")
    for after in (other.public_id, "nobody", "%00"):
        assert read(stan, f"/comments/{top.public_id}/", after=after).status == 404
