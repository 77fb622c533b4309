"""Anchors: which words of a text somebody marked, and where those words stand in a later one. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _

from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import is_visible

CONTEXT = 32  # code points kept of what stands before and behind a passage
PASSAGE_LIMIT = 5_000  # code points; the longest paragraphs have fewer
CANDIDATES = 1_000  # places looked at for words that stand in a block again and again; nobody marks "e" as such


@dataclass(frozen=True)
class Selection:
    """Words that somebody selected, as their browser tells: in which block, what stands around them, about where.

    `block_id` "" means that nobody knows the block. `start` is where in the block's text the words begin, in code
    points, as far as the browser can tell; None where it cannot. `end_block_id` names the block that the selection ends
    in, "" for the one it begins in.
    """

    block_id: str
    exact: str
    prefix: str = ""
    suffix: str = ""
    start: int | None = None
    end_block_id: str = ""


@dataclass(frozen=True)
class Placed:
    """Where words stand: `start` and `end` in the text of a block, in code points; `digest` is that text's."""

    block_id: str
    start: int
    end: int
    digest: str


def digest_of(text: str) -> str:
    """Return what stands for a block's text, to tell whether it is still the same."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def place(blocks: Mapping[str, str], block_id: str, start: int, end: int) -> Placed:
    """Return the place of the words from `start` to `end` in a block, white space at their ends left out."""
    text = blocks[block_id]
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return Placed(block_id, start, start + len(words.strip()), digest_of(text))


def context_of(text: str, placed: Placed) -> tuple[str, str]:
    """Return what stands before and behind the words in their block's text."""
    return text[max(0, placed.start - CONTEXT) : placed.start], text[placed.end : placed.end + CONTEXT]


def find_selection(blocks: Mapping[str, str], selection: Selection) -> Placed:
    """Return where the selected words stand; `blocks` are the texts of the innermost blocks by their ids, in order.

    White space, case and invisible characters need not agree, since browsers show them otherwise than they are kept.
    Raises Refusal `selection-empty`, `selection-too-long`, `selection-across-blocks`, `selection-gone` or
    `selection-unclear`.
    """
    selection = _checked(selection)
    if selection.end_block_id not in ("", selection.block_id):
        raise _across_blocks()
    wanted = _Folded(selection.exact)
    if not wanted.text:
        raise _empty()
    looked_in = [selection.block_id] if selection.block_id else list(blocks)
    found = [placed for block in looked_in if block in blocks for placed in _places(blocks, block, wanted)]
    if not found:
        raise _missing(blocks, wanted)
    return _clearest(blocks, found, selection)


def _checked(selection: Selection) -> Selection:
    exact = selection.exact.strip() if len(selection.exact) <= 2 * PASSAGE_LIMIT else selection.exact
    if len(exact) > PASSAGE_LIMIT:
        sentence = _("These are more words than a comment can be about. Select a sentence or a paragraph.")
        raise Refusal("selection-too-long", sentence, field="selection")
    if not is_visible(exact):
        raise _empty()
    return replace(selection, exact=exact, prefix=selection.prefix[-CONTEXT:], suffix=selection.suffix[:CONTEXT])


def _missing(blocks: Mapping[str, str], wanted: _Folded) -> Refusal:
    """What is said of words that are not in their block: that they reach too far, or are gone."""
    if wanted.text in _Folded(" ".join(blocks.values())).text and not any(
        wanted.text in _Folded(text).text for text in blocks.values()
    ):
        return _across_blocks()
    sentence = _(
        "These words are not in the text, or no longer: it may have been changed since you opened the page. "
        "Open it again, or comment on the whole article."
    )
    return Refusal("selection-gone", sentence, status=409, field="selection")


def _places(blocks: Mapping[str, str], block_id: str, wanted: _Folded) -> list[Placed]:
    """Every place in a block where the words stand."""
    text = blocks[block_id]
    folded, digest = _Folded(text), digest_of(text)
    found: list[Placed] = []
    at = folded.text.find(wanted.text)
    while at >= 0 and len(found) < CANDIDATES:
        span = folded.span(at, at + len(wanted.text))
        if span:
            found.append(Placed(block_id, *span, digest))
        at = folded.text.find(wanted.text, at + 1)
    return found


def _clearest(blocks: Mapping[str, str], found: Sequence[Placed], selection: Selection) -> Placed:
    """The place whose surroundings are the selection's; where several are alike, the one clearly nearest to `start`."""
    prefix, suffix = _Folded(selection.prefix).text, _Folded(selection.suffix).text

    def likeness(placed: Placed) -> int:
        before, behind = context_of(blocks[placed.block_id], placed)
        return shared_end(_Folded(before).text, prefix) + shared_start(_Folded(behind).text, suffix)

    alike = [likeness(placed) for placed in found]
    best = [placed for placed, like in zip(found, alike, strict=True) if like == max(alike)]
    if len(best) == 1:
        return best[0]
    start = selection.start
    if start is not None:
        near, next_near = sorted(best, key=lambda placed: abs(placed.start - start))[:2]
        if 2 * abs(near.start - start) < abs(next_near.start - start):
            return near
    sentence = _("These words stand in this place more than once. Select a few more on either side.")
    raise Refusal("selection-unclear", sentence, field="selection")


class _Folded:
    """A text as it is compared: decomposed, in one case, white space as one space, without what nobody sees."""

    def __init__(self, source: str) -> None:
        self._source = source

    @cached_property
    def _pieces(self) -> list[tuple[str, int]]:
        """Every character that counts, and where it comes from."""
        if self._source.isascii():
            letters: Iterable[str] = self._source.lower()
        else:
            letters = map(_folded_letter, self._source)
        pieces: list[tuple[str, int]] = []
        space = True  # as if one stood before, so that none stands first
        for at, folded in enumerate(letters):
            if folded.isspace():
                if not space:
                    pieces.append((" ", at))
                space = True
            elif folded:
                pieces.extend((letter, at) for letter in folded)
                space = False
        if pieces and space:
            pieces.pop()
        return pieces

    @cached_property
    def text(self) -> str:
        return "".join(letter for letter, _at in self._pieces)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a stretch of the folded text stands in the source; None for one that begins or ends within a letter."""
        places = self._pieces
        if start and places[start - 1][1] == places[start][1]:
            return None
        if end < len(places) and places[end - 1][1] == places[end][1]:
            return None
        return places[start][1], places[end - 1][1] + 1


def _folded_letter(letter: str) -> str:
    if letter.isspace():
        return " "
    if unicodedata.category(letter) == "Cf":  # soft hyphens, joiners, marks of direction
        return ""
    return unicodedata.normalize("NFD", letter.casefold())


def shared_start(one: str, other: str) -> int:
    """Return how many characters two texts have in common from their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def shared_end(one: str, other: str) -> int:
    """Return how many characters two texts have in common before their end."""
    return shared_start(one[::-1], other[::-1])


def _empty() -> Refusal:
    sentence = _("No words are selected. Select some of the text, or comment on the whole article.")
    return Refusal("selection-empty", sentence, field="selection")


def _across_blocks() -> Refusal:
    sentence = _("The selection reaches from one part of the text into the next. Select words within one of them.")
    return Refusal("selection-across-blocks", sentence, field="selection")
