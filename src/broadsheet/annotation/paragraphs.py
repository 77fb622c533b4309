"""Paragraphs of a block's words: where they stand in it. Pure."""

from __future__ import annotations

BETWEEN = "\n\n"  # between two paragraphs of a block, as publication keeps texts


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return where the paragraphs of a block's text stand in it, in code points."""
    places, start = [], 0
    for words in text.split(BETWEEN):
        places.append((start, start + len(words)))
        start += len(words) + len(BETWEEN)
    return places


def paragraph_at(text: str, place: int) -> int:
    """Return the number of the paragraph that the code point at `place` belongs to."""
    return text.count(BETWEEN, 0, max(0, place) + 1)
