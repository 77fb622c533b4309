"""What two texts share: found in order, never invented, in linear time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.kernel.alignment import Fate, Kept, Words, align, align_words, changes, moved_words
from tests.cost import least

WORDS = ["the", "ferry", "waits", "four", "minutes", "late", "and", "quay", "hill", "Åse", "船", "1987", "?", "“no”"]
texts = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
little = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
wild = st.text(max_size=200)


def shared(old: str, new: str) -> list[str]:
    return [old[kept.old : kept.old_end] for kept in align(old, new)]


@given(old=texts | wild, new=texts | wild)
def test_what_is_shared_stands_in_both_in_order(old: str, new: str) -> None:
    last = Kept(0, 0, 0, 0)
    for kept in align(old, new):
        assert old[kept.old : kept.old_end] == new[kept.new : kept.new_end] != ""
        assert kept.old >= last.old_end
        assert kept.new >= last.new_end
        last = kept


@given(text=texts | wild)
def test_a_text_shares_all_words_with_itself(text: str) -> None:
    words = Words.of(text)
    assert align_words(words, words) == [(at, at) for at in range(len(words))]


@given(text=texts, added=texts, at=st.integers(0, 60))
def test_what_is_added_takes_nothing_away(text: str, added: str, at: int) -> None:
    words = text.split()
    new = " ".join([*words[:at], *added.split(), *words[at:]])
    pairs = align_words(Words.of(text), Words.of(new))
    assert len(pairs) == len(Words.of(text))


@given(old=little, new=little)
def test_it_is_found_again_whatever_stands_around(old: str, new: str) -> None:
    # What changes places with it counts less: of more, it would be the middle that is said to have moved.
    middle = "Ingrid placed her desk so that she could see both windows"
    assert any(middle in stretch for stretch in shared(f"{old} {middle} {new}", f"{new} {middle} {old}"))


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("", "", []),
        ("one two", "", []),
        ("He came and he went.", "She sat and they sang.", ["."]),
        ("the year 1978 was cold", "the year 1987 was cold", ["the year", "was cold"]),
        ("It came back.", "Slowly it came back.", ["came back."]),
        ("一艘船在等", "一艘大船在等", ["一艘", "船在等"]),
    ],
)
def test_words_are_compared_and_not_letters(old: str, new: str, kept: list[str]) -> None:
    assert shared(old, new) == kept


def test_a_word_that_long_changes_share_joins_nothing() -> None:
    old = "The boat left at nine and nobody aboard had seen the boy who ran."
    new = "Years later we asked her about it and received an answer of two words only."
    assert shared(old, new) == ["."]


def test_what_changed_places_is_found_once_in_what_is_left() -> None:
    one, two = "She placed her desk so that she could see both.", "The timetable never knew what she had written."
    old, new = Words.of(f"{one} {two}"), Words.of(f"{two} {one}")
    pairs = align_words(old, new)
    moved = moved_words(old, new, pairs)
    assert len(pairs) + len(moved) >= len(old) - 1  # of the full stops one may be either
    assert all(old.words[a] == new.words[b] for a, b in [*pairs, *moved])


def test_of_twins_none_is_taken_for_moved() -> None:
    twin = "so that she could see both"
    old, new = Words.of(f"a {twin} b"), Words.of(f"{twin} c d e f g h {twin}")
    assert moved_words(old, new, []) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ""),
        ("", "New.", "+New."),
        ("Gone.", "", "-Gone."),
        ("The fery is late.", "The ferry is late.", "=The|= |-fery|+ferry|= |=is late."),
        ("The very late boat", "The late boat", "=The|= |-very |=late boat"),
        ("One two", "One\n\ntwo", "=One|=\n\n|=two"),
        ("Late again?", "Again late?", "-Late again|+Again late|=?"),
    ],
)
def test_what_became_of_a_text_is_told_in_pieces(old: str, new: str, told: str) -> None:
    signs = {Fate.KEPT: "=", Fate.GONE: "-", Fate.NEW: "+"}
    assert "|".join(f"{signs[change.fate]}{change.text}" for change in changes(old, new)) == told


@given(st.text("ab \n.", max_size=40), st.text("ab \n.", max_size=40))
def test_the_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = changes(old, new)
    assert "".join(piece.text for piece in pieces if piece.fate is not Fate.GONE) == new
    earlier = "".join(piece.text for piece in pieces if piece.fate is not Fate.NEW)
    assert earlier.split() == old.split() or "".join(earlier.split()) == "".join(old.split())


@pytest.mark.parametrize("kind", ["alike", "one word", "two words", "others", "backwards", "shuffled", "signs"])
def test_time_grows_with_the_length_and_no_faster(kind: str) -> None:
    """Whatever the text is made of: four times as long takes nowhere near sixteen times as long."""
    chance = random.Random(7)  # noqa: S311

    def pair(length: int) -> tuple[str, str]:
        some = [str(chance.randrange(length)) for _ in range(length)]
        match kind:
            case "alike":
                return " ".join(some), " ".join(word if chance.random() < 0.9 else "x" for word in some)
            case "one word":
                return "a " * length, "a " * (length - length // 7) + "b"
            case "two words":
                return " ".join(chance.choices("ab", k=length)), " ".join(chance.choices("ab", k=length))
            case "others":
                return " ".join(some), " ".join(f"x{word}" for word in some)
            case "backwards":
                return " ".join(map(str, range(length))), " ".join(map(str, range(length, 0, -1)))
            case "shuffled":
                return " ".join(some), " ".join(chance.sample(some, length))
            case _:
                return "(" * length, ")" * length

    small, large = pair(5_000), pair(20_000)
    assert least(lambda: align(*large)) < 12 * least(lambda: align(*small))
