"""What two texts have in common, and where: the one aligner, for anchors, corrections and edits of comments. Pure.

Words are compared, not characters: a text is edited by words, and a letter that two words share means nothing. White
space counts for nothing. Offsets are code points. Time grows linearly with the texts, whatever they hold.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise, takewhile

# A word, or one sign. Scripts without spaces between words (Thai to Khmer, Chinese, Japanese) count every letter.
_TOKEN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+|\S"
)
# So many words in a row that stand once in either text are taken for the same; then ever fewer in what lies between.
SHINGLES = (16, 8, 4, 2, 1)
# Gaps of at most so many pairs of words are compared pair by pair, exactly: a sentence of a hundred with another.
EXACT_PAIRS = 10_000
# Words looked at in all, as a multiple of those there are: a text can be made so that every look finds one pair only.
PATIENCE = 64
# Words that stand again elsewhere are taken for moved when there are so many in a row.
MOVED_WORDS = 4
# Letters that two texts share amid more that changed on either side; as many as this are no accident.
ISLAND = 40
ISLAND_ROUNDS = 8  # what an island held together may be one then; real texts need two or three rounds
CONTIGUOUS = 2.0  # what a pair of words that follow another pair is worth besides, in letters


@dataclass(frozen=True)
class Kept:
    """A stretch of the old text that stands in the new one: where it begins in either, and where it ends."""

    old: int
    old_end: int
    new: int
    new_end: int


class Fate(Enum):
    """What became of a stretch of text between two versions."""

    KEPT = "kept"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Change:
    """A stretch of one of two versions, and what became of it."""

    fate: Fate
    text: str


@dataclass(frozen=True)
class Words:
    """A text as words: what each is, where it begins and ends, and what it weighs (letters; a sign weighs half one)."""

    text: str
    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Words:
        """Split a text."""
        found = list(_TOKEN.finditer(text))
        return cls(text, [one[0] for one in found], [one.start() for one in found], [one.end() for one in found])

    def __len__(self) -> int:
        return len(self.words)

    def within(self, start: int, end: int) -> range:
        """Return the words that have a part between two offsets."""
        return range(bisect_right(self.ends, start), bisect_left(self.starts, end))

    def weight(self, at: int) -> float:
        """Return what a word counts."""
        return weight_of(self.words[at])


def weight_of(word: str) -> float:
    """Return what a word counts in comparisons: its letters, a sign half of one."""
    return float(len(word)) if word.isalnum() else 0.5


Pair = tuple[int, int]  # a word of the old text and one of the new, by their numbers


@dataclass(frozen=True)
class _Gap:
    """Words of both texts that lie between two pairs."""

    old: int
    old_end: int
    new: int
    new_end: int

    @property
    def size(self) -> int:
        return self.old_end - self.old + self.new_end - self.new


def align(old: str, new: str) -> list[Kept]:
    """Return the stretches that both texts share, in the order of both: of two that changed places, one."""
    before, after = Words.of(old), Words.of(new)
    return stretches(before, after, align_words(before, after))


def changes(old: str, new: str) -> list[Change]:
    """Return how `new` came out of `old`: what is kept and new is `new` in one piece, what is kept and gone `old`.

    But for white space, which counts for nothing: it is kept, as it stands in `new`.
    """
    found: list[Change] = []
    before = after = 0
    for kept in (*align(old, new), Kept(len(old), len(old), len(new), len(new))):
        found += _told(old[before : kept.old], new[after : kept.new])
        found.append(Change(Fate.KEPT, new[kept.new : kept.new_end]))
        before, after = kept.old_end, kept.new_end
    return [change for change in found if change.text]


def _told(gone: str, added: str) -> list[Change]:
    """What took the place of what; the white space that both begin and end with is kept outside."""
    if not gone.strip() and not added.strip():
        return [Change(Fate.KEPT, added)]
    lead = _shared_space(gone, added)
    tail = _shared_space(gone[lead:][::-1], added[lead:][::-1])
    end, added_end = len(gone) - tail, len(added) - tail
    return [
        Change(Fate.KEPT, added[:lead]),
        Change(Fate.GONE, gone[lead:end]),
        Change(Fate.NEW, added[lead:added_end]),
        Change(Fate.KEPT, added[added_end:]),
    ]


def _shared_space(one: str, other: str) -> int:
    """How many signs of white space both texts begin with."""
    return sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1] and pair[0].isspace(), zip(one, other, strict=False))
    )


def align_words(old: Words, new: Words) -> list[Pair]:
    """Return which words of the new text are which of the old, in the order of both."""
    return _without_islands(old, new, sorted(_Comparison(old.words, new.words).pairs()))


def stretches(old: Words, new: Words, pairs: Iterable[Pair]) -> list[Kept]:
    """Return pairs of words as stretches of text; words between which both texts have the same are one stretch."""
    found: list[Kept] = []
    last: Pair | None = None
    for a, b in pairs:
        if last == (a - 1, b - 1):
            so_far = found[-1]
            gap, other = old.text[so_far.old_end : old.starts[a]], new.text[so_far.new_end : new.starts[b]]
            if gap == other:
                found[-1] = Kept(so_far.old, old.ends[a], so_far.new, new.ends[b])
                last = (a, b)
                continue
        found.append(Kept(old.starts[a], old.ends[a], new.starts[b], new.ends[b]))
        last = (a, b)
    return found


def moved_words(old: Words, new: Words, pairs: Iterable[Pair]) -> list[Pair]:
    """Return which words that `pairs` leaves over stand elsewhere in the new text: at least `MOVED_WORDS` in a row.

    Only rows that stand once in what is left over of either text count; nobody could tell which is which otherwise.
    """
    known = list(pairs)
    rest, other = _left(len(old), {a for a, _b in known}), _left(len(new), {b for _a, b in known})
    here = _once(old.words, rest, MOVED_WORDS)
    there = _once(new.words, other, MOVED_WORDS)
    found: dict[int, int] = {}
    taken: set[int] = set()
    free_old, free_new = {a for one in rest for a in one}, {b for one in other for b in one}
    for row, a in here.items():
        b = there.get(row)
        if b is None or a in found or b in taken:
            continue
        for x, y in _widened(old.words, new.words, a, b, free_old, free_new):
            if x not in found and y not in taken:
                found[x] = y
                taken.add(y)
    return sorted(found.items())


def _widened(
    old: Sequence[str], new: Sequence[str], a: int, b: int, free_old: set[int], free_new: set[int]
) -> Iterator[Pair]:
    x, y = a, b
    while x - 1 in free_old and y - 1 in free_new and old[x - 1] == new[y - 1]:
        x, y = x - 1, y - 1
    while x in free_old and y in free_new and old[x] == new[y]:
        yield x, y
        x, y = x + 1, y + 1


def _left(length: int, taken: set[int]) -> list[range]:
    """The rows of numbers below `length` that are not taken."""
    ends = [-1, *sorted(taken), length]
    return [range(a + 1, b) for a, b in pairwise(ends) if b - a > 1]


def _once(words: Sequence[str], rows: Iterable[range], length: int) -> dict[tuple[str, ...], int]:
    """The shingles of so many words that stand once in `rows`, and where."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        for at in range(row.start, row.stop - length + 1):
            shingle = tuple(words[at : at + length])
            seen[shingle] = -1 if shingle in seen else at
    return {shingle: at for shingle, at in seen.items() if at >= 0}


class _Comparison:
    """One comparison of two rows of words."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self._old, self._new = old, new
        self._left_to_look = PATIENCE * (len(old) + len(new)) + EXACT_PAIRS

    def pairs(self) -> list[Pair]:
        found: list[Pair] = []
        gaps = [_Gap(0, len(self._old), 0, len(self._new))]
        while gaps:
            gap = self._trimmed(gaps.pop(), found)
            if gap.old == gap.old_end or gap.new == gap.new_end:
                continue
            if (gap.old_end - gap.old) * (gap.new_end - gap.new) <= EXACT_PAIRS:
                found.extend(_exact(self._old, self._new, gap))
            else:
                gaps.extend(self._split(gap, found))
        return found

    def _trimmed(self, gap: _Gap, found: list[Pair]) -> _Gap:
        """Take what both sides begin and end with."""
        a, a_end, b, b_end = gap.old, gap.old_end, gap.new, gap.new_end
        while a < a_end and b < b_end and self._old[a] == self._new[b]:
            found.append((a, b))
            a, b = a + 1, b + 1
        while a < a_end and b < b_end and self._old[a_end - 1] == self._new[b_end - 1]:
            a_end, b_end = a_end - 1, b_end - 1
            found.append((a_end, b_end))
        return _Gap(a, a_end, b, b_end)

    def _split(self, gap: _Gap, found: list[Pair]) -> Iterator[_Gap]:
        """Find what surely is the same in a large gap, and return the gaps between."""
        for length in SHINGLES:
            self._left_to_look -= gap.size
            if self._left_to_look < 0:
                return
            here = _once(self._old, [range(gap.old, gap.old_end)], length)
            there = _once(self._new, [range(gap.new, gap.new_end)], length)
            common = sorted((at, there[shingle]) for shingle, at in here.items() if shingle in there)
            chain = _longest_rising(common)
            if chain:
                yield from self._between(gap, chain, length, found)
                return

    def _between(self, gap: _Gap, chain: Sequence[Pair], length: int, found: list[Pair]) -> Iterator[_Gap]:
        a, b = gap.old, gap.new
        for at, other in chain:
            if at < a or other < b:  # within the shingle before
                skip = max(a - at, b - other)
                if skip >= length or (at + skip, other + skip) != (a, b):
                    continue
                at, other = a, b
                row = length - skip
            else:
                yield _Gap(a, at, b, other)
                row = length
            found.extend((at + step, other + step) for step in range(row))
            a, b = at + row, other + row
        yield _Gap(a, gap.old_end, b, gap.new_end)


def _longest_rising(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest row of pairs, sorted by their first, that rises in the second too."""
    tails: list[int] = []  # the smallest last number of a row of each length
    ends: list[int] = []  # where in `pairs` that row ends
    before: list[int] = []
    for at, (_a, b) in enumerate(pairs):
        place = bisect_left(tails, b)
        before.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(b)
            ends.append(at)
        else:
            tails[place], ends[place] = b, at
    row: list[Pair] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        row.append(pairs[at])
        at = before[at]
    return row[::-1]


def _exact(old: Sequence[str], new: Sequence[str], gap: _Gap) -> list[Pair]:
    """The pairs of a small gap that weigh most together, rows of them more than single ones."""
    height, width = gap.old_end - gap.old, gap.new_end - gap.new
    others = new[gap.new : gap.new_end]
    best = [[0.0] * (width + 1) for _ in range(height + 1)]
    paired = [[-1.0] * (width + 1) for _ in range(height + 1)]
    for x in range(1, height + 1):
        word = old[gap.old + x - 1]
        weight = weight_of(word)
        above, row, pairs_above, pairs = best[x - 1], best[x], paired[x - 1], paired[x]
        for y in range(1, width + 1):
            value = above[y] if above[y] >= row[y - 1] else row[y - 1]
            if others[y - 1] == word:
                pairs[y] = weight + max(above[y - 1], pairs_above[y - 1] + CONTIGUOUS if pairs_above[y - 1] >= 0 else 0)
                value = max(value, pairs[y])
            row[y] = value
    return _traced(best, paired, gap)


def _traced(best: list[list[float]], paired: list[list[float]], gap: _Gap) -> list[Pair]:
    found: list[Pair] = []
    x, y, follows = gap.old_end - gap.old, gap.new_end - gap.new, False
    while x and y:
        is_pair = paired[x][y] >= 0 and (follows or paired[x][y] == best[x][y])
        if is_pair:
            found.append((gap.old + x - 1, gap.new + y - 1))
            follows = paired[x - 1][y - 1] >= 0 and paired[x - 1][y - 1] + CONTIGUOUS >= best[x - 1][y - 1]
            x, y = x - 1, y - 1
        elif best[x - 1][y] >= best[x][y - 1]:
            x, follows = x - 1, False
        else:
            y, follows = y - 1, False
    return found


def _without_islands(old: Words, new: Words, pairs: Sequence[Pair]) -> list[Pair]:
    """Leave out short rows of pairs amid longer changes: an "and" that two sentences share joins nothing."""
    rows = _rows(pairs)
    for _round in range(ISLAND_ROUNDS):
        kept = [row for at, row in enumerate(rows) if not _is_island(old, new, rows, at)]
        if len(kept) == len(rows):
            break
        rows = _rows([pair for row in kept for pair in row])
    return [pair for row in rows for pair in row]


def _rows(pairs: Sequence[Pair]) -> list[list[Pair]]:
    rows: list[list[Pair]] = []
    for pair in pairs:
        if rows and rows[-1][-1] == (pair[0] - 1, pair[1] - 1):
            rows[-1].append(pair)
        else:
            rows.append([pair])
    return rows


def _is_island(old: Words, new: Words, rows: Sequence[Sequence[Pair]], at: int) -> bool:
    row = rows[at]
    weight = sum(old.weight(a) for a, _b in row)
    if weight > ISLAND:
        return False
    before = rows[at - 1][-1] if at else (-1, -1)
    behind = rows[at + 1][0] if at + 1 < len(rows) else (len(old), len(new))
    return weight <= _changed(old, new, before, row[0]) and weight <= _changed(old, new, row[-1], behind)


def _changed(old: Words, new: Words, before: Pair, behind: Pair) -> float:
    """The weight of what lies between two pairs, on the side that has more."""

    def weigh(words: Words, first: int, last: int) -> float:
        return sum(words.weight(at) for at in range(first + 1, min(last, first + 2 * ISLAND)))

    return max(weigh(old, before[0], behind[0]), weigh(new, before[1], behind[1]))
