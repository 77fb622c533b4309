"""What stands behind the paragraphs of a story: comments on passages, editors' questions, links to comment on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from broadsheet.annotation.models import Passage
from broadsheet.annotation.paragraphs import paragraph_at, paragraphs
from broadsheet.publication.rendering import Story

# Kinds of blocks whose paragraphs one can comment on; an exchange is a frame around its question and answers.
FRAMES = ("exchange",)

# An element of a block. Our own HTML has quotation marks around attributes only.
_OPENING = re.compile(r'<(?P<tag>[a-z][a-z0-9]*)(?:\s[^<>]*)?\sdata-block="(?P<block>[^"]*)"[^<>]*>')


@dataclass(frozen=True)
class Spot:
    """A paragraph of a story: the block it belongs to, and its number among the paragraphs of that block."""

    block_id: str
    number: int


@dataclass(frozen=True)
class Paragraph:
    """The words at a spot, and what kind of block they are in."""

    spot: Spot
    kind: str
    words: str


def paragraphs_of(story: Story) -> Iterator[Paragraph]:
    """Walk the paragraphs of all innermost blocks that have words, in order."""
    for block_id, (kind, text) in innermost_texts(story).items():
        for number, (start, end) in enumerate(paragraphs(text)):
            if start < end:
                yield Paragraph(Spot(block_id, number), kind, text[start:end])


def innermost_texts(story: Story) -> dict[str, tuple[str, str]]:
    """Return kind and words of every innermost block of a story by its id, in order."""
    texts: dict[str, tuple[str, str]] = {}
    for block in story.blocks:
        if block.kind not in FRAMES:
            texts[block.id] = (block.kind, block.text)
        texts |= {span.id: (span.kind, block.text[span.start : span.end]) for span in block.spans}
    return texts


def spot_of(passage: Passage, texts: Mapping[str, tuple[str, str]]) -> Spot | None:
    """Return the paragraph that a passage ends in; None for one that is not in the text."""
    if passage.is_orphan or passage.live_block_id not in texts:
        return None
    _kind, text = texts[passage.live_block_id]
    return Spot(passage.live_block_id, paragraph_at(text, passage.live_end - 1))


def weave(html: str, behind: Mapping[Spot, str]) -> str:
    """Insert HTML behind paragraphs of a story's HTML. What belongs to a spot that is not there is left out."""
    pieces, at = [], 0
    seen: dict[str, int] = {}
    for opening in _OPENING.finditer(html):
        block_id = opening["block"]
        number = seen.get(block_id, 0)
        seen[block_id] = number + 1
        insert = behind.get(Spot(block_id, number))
        if insert:
            end = _end(html, opening)
            pieces += [html[at:end], insert]
            at = end
    return "".join([*pieces, html[at:]])


def _end(html: str, opening: re.Match[str]) -> int:
    """Where the element ends that begins here; lists stand in lists."""
    depth = 1
    for tag in re.compile(rf"<(/?){opening['tag']}(?=[\s>])").finditer(html, opening.end()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return html.index(">", tag.start()) + 1
    return opening.end()
