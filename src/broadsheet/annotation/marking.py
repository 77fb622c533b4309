"""The story with marks: every passage that stands in it is drawn, each with its count."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from broadsheet.annotation.anchoring import digest_of
from broadsheet.annotation.beside import innermost_texts
from broadsheet.annotation.marks import Mark, Mismatch, draw_marks
from broadsheet.annotation.models import Passage
from broadsheet.kernel import written
from broadsheet.publication.rendering import RenderedBlock, Story

log = logging.getLogger("broadsheet.annotation")


def marked_html(story: Story, passages: Sequence[Passage]) -> SafeString:
    """Return the story's HTML with its passages marked; without any, the story's own at no cost."""
    if not any(not passage.is_orphan for passage in passages):
        return story.html
    texts = {block: words for block, (_kind, words) in innermost_texts(story).items()}
    marks = marks_in(passages, texts)
    # Safe: the story's HTML is, and draw_marks adds links to our own places and counts that are safe.
    return mark_safe("\n".join(_marked(block, texts, marks) for block in story.blocks))  # noqa: S308


def marks_in(passages: Iterable[Passage], texts: Mapping[str, str]) -> dict[str, list[Mark]]:
    """Return the marks to be drawn by their blocks: of the passages that were placed on these very texts."""
    digests: dict[str, str] = {}
    marks: dict[str, list[Mark]] = {}
    for passage in passages:
        block = passage.live_block_id
        if passage.is_orphan or block not in texts:
            continue
        digests[block] = digests.get(block) or digest_of(texts[block])
        # Another text: an editor looks at a draft, or the passage was not carried over yet.
        if digests[block] == passage.live_digest:
            marks.setdefault(block, []).append(_mark(passage))
    return marks


def _marked(block: RenderedBlock, texts: Mapping[str, str], marks: Mapping[str, Sequence[Mark]]) -> str:
    ids = [span.id for span in block.spans] or [block.id]
    here = {block_id: marks[block_id] for block_id in ids if block_id in marks}
    if not here:
        return block.html
    try:
        return draw_marks(block.html, texts, here)
    except Mismatch:  # the words are shown all the same
        log.warning("The HTML of block %s shows another text than was published; its marks are not drawn.", block.id)
        return block.html


def _mark(passage: Passage) -> Mark:
    asked = passage.asked
    count = _count(passage.count, is_answers=asked is not None) if passage.count else ""
    look = "asked" if asked else ""
    return Mark(passage.live_start, passage.live_end, f"#{passage.element_id}", look, count)


def _count(count: int, *, is_answers: bool) -> SafeString:
    """The number, and for those who do not see the line under the words what it counts."""
    if is_answers:
        pattern = ngettext("{count} answer", "{count} answers", count)
    else:
        pattern = ngettext("{count} comment", "{count} comments", count)
    before, behind = (_unseen(words) for words in pattern.split("{count}", 1))
    return format_html("<sup>{}{}{}</sup>", before, written.number(count, get_language() or ""), behind)


def _unseen(words: str) -> SafeString:
    return format_html('<span class="sr">{}</span>', words) if words else SafeString()
