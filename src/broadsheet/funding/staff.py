"""Where everything stands on the tide staff: the bar of a campaign with its figures. Values in, values out.

Positions are fractions of the bar, so they hold at any width. That no two figures touch is decided for the narrowest
bar there is; a wider one only moves them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# CSS pixels: the bar in a window of 320, the figures at --t-xs, the sum raised at --t-s.
NARROWEST = 288.0
DIGIT, SIGN, MARK = 8.6, 5.6, 15.0  # widths of a digit, of what parts them, of the tick before what is reached
LARGER = 1.16
FOOT, ROW, BELOW = 20, 18, 4  # from the bar to the first row's foot, from row to row, from the last one to what follows
ABOVE = 13  # from the end of a line to the foot of its figure
GAP = 8.0  # between two figures
ASIDE = 6  # the sum raised stands beside its line

Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """A sum at its place: `x` as SVG wants it, `anchor` in reading direction, `line` the end of its line, or 0."""

    text: str
    x: str
    anchor: str
    y: int = 0
    line: int = 0
    dx: int = 0
    is_reached: bool = False


@dataclass(frozen=True)
class Staff:
    """The bar from zero to `top` (minor units), filled to `raised`; its figures below, the sum raised above."""

    raised: int
    top: int
    figures: Sequence[Figure]
    sum: Figure
    height: int


@dataclass(frozen=True)
class _Place:
    at: float  # of the line, in pixels of the narrowest bar
    row: int
    anchor: str
    words: Interval


def staff_of(
    raised: int, milestones: Sequence[int], reached: Sequence[int], write: Callable[[int], str], *, is_rtl: bool
) -> Staff:
    """Return the staff of a campaign; `write` turns a sum into the reader's figures. Past the goal the scale grows."""
    top = max(raised, *milestones)
    sums = [0, *sorted(milestones)]
    widths = [width_of(write(one)) + (MARK if one in reached else 0) for one in sums]
    places = _places([one / top for one in sums], widths)
    figures = [
        _figure(write(one), one / top, place, is_rtl=is_rtl, is_reached=one in reached)
        for one, place in zip(sums, places, strict=True)
    ]
    height = FOOT + ROW * max(place.row for place in places) + BELOW
    return Staff(raised, top, figures, _sum(write(raised), raised / top, is_rtl=is_rtl), height)


def width_of(text: str) -> float:
    """Return how many pixels a figure takes at most."""
    return sum(DIGIT if character.isalnum() else SIGN for character in text)


def _figure(text: str, at: float, place: _Place, *, is_rtl: bool, is_reached: bool) -> Figure:
    foot = FOOT + ROW * place.row
    # At its ends the bar has an edge; there a line is only needed down to a lower row.
    line = foot - ABOVE if place.row > 0 or 0 < at < 1 else 0
    return Figure(text, _x(at, is_rtl=is_rtl), place.anchor, foot, line, is_reached=is_reached)


def _sum(text: str, at: float, *, is_rtl: bool) -> Figure:
    """Return the sum raised: before its line, or behind it where there is no room before."""
    has_room = at * NARROWEST - ASIDE >= width_of(text) * LARGER
    anchor = "end" if has_room or at > 0.5 else "start"
    dx = -ASIDE if (anchor == "end") != is_rtl else ASIDE
    return Figure(text, _x(at, is_rtl=is_rtl), anchor, dx=dx)


def _x(at: float, *, is_rtl: bool) -> str:
    percent = 100 * (1 - at if is_rtl else at)
    return f"{percent:.3f}".rstrip("0").rstrip(".") + "%"


def _places(positions: Sequence[float], widths: Sequence[float]) -> list[_Place]:
    """Find a place for every figure, from the middle outwards: so neighbours come to stand like stairs."""
    pixels = [position * NARROWEST for position in positions]
    taken: dict[int, _Place] = {}
    for one in sorted(range(len(pixels)), key=lambda one: (abs(positions[one] - 0.5), one)):
        taken[one] = _place(pixels[one], widths[one], list(taken.values()), pixels)
    return [taken[one] for one in range(len(pixels))]


def _place(at: float, width: float, taken: Sequence[_Place], pixels: Sequence[float]) -> _Place:
    """Return the first place that is free and that no line crosses; else one that a line passes behind."""
    rows = range(len(taken) + 1)  # one more than there are neighbours: in the last one there is room
    options = [_Place(at, row, anchor, words) for row in rows for anchor, words in _words(at, width, pixels)]
    free = [option for option in options if not any(_touch(option, other) for other in taken)]
    clear = (option for option in free if not any(_cross(option, other) for other in taken))
    return next(clear, free[0])


def _words(at: float, width: float, pixels: Sequence[float]) -> list[tuple[str, Interval]]:
    """Return the ways to stand at a line, the best first: below it, where it is the only line; else towards the middle.

    None of them reaches over the bar's ends.
    """
    below = ("middle", (at - width / 2, at + width / 2))
    before, behind = ("end", (at - width, at)), ("start", (at, at + width))
    beside = [behind, before] if at < NARROWEST / 2 else [before, behind]
    is_alone = not any(below[1][0] < other < below[1][1] for other in pixels if other != at)
    ways = [below, *beside] if is_alone else beside
    return [way for way in ways if way[1][0] >= 0 and way[1][1] <= NARROWEST] or beside[:1]


def _touch(one: _Place, other: _Place) -> bool:
    return one.row == other.row and one.words[0] < other.words[1] + GAP and other.words[0] < one.words[1] + GAP


def _cross(one: _Place, other: _Place) -> bool:
    """Whether the line of the lower one of two passes the words of the upper one."""
    upper, lower = sorted((one, other), key=lambda place: place.row)
    return upper.row < lower.row and upper.words[0] < lower.at < upper.words[1]
