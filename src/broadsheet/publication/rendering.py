"""The body of a page as readers get it: one piece of HTML and one piece of plain text for every block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from wagtail.models import Page

from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import topic
from broadsheet.kernel import written
from broadsheet.publication.addresses import is_web_address
from broadsheet.publication.drawing import Arrival, Place, drawing_of, fetch_renditions, img
from broadsheet.publication.models.pictures import Picture
from broadsheet.publication.public import path_of
from broadsheet.publication.restrictions import is_restricted
from broadsheet.publication.rich_text import Paragraph, linked_pages, paragraphs_of, plain, printable

BETWEEN = "\n\n"  # between two blocks of a text, and between two turns of an exchange
WORDS_A_MINUTE = 220
# Chinese and Japanese put no space between words: a reader takes in about twice as many signs as words.
SIGNS_A_WORD = 2
_SIGN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
MANY_QUESTIONS = 8  # an interview with more exchanges than these opens with a table of its questions


@dataclass(frozen=True)
class Span:
    """Where a block within a block stands in the outer one's text, in characters."""

    id: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Turn:
    """What one voice says: a question or an answer."""

    id: str
    kind: str
    voice: str
    who: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        """The words, without the voice's name."""
        return plain(self.paragraphs)


@dataclass(frozen=True)
class Exchange:
    """One question with its answers; `number` counts the exchanges of a page and is only shown."""

    id: str
    number: int
    turns: tuple[Turn, ...]

    @property
    def element_id(self) -> str:
        """The id of its element, which its permalink ends in."""
        return f"exchange-{self.id}"

    @property
    def question(self) -> str:
        """The words of what is asked."""
        return BETWEEN.join(turn.text for turn in self.turns if turn.kind == "question")

    @property
    def answers(self) -> tuple[Turn, ...]:
        """What is answered, in order."""
        return tuple(turn for turn in self.turns if turn.kind == "answer")


@dataclass(frozen=True)
class RenderedBlock:
    """One block: `text`, its words without furniture (numbers, voices' names), and `html`, drawn when asked for.

    In `text` every paragraph is followed by an empty line, items of a list and parts of a card by a line's end. `spans`
    says where blocks within it stand in `text`. Every element of `html` bears the id of its innermost block as
    `data-block`; a text of several paragraphs bears the same on each.
    """

    id: str
    kind: str
    text: str
    draw: Callable[[], SafeString]
    spans: tuple[Span, ...] = ()
    exchange: Exchange | None = None

    @cached_property
    def html(self) -> SafeString:
        """The block as it stands on the page."""
        return self.draw()


class Story:
    """A page's body, rendered in the active language, once."""

    def __init__(self, page: Any) -> None:
        self._page = page

    @cached_property
    def blocks(self) -> list[RenderedBlock]:
        """Every block in order; an interview is as many as it has exchanges."""
        return list(_Rendering(self._page.body, self._page.near).blocks())

    @cached_property
    def html(self) -> SafeString:
        """The whole body."""
        # Safe: every block is.
        return mark_safe("\n".join(block.html for block in self.blocks))  # noqa: S308

    @cached_property
    def text(self) -> str:
        """The words of the whole body."""
        return BETWEEN.join(block.text for block in self.blocks if block.text)

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges of all interviews."""
        return [block.exchange for block in self.blocks if block.exchange]

    @property
    def listed_questions(self) -> list[Exchange]:
        """The exchanges for the table of questions: those that ask something, if there are many."""
        asking = [exchange for exchange in self.exchanges if exchange.question]
        return asking if len(asking) > MANY_QUESTIONS else []

    @property
    def minutes(self) -> int:
        """How long one reads, at least one minute."""
        return reading_minutes(self.text)

    def block_map(self) -> list[dict[str, Any]]:
        """Where every block stands in `text`: `{"id", "type", "start", "end"}`; one within another follows it."""
        places: list[dict[str, Any]] = []
        end = 0  # of the text so far
        for block in self.blocks:
            start = end + len(BETWEEN) if end and block.text else end
            end = start + len(block.text)
            spans = (Span(block.id, block.kind, 0, len(block.text)), *block.spans)
            places += [
                {"id": span.id, "type": span.kind, "start": start + span.start, "end": start + span.end}
                for span in spans
            ]
        return places


def rendered_blocks(page: Any) -> list[RenderedBlock]:
    """Return every block of the page's body, rendered in the active language."""
    return story_of(page).blocks


def story_of(page: Any) -> Story:
    """Return the page's rendered body; rendered once for one object in one language, however often it is asked for."""
    kept: tuple[Any, str | None, Story] | None = getattr(page, "_story", None)
    if kept and kept[0] is page.body and kept[1] == get_language():
        return kept[2]
    story = Story(page)
    page._story = (page.body, get_language(), story)
    return story


def reading_minutes(text: str) -> int:
    """Return how many minutes one reads `text`, at least one; scripts without spaces are counted by their signs."""
    spaced, signs = _SIGN.subn(" ", text)
    words = len(spaced.split()) + signs // SIGNS_A_WORD
    return max(1, -(-words // WORDS_A_MINUTE))


class _Rendering:
    """One pass over a body. What blocks share (pictures, links to pages) is fetched once for all of them."""

    def __init__(self, body: Any, near: object | None) -> None:
        self._children = list(body)
        self._page_urls = _urls_of_pages(_rich_texts(self._children), near or SimpleNamespace())
        self._number = 0

    def blocks(self) -> Iterator[RenderedBlock]:
        last = len(self._children) - 1
        for at, child in enumerate(self._children):
            match child.block_type:
                case "text":
                    yield self._text(child, is_first=at == 0, is_last=at == last)
                case "interview":
                    yield from self._interview(child.value, is_last=at == last)
                case "picture":
                    caption = printable(child.value["caption"]).strip()
                    yield RenderedBlock(child.id, "picture", caption, partial(self._draw_picture, child, caption))
                case "quote":
                    yield _quote(child)
                case "link_card":
                    yield _link_card(child)

    def _text(self, child: Any, *, is_first: bool, is_last: bool) -> RenderedBlock:
        paragraphs = paragraphs_of(child.value.source, self._page_urls)
        draw = partial(_draw_paragraphs, child.id, paragraphs, is_first=is_first, is_last=is_last)
        return RenderedBlock(child.id, "text", plain(paragraphs), draw)

    @cached_property
    def _pictures(self) -> dict[str, Picture]:
        """The pictures by the ids of their blocks, with what is drawn of them."""
        values = ((child.id, child.value["picture"]) for child in self._children if child.block_type == "picture")
        pictures = {key: picture for key, picture in values if picture}
        fetch_renditions(pictures.values(), Place.STORY)
        return pictures

    def _draw_picture(self, child: Any, caption: str) -> SafeString:
        picture = self._pictures.get(child.id)
        drawing = drawing_of(picture, Place.STORY, child.value["alt"]) if picture else None
        if picture is None or drawing is None:  # deleted, or its file is lost: a caption alone says nothing
            return SafeString()
        credit = child.value["credit"] or picture.credit
        return _rendered(
            "picture", {"id": child.id, "img": img(drawing, Arrival.NEAR), "caption": caption, "credit": credit}
        )

    def _interview(self, value: Any, *, is_last: bool) -> Iterator[RenderedBlock]:
        roles = {voice["name"]: voice["role"] for voice in value["voices"]}
        asks, answers, *_others = [*roles, "", ""]
        spoken = [bound for bound in value["exchanges"].bound_blocks if len(bound.value)]
        for at, bound in enumerate(spoken):
            self._number += 1
            turns = [
                self._turn(turn, asks if turn.block_type == "question" else answers, roles) for turn in bound.value
            ]
            exchange = Exchange(bound.id, self._number, tuple(turns))
            yield _exchange(exchange, is_end=is_last and at == len(spoken) - 1)

    def _turn(self, child: Any, usual_voice: str, roles: dict[str, str]) -> Turn:
        voice = child.value["voice"] or usual_voice
        role = roles.pop(voice, "")  # said when its voice first speaks
        who = _("%(name)s, %(role)s") % {"name": voice, "role": role} if voice and role else voice
        paragraphs = paragraphs_of(child.value["text"].source, self._page_urls)
        return Turn(child.id, child.block_type, printable(voice), printable(who), tuple(paragraphs))


def _exchange(exchange: Exchange, *, is_end: bool) -> RenderedBlock:
    spans, text = [], ""
    for turn in exchange.turns:
        start = len(text) + len(BETWEEN) if text and turn.text else len(text)
        text = BETWEEN.join(part for part in (text, turn.text) if part)
        spans.append(Span(turn.id, turn.kind, start, len(text)))
    draw = partial(_draw_exchange, exchange, is_end=is_end)
    return RenderedBlock(exchange.id, "exchange", text, draw, tuple(spans), exchange)


def _draw_exchange(exchange: Exchange, *, is_end: bool) -> SafeString:
    number = written.number(exchange.number, get_language() or "")
    return _rendered("exchange", {"exchange": exchange, "number": number, "is_end": is_end})


def _quote(child: Any) -> RenderedBlock:
    words = {
        "text": printable(child.value["text"]).strip(),
        "attribution": printable(child.value["attribution"]).strip(),
    }
    draw = partial(_rendered, "quote", {"id": child.id, **words})
    return RenderedBlock(child.id, "quote", "\n".join(filter(None, words.values())), draw)


def _link_card(child: Any) -> RenderedBlock:
    words = {"title": printable(child.value["title"]).strip(), "text": printable(child.value["text"]).strip()}
    url = child.value["url"] if is_web_address(child.value["url"]) else ""
    draw = partial(_rendered, "link_card", {"id": child.id, **words, "url": url, "host": urlsplit(url).hostname})
    return RenderedBlock(child.id, "link_card", "\n".join(filter(None, words.values())), draw)


def _rendered(kind: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(f"publication/blocks/{kind}.html", context).strip())  # noqa: S308 - a template's


def _draw_paragraphs(block_id: str, paragraphs: Sequence[Paragraph], *, is_first: bool, is_last: bool) -> SafeString:
    """Write a text; the story's first paragraph and its last bear a mark, if they are paragraphs."""
    end = len(paragraphs) - 1
    elements = []
    for at, paragraph in enumerate(paragraphs):
        opening = "opening" if is_first and at == 0 else ""
        ending = "end" if is_last and at == end else ""
        marks = " ".join(filter(None, (opening, ending))) if paragraph.tag == "p" else ""
        elements.append(_element(paragraph, marks, block_id))
    return mark_safe("\n".join(elements))  # noqa: S308 - of escaped elements


def _element(paragraph: Paragraph, mark: str, block_id: str) -> SafeString:
    classes = format_html(' class="{}"', mark) if mark else ""
    return format_html('<{0}{1} data-block="{2}">{3}</{0}>', paragraph.tag, classes, block_id, paragraph.html)


def _rich_texts(children: Sequence[Any]) -> Iterator[str]:
    for child in children:
        if child.block_type == "text":
            yield child.value.source
        elif child.block_type == "interview":
            for exchange in child.value["exchanges"]:
                yield from (turn.value["text"].source for turn in exchange)


def _urls_of_pages(sources: Iterator[str], near: object) -> dict[int, str]:
    """The addresses of the publication's own pages that the texts link to, as far as readers may go there."""
    numbers = {number for source in sources for number in linked_pages(source)}
    if not numbers:
        return {}
    shows(*(topic("article", number) for number in numbers))
    pages = Page.objects.filter(pk__in=numbers).live().exclude(is_restricted())
    return {page.pk: path_of(page, near) for page in pages}
