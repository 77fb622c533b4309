"""The tide staff: every figure at its true place, none over another, in both directions."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from broadsheet.funding.staff import LARGER, MARK, NARROWEST, Figure, Staff, staff_of, width_of
from broadsheet.kernel.money import figures

MILESTONES = some.lists(some.integers(1, 10**10), min_size=1, max_size=12, unique=True).map(sorted)
LANGUAGE = {False: "en", True: "ar"}


def staff(raised: int, milestones: list[int], *, is_rtl: bool = False) -> Staff:
    """Return the staff in euros, as the campaign's books would have it: what the sum has passed is reached."""
    reached = [one for one in milestones if one <= raised]
    write = partial(figures, currency="EUR", language=LANGUAGE[is_rtl])
    return staff_of(raised, milestones, reached, write, is_rtl=is_rtl)


def at(figure: Figure) -> float:
    """Return where a figure stands, in percent from the left."""
    return float(figure.x.removesuffix("%"))


def width(figure: Figure) -> float:
    """Return how wide a figure may get, with its tick."""
    return width_of(figure.text) + (MARK if figure.is_reached else 0)


def box(figure: Figure, width: float, *, is_rtl: bool) -> tuple[float, float]:
    """Return from where to where a figure reaches on the narrowest bar, from the left."""
    x = at(figure) * NARROWEST / 100 + figure.dx
    to_the_right = (figure.anchor == "start") != is_rtl
    if figure.anchor == "middle":
        return x - width / 2, x + width / 2
    return (x, x + width) if to_the_right else (x - width, x)


@given(some.integers(0, 10**11), MILESTONES, some.booleans())
def test_everything_stands_at_its_true_place(raised: int, milestones: list[int], is_rtl: bool) -> None:
    drawn = staff(raised, milestones, is_rtl=is_rtl)
    assert drawn.top == max(raised, milestones[-1])
    for value, figure in [*zip([0, *milestones], drawn.figures, strict=True), (raised, drawn.sum)]:
        true = 100 * value / drawn.top
        assert at(figure) == pytest.approx(100 - true if is_rtl else true, abs=0.0006)
        assert figure.text == figures(value, "EUR", LANGUAGE[is_rtl])


@given(some.integers(0, 10**11), MILESTONES, some.booleans())
def test_no_two_figures_touch(raised: int, milestones: list[int], is_rtl: bool) -> None:
    rows: dict[int, list[tuple[float, float]]] = {}
    for figure in staff(raised, milestones, is_rtl=is_rtl).figures:
        rows.setdefault(figure.y, []).append(box(figure, width(figure), is_rtl=is_rtl))
    for boxes in rows.values():
        boxes.sort()
        assert all(before[1] < after[0] for before, after in itertools.pairwise(boxes))
        assert boxes[0][0] >= -0.01
        assert boxes[-1][1] <= NARROWEST + 0.01


@given(some.integers(0, 10**11), MILESTONES)
@example(225, [1_000_000])
def test_right_to_left_is_a_mirror(raised: int, milestones: list[int]) -> None:
    write = partial(figures, currency="EUR", language="en")
    left, right = (staff_of(raised, milestones, [], write, is_rtl=is_rtl) for is_rtl in (False, True))
    for one, other in zip([*left.figures, left.sum], [*right.figures, right.sum], strict=True):
        assert at(one) + at(other) == pytest.approx(100, abs=0.0011)  # both are written to a thousandth
        assert (one.anchor, one.y, one.line, one.dx) == (other.anchor, other.y, other.line, -other.dx)


@given(some.integers(0, 10**9), some.integers(1, 10**9))
def test_the_sum_stays_on_the_page(raised: int, goal: int) -> None:
    drawn = staff(raised, [goal])
    left, right = box(drawn.sum, width_of(drawn.sum.text) * LARGER, is_rtl=False)
    assert left >= -0.01
    assert right <= NARROWEST + 0.01


def test_the_bar_of_the_design() -> None:
    """0, 2,500 and 5,000 in one row below, 3,048 above at 60.96 %."""
    drawn = staff(304_800, [250_000, 500_000])
    assert [(one.text, one.x, one.anchor) for one in drawn.figures] == [
        ("0", "0%", "start"), ("2,500", "50%", "middle"), ("5,000", "100%", "end"),
    ]  # fmt: skip
    assert (drawn.sum.text, drawn.sum.x, drawn.sum.anchor) == ("3,048", "60.96%", "end")
    assert drawn.height == 24
    assert [one.is_reached for one in drawn.figures] == [False, True, False]


def test_past_the_goal_the_scale_grows() -> None:
    drawn = staff(1_000_000, [250_000, 500_000])
    assert [one.x for one in drawn.figures] == ["0%", "25%", "50%"]
    assert drawn.sum.x == "100%"


def test_few_milestones_far_apart_keep_to_one_row() -> None:
    assert {one.y for one in staff(0, [100_000, 200_000, 300_000]).figures} == {20}


def test_neighbours_get_rows_of_their_own() -> None:
    drawn = staff(0, [490_000, 500_000])
    assert len({one.y for one in drawn.figures}) == 2
    assert drawn.height > 24
