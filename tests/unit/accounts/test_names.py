"""Public names: what is a name is kept as it is, what only pretends to be one is not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.accounts.names import NAME_LIMIT, clean_name
from broadsheet.kernel.refusal import Refusal
from tests.cost import counted

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
PERSIAN = "می\u200cخواهم"


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien",
        "Nguyễn Thị Ánh",
        "عليّ بن أبي طالب",
        "שָׁלוֹם",
        "Zoë <3",
        "李小龍",
        "Anne-Grete Ø.",
        FAMILY,
        PERSIAN,
        "Ⅻ & Sons",
        "x" * NAME_LIMIT,
    ],
)
def test_names_of_the_world_stay_as_they_are(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Gus \t\n Lind ", "Gus Lind"),
        ("Gus\u00a0\u2003Lind", "Gus Lind"),
        ("Gus\u2028Lind", "Gus Lind"),
        ("Zoe\u0308", "Zoë"),
        ("Gus\u202e dniL", "Gus dniL"),
        ("\u2066Gus\u2069", "Gus"),
        ("\u200fGus\u200e", "Gus"),
        ("G\u200bu\ufeffs\u2060", "Gus"),
        ("Gus\x00\x07\x1b[31m", "Gus[31m"),
        ("Gus\ud800", "Gus"),
        ("\u200dGus\u200c", "Gus"),
        ("Gus\r\nBcc: all@slipway.example", "Gus Bcc: all@slipway.example"),
        ("G" + "\u0336" * 300 + "us", "G" + "\u0336" * 4 + "us"),
    ],
)
def test_what_hides_or_directs_other_text_is_taken_out(typed: str, name: str) -> None:
    assert clean_name(typed) == name


@pytest.mark.parametrize(
    "typed", ["", "   ", "\t\n", "\u200b", "\u200d\u200c", "\u202e", "\u3164", "\u2800\u2800", "\u0301"]
)
def test_a_name_shows(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        clean_name(typed)
    assert (refused.value.code, refused.value.field, refused.value.status) == ("name-missing", "name", 422)


def test_a_name_that_is_too_long_says_how_long_it_may_be() -> None:
    with pytest.raises(Refusal) as refused:
        clean_name("x" * (NAME_LIMIT + 1))
    assert refused.value.code == "name-too-long"
    assert "60" in str(refused.value.sentence)


@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing(typed: str) -> None:
    try:
        name = clean_name(typed)
    except Refusal:
        return
    assert clean_name(name) == name
    assert 0 < len(name) <= NAME_LIMIT
    assert name.encode()
    assert not set(name) & set("\0\n\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_a_book_sent_as_a_name_is_refused_at_once() -> None:
    for text in ("x" * 1_000_000, "\u0336" * 1_000_000, "\u200d" * 1_000_000, " \u202e" * 500_000):
        with pytest.raises(Refusal):
            clean_name(text)


@pytest.mark.parametrize("name", ["\u0315" * 300_000 + "\u0316" * 300_000, "a" * 4_000_000, "\u200b" * 4_000_000])
def test_a_name_as_long_as_a_book_is_refused_at_once(name: str) -> None:
    """Composing a tower of marks takes time with the square of its height."""
    with counted() as cost, pytest.raises(Refusal) as caught:
        clean_name(name)
    assert caught.value.code == "name-too-long"
    assert cost.cpu < 1
