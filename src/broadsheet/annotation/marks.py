"""Marks: which words of a story somebody marked, drawn over its HTML. Pure.

What comes in is publication's own HTML, which is well formed, and the text it shows; what comes out is well formed too
and shows the same words. A mark lies around emphasis, which is closed and opened again where a mark begins or ends in
it. A link cannot lie in a link: words of a mark within a link of the story bear the mark's look, and its count stands
behind that link. Where marks overlap, words belong to the shortest. Of the links of a mark the last one, which has the
count, is a stop of the Tab key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import pairwise, takewhile

# What belongs to a block's HTML and not to its text: who speaks, the number of an exchange, a credit, a link's host.
FURNITURE = frozenset(["who", "no", "credit", "meta"])
INLINE = frozenset(["a", "strong", "em", "span", "bdi"])
VOID = frozenset(["br", "img"])

_TOKEN = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)(?P<attributes>[^<>]*)>|(?P<words>[^<]+)")
_BLOCK = re.compile(r'\sdata-block="([^"]*)"')
_CLASS = re.compile(r'\sclass="([^"]*)"')


@dataclass(frozen=True)
class Mark:
    """Words of a block's text that are marked, from `start` to `end` in code points.

    `href` is where the mark leads, `look` a class besides `passage`, `count` safe HTML that stands behind the words.
    """

    start: int
    end: int
    href: str
    look: str = ""
    count: str = ""

    @property
    def order(self) -> tuple[int, int, str]:
        """Among marks on the same words the first in this order is drawn: the shortest."""
        return self.end - self.start, -self.start, self.href


class Mismatch(Exception):
    """The HTML does not show the text that it is said to show."""


def draw_marks(html: str, texts: Mapping[str, str], marks: Mapping[str, Sequence[Mark]]) -> str:
    """Return the HTML of a story's block with `marks` drawn; both are by the ids of innermost blocks.

    Raises Mismatch where the HTML shows other words than the text, so that no mark is ever drawn on wrong ones.
    """
    drawing = _Drawing(texts, marks)
    for token in _TOKEN.finditer(html):
        drawing.take(token)
    return drawing.finished()


@dataclass(frozen=True)
class _Tag:
    """An element: its name, its opening tag as it is written, the block it belongs to."""

    name: str
    opening: str
    block: str = ""


@dataclass(frozen=True)
class _Wrap:
    """What is drawn around words: an inline element of the story, by its number, or a mark."""

    number: int
    tag: _Tag
    mark: Mark | None = None


_MARKED = _Tag("a", "")  # what opens it is known when all links of its mark are


@dataclass
class _Text:
    """How far the text of a block is shown."""

    words: str
    marks: Sequence[Mark]
    at: int = 0
    due: list[Mark] = field(default_factory=list)  # whose words are all shown, and whose count is not

    def owner(self, at: int) -> Mark | None:
        """The mark that a character belongs to."""
        return min((mark for mark in self.marks if mark.start <= at < mark.end), key=lambda m: m.order, default=None)

    def pieces(self, shown: str) -> Iterator[tuple[str, int]]:
        """Step over words that the HTML shows; yield them in pieces that each lie in the same marks, and where.

        White space need not agree: the HTML has none between paragraphs, and ends of lines are elements there.
        """
        edges = {edge for mark in self.marks for edge in (mark.start, mark.end)}
        if not shown[0].isspace():
            self._skip_space()
        piece, began = "", self.at
        for word, at in self._steps(shown, edges):
            if piece and at in edges:
                yield piece, began
                piece = ""
            began = began if piece else at
            piece += word
        yield piece, began

    def _steps(self, shown: str, edges: set[int]) -> Iterator[tuple[str, int]]:
        """Words as long as no mark begins or ends within them, at least letter by letter."""
        if self.words.startswith(shown, self.at):
            cuts = sorted({self.at, *(edge for edge in edges if self.at < edge < self.at + len(shown))})
            self.at += len(shown)
            for start, end in pairwise([*cuts, self.at]):
                yield self.words[start:end], start
        else:
            for letter in shown:
                yield letter, self._place_of(letter)

    def _place_of(self, letter: str) -> int:
        if letter.isspace():
            place = self.at
            self.at += self.at < len(self.words) and self.words[self.at].isspace()
            return place
        self._skip_space()
        if not self.words.startswith(letter, self.at):
            raise Mismatch
        self.at += 1
        return self.at - 1

    def _skip_space(self) -> None:
        while self.at < len(self.words) and self.words[self.at].isspace():
            self.at += 1


class _Drawing:
    def __init__(self, texts: Mapping[str, str], marks: Mapping[str, Sequence[Mark]]) -> None:
        self._texts = {block: _Text(texts[block], marks[block]) for block in marks}
        self._pieces: list[str] = []
        self._open: list[_Tag] = []  # the elements around what is read
        self._inline: list[_Wrap] = []  # of these, in a marked block, the inline ones
        self._wraps: list[_Wrap] = []  # the inline elements and marks that are written and not closed
        self._furniture = 0  # how deep what is read lies in furniture
        self._number = 0
        self._links: dict[Mark, list[int]] = {}  # the pieces that open a link of a mark

    def take(self, token: re.Match[str]) -> None:
        text = self._text()
        if text is None or self._furniture:
            self._pass_on(text, token)
        elif token["words"] is not None:
            for words, at in text.pieces(unescape(token["words"])):
                self._come_to(text, at)
                self._pieces.append(_escaped(words))
        elif token["name"] in VOID:
            self._void(text, token)
        elif token["end"]:
            self._close(text, token[0])
        else:
            self._begin(text, token)

    def finished(self) -> str:
        if any(text.words[text.at :].strip() for text in self._texts.values()):
            raise Mismatch
        for mark, links in self._links.items():
            for at in links:
                self._pieces[at] = _link_of(mark, is_stop=at == links[-1])
        return "".join(self._pieces)

    def _text(self) -> _Text | None:
        """The text of the innermost block around what is read, if words of it are marked."""
        block = next((tag.block for tag in reversed(self._open) if tag.block), "")
        return self._texts.get(block)

    def _pass_on(self, text: _Text | None, token: re.Match[str]) -> None:
        """Write what is not to be marked: what stands around marked blocks, and furniture in them."""
        is_tag = token["words"] is None and token["name"] not in VOID
        if is_tag and token["end"]:
            self._open.pop()
            self._furniture -= bool(self._furniture)
        elif is_tag:
            self._open.append(_tag(token))
            self._furniture += bool(self._furniture)
        self._pieces.append(token[0])

    def _begin(self, text: _Text, token: re.Match[str]) -> None:
        tag = _tag(token)
        self._open.append(tag)
        if _is_furniture(token):
            self._furniture = 1
        elif tag.name in INLINE:
            self._number += 1
            self._inline.append(_Wrap(self._number, tag))
            return
        self._leave(text)
        self._pieces.append(token[0])

    def _close(self, text: _Text, written: str) -> None:
        tag = self._open.pop()
        if tag.name in INLINE:
            self._inline.pop()
        else:
            self._leave(text)
            self._pieces.append(written)

    def _void(self, text: _Text, token: re.Match[str]) -> None:
        """Write a line's end or a picture; a line may end within a mark, never before it."""
        self._come_to(text, text.at, is_within=True)
        self._pieces.append(token[0])

    def _leave(self, text: _Text) -> None:
        """Come to where a paragraph or an item begins or ends."""
        self._count(text, text.at)
        self._wrap([])

    def _come_to(self, text: _Text, at: int, *, is_within: bool = False) -> None:
        """Come to what stands at `at`: write the counts that are due before it, and open its mark."""
        self._count(text, at)
        owner = text.owner(at)
        self._wrap(self._around(None if owner and is_within and owner.start == at else owner))

    def _count(self, text: _Text, at: int) -> None:
        """Write the counts of marks that ended; those that end in a link of the story wait until that ends too."""
        ended = sorted((mark for mark in text.marks if mark.end <= at), key=lambda mark: (mark.end, mark.order))
        text.marks = [mark for mark in text.marks if mark.end > at]
        text.due += [mark for mark in ended if mark.count]
        if any(wrap.tag.name == "a" and wrap in self._wraps for wrap in self._inline):
            return
        for mark in text.due:
            self._wrap([_Wrap(0, _MARKED, mark)])
            self._pieces.append(mark.count)
        text.due = []

    def _around(self, owner: Mark | None) -> list[_Wrap]:
        """What words are to be wrapped in, from the outside."""
        if owner is None:
            return list(self._inline)
        if any(wrap.tag.name == "a" for wrap in self._inline):
            return [*self._inline, _Wrap(0, _Tag("span", f'<span class="{_classes(owner)}">'), owner)]
        return [_Wrap(0, _MARKED, owner), *self._inline]

    def _wrap(self, wanted: Sequence[_Wrap]) -> None:
        """Close what is not wanted any more, and open what is."""
        shared = sum(1 for _both in takewhile(lambda both: both[0] == both[1], zip(wanted, self._wraps, strict=False)))
        self._pieces += [f"</{wrap.tag.name}>" for wrap in reversed(self._wraps[shared:])]
        for wrap in wanted[shared:]:
            if wrap.mark and wrap.tag is _MARKED:
                self._links.setdefault(wrap.mark, []).append(len(self._pieces))
            self._pieces.append(wrap.tag.opening)
        self._wraps = list(wanted)


def _tag(token: re.Match[str]) -> _Tag:
    block = _BLOCK.search(token["attributes"])
    return _Tag(token["name"], token[0], block[1] if block else "")


def _is_furniture(token: re.Match[str]) -> bool:
    classes = _CLASS.search(token["attributes"])
    return classes is not None and not FURNITURE.isdisjoint(classes[1].split())


def _classes(mark: Mark) -> str:
    return f"passage {mark.look}".strip()


def _link_of(mark: Mark, *, is_stop: bool) -> str:
    aside = "" if is_stop else ' tabindex="-1"'
    return f'<a class="{_classes(mark)}" href="{escape(mark.href)}"{aside}>'


def _escaped(words: str) -> str:
    # As publication writes words; a quotation mark too, so that whatever looks like an attribute is one.
    return escape(words, quote=False).replace('"', "&quot;")
