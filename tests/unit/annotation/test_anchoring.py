"""Where selected words stand: as the browser tells them, for one place clearly or not at all."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.annotation.anchoring import CONTEXT, Selection, find_selection
from broadsheet.kernel.refusal import Refusal

TEXT = (
    "The ferry\u00a0office is one room. It waits, and it waits for a boy with a cello.\n\nIt waits. "
    "Åse said “n\u00ado” and 👩‍👧 waved; the ferry office was closed."
)
BLOCKS = {"a": "Before it.", "b": TEXT, "c": "After it. It waits."}


def found(exact: str, prefix: str = "", suffix: str = "", start: int | None = None, block: str = "b") -> str:
    placed = find_selection(BLOCKS, Selection(block, exact, prefix, suffix, start))
    return BLOCKS[placed.block_id][placed.start : placed.end]


@pytest.mark.parametrize(
    ("exact", "stands"),
    [
        ("one room", "one room"),
        ("  one\n\n room. ", "one room."),
        ("THE FERRY OFFICE IS", "The ferry\u00a0office is"),
        ("cello. It waits.", "cello.\n\nIt waits."),
        ("Åse said “no” and", "Åse said “n\u00ado” and"),
        (unicodedata.normalize("NFD", "Åse said"), "Åse said"),
        ("and 👩‍👧 waved", "and 👩‍👧 waved"),
        ("and 👩👧 waved", "and 👩‍👧 waved"),
    ],
)
def test_the_browser_may_show_it_otherwise(exact: str, stands: str) -> None:
    assert found(exact) == stands


def test_of_several_places_the_surroundings_tell() -> None:
    def at(prefix: str = "", suffix: str = "", start: int | None = None) -> int:
        return find_selection(BLOCKS, Selection("b", "it waits", prefix, suffix, start)).start

    places = [TEXT.index("It waits,"), TEXT.index("it waits for"), TEXT.index("It waits.")]
    assert at(suffix=", and it") == places[0]
    assert at(prefix="room. ") == places[0]
    assert at(prefix="waits, and ", suffix=" for a boy") == places[1]
    assert at(suffix=". Åse") == places[2]
    assert [at(start=place) for place in places] == places
    assert at(start=places[1] + 4) == places[1]


@pytest.mark.parametrize(
    ("selection", "code"),
    [
        (Selection("b", "it waits"), "selection-unclear"),
        (Selection("b", "it waits", start=37), "selection-unclear"),
        (Selection("", "it waits"), "selection-unclear"),
        (Selection("b", "Before it"), "selection-gone"),
        (Selection("x", "one room"), "selection-gone"),
        (Selection("b", "closed. After"), "selection-across-blocks"),
        (Selection("b", "one room", end_block_id="c"), "selection-across-blocks"),
        (Selection("b", "A"), "selection-unclear"),
        (Selection("b", "\ud800"), "selection-empty"),
        (Selection("b", "...", "." * 10**6, "." * 10**6, 10**30), "selection-gone"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused(selection: Selection, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        find_selection(BLOCKS, selection)
    assert refused.value.code == code
    assert str(refused.value.sentence)


def test_half_a_letter_is_none() -> None:
    """An E that is not in the text stands, decomposed, in every É."""
    with pytest.raises(Refusal, match="selection-gone"):
        find_selection({"b": "café"}, Selection("b", "cafe"))


@given(
    text=st.text(alphabet="ab É\u0301\u00a0\n\u200d\U0001f6a2.", min_size=1, max_size=60),
    data=st.data(),
)
def test_words_that_are_selected_with_what_stands_around_are_found_there(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    exact = text[start:end]
    try:
        placed = find_selection({"b": text}, Selection("b", exact, text[:start], text[end:], start))
    except Refusal:  # nothing to be seen is selected, half a letter, or one of several that are alike
        return
    words = text[placed.start : placed.end]
    assert words == words.strip() != ""
    assert folded(words) == folded(exact)


def folded(words: str) -> str:
    decomposed = unicodedata.normalize("NFD", words.casefold())
    return " ".join("".join(one for one in decomposed if unicodedata.category(one) != "Cf").split())


def test_a_hundred_thousand_characters_are_searched_quickly() -> None:
    text = "It waits, and it waits for a boy. " * 3_000
    with pytest.raises(Refusal, match="selection-unclear"):
        find_selection({"b": text}, Selection("b", "it waits", "x" * CONTEXT, "y" * CONTEXT))
    placed = find_selection({"b": f"{text}Once. {text}"}, Selection("b", "Once"))
    assert placed.start == len(text)
