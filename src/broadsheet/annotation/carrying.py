"""Carrying over: where a passage of one text stands in the next. Pure; never a wrong place rather than every place.

Every word of the old text is followed into the new one: within its own block by that block's diff; words whose block
is gone, or that were cut out of it, by rows of words that stand once in what is left over of either text. Words that
were in the new place before are never taken for moved ones, so that a passage whose words were deleted does not jump to
their twin elsewhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from broadsheet.annotation.anchoring import Placed, place
from broadsheet.kernel.alignment import Pair, Words, align_words, moved_words

BETWEEN = "\n\n"  # blocks; no word reaches across it

# When a place is clearly the right one, tuned on edits of real documents (benchmarks/anchoring.py): so much of its
# weight is there, and that together with its neighbours and its length is enough. A short phrase needs neighbours that
# stayed, since its words stand anywhere; a long sentence is known by itself.
KEPT_AT_LEAST = 0.3
CLEAR = 0.9
NEIGHBOURS = 12  # words on either side
NEIGHBOURS_COUNT = 0.5
LENGTH_COUNTS = 0.3
LONG = 60.0  # letters from which on a passage is known by its own words
# Between two words of a passage so many new ones may stand: somebody added a sentence. More is another place.
ADDED_WORDS = 40
STRAY = 1.0  # letters: a sign, which stands anywhere
FEW_WORDS = 3  # that may come in between two words without a look at what they weigh
# Words known by nothing around them may be found again by themselves, if they are as many letters and stand there once.
KNOWN_BY_ITSELF = 8.0


@dataclass(frozen=True)
class _Found:
    """Where words of a passage were found: pairs of words that stand together in the new text."""

    pairs: Sequence[Pair]
    weight: float


class Carrying:
    """What became of every word from one text to the next, each given by its innermost blocks."""

    def __init__(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        self._old_blocks, self._new_blocks = old, new

    def place(self, block_id: str, start: int, end: int) -> Placed | None:
        """Return where the words from `start` to `end` of a block of the old text are now; None if unclear."""
        if not self._old_blocks.get(block_id, "")[start:end].strip():
            return None
        if self._old_blocks[block_id] == self._new_blocks.get(block_id):
            return place(self._new_blocks, block_id, start, end)
        base = self._old.offsets[block_id]
        return self._place(base + start, base + end)

    @cached_property
    def _old(self) -> _Whole:
        return _Whole.of(self._old_blocks)

    @cached_property
    def _new(self) -> _Whole:
        return _Whole.of(self._new_blocks)

    @cached_property
    def _to(self) -> dict[int, int]:
        """The word of the new text that a word of the old one is."""
        return dict(_paired(self._old, self._new))

    def _place(self, start: int, end: int) -> Placed | None:
        words = self._old.words.within(start, end)
        found = self._found(words)
        if found and self._is_clear(words, found):
            ends = self._widened(words, found.pairs[0], found.pairs[-1])
            there = self._offsets(words, ends, (start, end))
            return self._new.place(*self._narrowed(self._old.words.text[start:end], there))
        return self._by_itself(words, start, end)

    def _found(self, words: range) -> _Found | None:
        """The place where most of the words are."""
        rows = (self._without_strays(row) for row in self._together(words))
        places = [_Found(row, self._old.weigh(a for a, _b in row)) for row in rows]
        return max(places, key=lambda found: found.weight, default=None)

    def _together(self, words: range) -> Iterator[list[Pair]]:
        """The words that are still there, in rows that stand together in one block."""
        row: list[Pair] = []
        for a in words:
            b = self._to.get(a)
            if b is None:
                continue
            if row and not self._stands_behind((a, b), row[-1]):
                yield row
                row = []
            row.append((a, b))
        if row:
            yield row

    def _without_strays(self, row: list[Pair]) -> list[Pair]:
        """Leave out a sign at either end that more would come in with: the full stop of another sentence."""
        while len(row) > 1:
            parts = self._parts(row)
            if len(parts) == 1:
                return row
            ends = ((parts[0], parts[0][-1][1], parts[1][0][1]), (parts[-1], parts[-2][-1][1], parts[-1][0][1]))
            stray = next((part for part, a, b in ends if self._is_lighter(part, range(a + 1, b))), None)
            if stray is None:
                return row
            row = [pair for pair in row if pair not in stray]
        return row

    def _parts(self, row: Sequence[Pair]) -> list[list[Pair]]:
        """The row cut where more than a few words came in."""
        parts = [[row[0]]]
        for before, pair in pairwise(row):
            if pair[1] - before[1] > pair[0] - before[0] + FEW_WORDS:
                parts.append([])
            parts[-1].append(pair)
        return parts

    def _is_lighter(self, part: Sequence[Pair], come_in: range) -> bool:
        weight = self._old.weigh(a for a, _b in part)
        return weight < STRAY and weight < self._new.weigh(come_in)

    def _stands_behind(self, pair: Pair, before: Pair) -> bool:
        room = ADDED_WORDS + 3 * (pair[0] - before[0])
        return before[1] < pair[1] <= before[1] + room and self._new.block_at(pair[1]) == self._new.block_at(before[1])

    def _is_clear(self, words: range, found: _Found) -> bool:
        weight = self._old.weigh(words)
        kept = found.weight / weight
        length = min(weight, LONG) / LONG
        if kept < KEPT_AT_LEAST or kept + NEIGHBOURS_COUNT + LENGTH_COUNTS * length < CLEAR:
            return False
        return kept + NEIGHBOURS_COUNT * self._neighbours(words, found.pairs) + LENGTH_COUNTS * length >= CLEAR

    def _neighbours(self, words: range, pairs: Sequence[Pair]) -> float:
        """The share of what stood around the words that stands around them still."""
        first, last = pairs[0][1], pairs[-1][1]
        reach = 2 * NEIGHBOURS + 8
        before = range(max(0, words.start - NEIGHBOURS), words.start)
        behind = range(words.stop, min(len(self._old.words), words.stop + NEIGHBOURS))
        kept = [at for at in before if first - reach <= self._to.get(at, -1) < first]
        kept += [at for at in behind if last < self._to.get(at, -1) <= last + reach]
        weight = self._old.weigh(before) + self._old.weigh(behind)
        return self._old.weigh(kept) / weight if weight else 1.0

    def _widened(self, words: range, first: Pair, last: Pair) -> tuple[Pair, Pair]:
        """Take along the passage's outer words that stand there too, though each was taken for another of its kind."""
        while first[0] > words.start and self._are_alike(before := (first[0] - 1, first[1] - 1), first[1]):
            first = before
        while last[0] < words.stop - 1 and self._are_alike(behind := (last[0] + 1, last[1] + 1), last[1]):
            last = behind
        return first, last

    def _are_alike(self, pair: Pair, sure: int) -> bool:
        a, b = pair
        known = self._new.words.words
        return 0 <= b < len(known) and known[b] == self._old.words.words[a] and self._within_block(b, sure) == b

    def _offsets(self, words: range, ends: tuple[Pair, Pair], passage: tuple[int, int]) -> tuple[int, int]:
        """Where the place begins and ends; a passage may begin and end within a word that is still there."""
        old, new = self._old.words, self._new.words
        first, last = self._bounds(words, *ends)
        start, end = new.starts[first], new.ends[last]
        if ends[0] == (words.start, first):
            start += max(0, passage[0] - old.starts[words.start])
        if ends[1] == (words.stop - 1, last):
            end -= max(0, old.ends[words.stop - 1] - passage[1])
        return start, end

    def _narrowed(self, exact: str, there: tuple[int, int]) -> tuple[int, int]:
        """The passage itself, where it stands whole among words that only look like its own."""
        found = self._new.words.text[slice(*there)]
        if found.count(exact) != 1:
            return there
        start = there[0] + found.index(exact)
        return start, start + len(exact)

    def _bounds(self, words: range, start: Pair, end: Pair) -> Pair:
        """The first and the last word of the place: what stands in place of the passage's own outer words is in it."""
        (a, first), (z, last) = start, end
        before, behind = self._to.get(words.start - 1), self._to.get(words.stop)
        if a > words.start and before is not None and before < first <= before + 2 * (a - words.start) + 3:
            first = self._within_block(before + 1, first)
        if z < words.stop - 1 and behind is not None and last < behind <= last + 2 * (words.stop - 1 - z) + 3:
            last = self._within_block(behind - 1, last)
        return first, last

    def _within_block(self, wanted: int, sure: int) -> int:
        return wanted if self._new.block_at(wanted) == self._new.block_at(sure) else sure

    def _by_itself(self, words: range, start: int, end: int) -> Placed | None:
        """Find words around which all was changed: they stand once between what stayed before and behind them."""
        exact = self._old.words.text[start:end]
        if not words or self._old.weigh(words) < KNOWN_BY_ITSELF or any(at in self._to for at in words):
            return None
        block = self._old.block_at(words.start)
        if block not in self._new.ranges:
            return None
        old, new = self._around(words, block)
        here, there = self._old.words.text[slice(*old)], self._new.words.text[slice(*new)]
        if here.count(exact) != 1 or there.count(exact) != 1:
            return None
        at = new[0] + there.index(exact)
        return self._new.place(at, at + len(exact))

    def _around(self, words: range, block: str) -> tuple[tuple[int, int], tuple[int, int]]:
        """The stretch of either text between the nearest words of the block that stayed where they were."""
        mine, theirs = self._old.ranges[block], self._new.ranges[block]
        first, last, other_first, other_last = mine.start, mine.stop, theirs.start, theirs.stop
        for at in range(words.start - 1, mine.start - 1, -1):
            if self._to.get(at, -1) in theirs:
                first, other_first = at + 1, self._to[at] + 1
                break
        for at in range(words.stop, mine.stop):
            if self._to.get(at, -1) in theirs:
                last, other_last = at, self._to[at]
                break
        return self._old.stretch(first, last), self._new.stretch(other_first, max(other_first, other_last))


@dataclass(frozen=True)
class _Whole:
    """A text of blocks as one row of words."""

    words: Words
    blocks: Sequence[str]  # their ids, in order
    offsets: Mapping[str, int]  # where each begins
    ranges: Mapping[str, range]  # its words
    texts: Mapping[str, str]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> _Whole:
        words = Words.of(BETWEEN.join(texts.values()))
        offsets, at = {}, 0
        for block, text in texts.items():
            offsets[block] = at
            at += len(text) + len(BETWEEN)
        ranges = {block: words.within(offsets[block], offsets[block] + len(text)) for block, text in texts.items()}
        return cls(words, list(texts), offsets, ranges, texts)

    @cached_property
    def _firsts(self) -> list[int]:
        return [self.ranges[block].start for block in self.blocks]

    def block_at(self, word: int) -> str:
        """Return which block a word is in."""
        return self.blocks[bisect_right(self._firsts, word) - 1]

    def weigh(self, words: Iterable[int]) -> float:
        return sum(self.words.weight(at) for at in words)

    def stretch(self, first: int, stop: int) -> tuple[int, int]:
        """Return where words stand in the text; of none, nothing."""
        return (self.words.starts[first], self.words.ends[stop - 1]) if first < stop else (0, 0)

    def place(self, start: int, end: int) -> Placed:
        block = self.block_at(bisect_right(self.words.starts, start) - 1)
        return place(self.texts, block, start - self.offsets[block], end - self.offsets[block])

    def part(self, numbers: Sequence[int]) -> Words:
        """Return some of the words as a row of their own."""
        words = self.words
        return Words(
            words.text,
            [words.words[at] for at in numbers],
            [words.starts[at] for at in numbers],
            [words.ends[at] for at in numbers],
        )


def _paired(old: _Whole, new: _Whole) -> list[Pair]:
    """Every word of the old text that is in the new one, and which."""
    pairs: list[Pair] = []
    for block, mine in old.ranges.items():
        if block in new.ranges:
            pairs += _aligned(old, new, mine, new.ranges[block])
    gone = [at for block, mine in old.ranges.items() if block not in new.ranges for at in mine]
    come = [at for block, mine in new.ranges.items() if block not in old.ranges for at in mine]
    pairs = sorted(pairs + _aligned(old, new, gone, come))
    return pairs + moved_words(old.words, new.words, pairs)


def _aligned(old: _Whole, new: _Whole, mine: Sequence[int], theirs: Sequence[int]) -> list[Pair]:
    return [(mine[a], theirs[b]) for a, b in align_words(old.part(mine), new.part(theirs))]
