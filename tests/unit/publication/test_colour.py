"""An editor picks one colour; it must be readable, and the others follow from it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.publication import colour

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


# The table of the design, computed there by other means.
@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#15212b", "#f3f5f1", 14.90),
        ("#e6eae4", "#11181d", 14.72),
        ("#b12a18", "#f3f5f1", 5.96),
        ("#ff8f75", "#1a232a", 7.16),
        ("#b12a18", "#f7ddd3", 5.05),
        ("#ffffff", "#000000", 21.0),
    ],
)
def test_contrast_is_what_the_design_computed(one: str, other: str, ratio: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.006)
    assert colour.contrast(other, one) == colour.contrast(one, other)


def test_the_designs_own_accent_is_readable_and_keeps_its_own_shades() -> None:
    palette = colour.palette_of(colour.DEFAULT_ACCENT)

    assert colour.is_readable(colour.DEFAULT_ACCENT, "light")
    assert colour.is_readable(colour.DEFAULT_ACCENT_DARK, "dark")
    assert palette.light == colour.Spot("#b12a18", "#ffffff", "#f7ddd3")
    assert palette.dark == colour.Spot("#ff8f75", "#1b0e0a", "#4a2a22")


@pytest.mark.parametrize("unreadable", ["#ffdd00", "#ffffff", "#c0c0c0", "#f3f5f1", "#7fbf7f"])
def test_a_colour_too_pale_for_paper_is_told_from_one_that_can_be_read(unreadable: str) -> None:
    assert not colour.is_readable(unreadable, "light")
    assert colour.is_readable(colour.nearest_readable(unreadable, "light"), "light")


@given(COLOURS)
def test_every_colour_has_a_readable_neighbour_in_light_and_dark(accent: str) -> None:
    palette = colour.palette_of(colour.nearest_readable(accent, "light"))

    for spot, mode in ((palette.light, "light"), (palette.dark, "dark")):
        assert colour.is_readable(spot.accent, mode)
        for one, other in (
            (spot.accent, colour.PAPER[mode]),
            (spot.accent, colour.SHEET[mode]),
            (spot.on_accent, spot.accent),
            (colour.INK[mode], spot.wash),
            (spot.accent, spot.wash),
        ):
            assert colour.contrast(one, other) >= 4.5


@pytest.mark.parametrize("text", ["", "red", "#fff", "#GGGGGG", "#b12a18;}", "b12a18", "#b12a18\n", "#１２３４５６"])
def test_only_six_digits_are_a_colour(text: str) -> None:
    assert not colour.is_colour(text)


def test_the_stylesheet_holds_nothing_but_colours() -> None:
    css = colour.stylesheet(colour.palette_of("#0b5d3b"))

    assert "--accent: #0b5d3b;" in css
    assert re.findall(r"--([a-z-]+): light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\);", css) == ["accent", "on-accent", "wash"]
