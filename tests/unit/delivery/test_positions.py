"""Positions: a word that one gives back; what is not of our making says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.delivery.positions import TOPIC, read, written

topics = st.from_regex(TOPIC, fullmatch=True)
versions = st.integers(min_value=0, max_value=10**18 - 1)


@given(st.dictionaries(topics, versions, max_size=8))
def test_what_was_written_is_read(places: dict[str, int]) -> None:
    assert read(written(places.items())) == places


@given(st.text())
def test_anything_can_be_read(word: str) -> None:
    assert all(TOPIC.fullmatch(topic) and version >= 0 for topic, version in read(word).items())


@pytest.mark.parametrize(
    "word",
    [
        "", "17", "thread:12", "thread:12=", "thread:12=-1", "thread:12=1_0", "thread:12=１", "thread:12=01", "=3",
        "thread:12=1e3", "thread:12=9999999999999999999", "THREAD:12=3", "thread:12=3\n", "thread:12 =3", "x" * 5_000,
        "thread:12=3," * 200,
    ],
)  # fmt: skip
def test_what_nobody_wrote_says_nothing(word: str) -> None:
    assert read(word) == {}


def test_what_is_right_in_it_counts() -> None:
    assert read("thread:12=3,nonsense,campaign:3=7") == {"thread:12": 3, "campaign:3": 7}
