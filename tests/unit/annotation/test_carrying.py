"""Where a passage stands in a changed text: on its words, or nowhere; what changed more is never surer."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.annotation.anchoring import digest_of
from broadsheet.annotation.carrying import Carrying
from tests.cost import counted

SENTENCES = [
    "The ferry office in Ternholm is one room with two windows.",
    "Through the first you see the quay, through the second the hill that everyone comes down late.",
    "Ingrid Solvang placed her desk so that she could see both.",
    "For three decades that was the whole of the transport policy.",
    "She retired in January and moved her chair to the other side.",
    "The timetable is kept by a system in another county, and it is very good.",
    "It has not been wrong once, which nobody finds strange.",
    "There was a boy with a cello at the top of the hill.",
]
WORDS = ["ferry", "quay", "hill", "desk", "window", "boy", "cello", "late", "early", "tide", "rope", "bell", "lamp"]


def carried(old: str, new: str, words: str) -> str | None:
    """The words where a passage of `old` stands in `new`, of one block each."""
    start = old.index(words)
    placed = Carrying({"b": old}, {"b": new}).place("b", start, start + len(words))
    return new[placed.start : placed.end] if placed else None


@pytest.mark.parametrize(
    ("old", "new", "words", "stands"),
    [
        ("There are 412 reasons since 1978, and more.", "There are 412 reasons since 1987, and more.",
         "reasons since 1978", "reasons since 1987"),
        ("She could see both windows from there.", "She could always see both windows from there.",
         "could see both", "could always see both"),
        ("He said yes. They laughed.", "He said yes, slowly. They laughed.", "said yes", "said yes"),
        ("It came back four metres for a cello, and no one said a word.",
         "It came back five metres for a cello, and no one said anything.",
         "came back four metres for a cello", "came back five metres for a cello"),
        ("一艘船在码头等了四分钟", "那一艘船在码头等了四分钟。", "码头等了", "码头等了"),
        ("She could see both. It waits there for the others.", "It waits there for the others.", "see both", None),
    ],
)  # fmt: skip
def test_edits_of_a_sentence(old: str, new: str, words: str, stands: str | None) -> None:
    assert carried(old, new, words) == stands


def test_half_words_stay_half_words() -> None:
    assert carried("The timetables are kept here.", "Well, the timetables are kept here.", "table") == "table"


@given(st.permutations(SENTENCES), st.permutations(SENTENCES), st.data())
def test_a_sentence_is_found_wherever_it_was_moved(before: list[str], after: list[str], data: st.DataObject) -> None:
    sentence = data.draw(st.sampled_from(SENTENCES))
    found = carried(" ".join(before), " ".join(after), sentence)
    assert found in (sentence, None)
    assert carried("\n\n".join(before), "\n\n".join(before[::-1]), sentence) == sentence


@given(st.permutations(SENTENCES), st.data())
def test_a_sentence_that_is_deleted_is_found_nowhere(order: list[str], data: st.DataObject) -> None:
    sentence = data.draw(st.sampled_from(order))
    rest = [one for one in order if one != sentence]
    assert carried(" ".join(order), " ".join(rest), sentence) is None


@given(st.lists(st.sampled_from(WORDS), min_size=3, max_size=40), st.data())
def test_a_twin_never_takes_the_place_of_what_was_deleted(words: list[str], data: st.DataObject) -> None:
    """Both stand in the old text, one of them in the new: the other one is an orphan, the first one stays."""
    passage = "so that she could see both of them"
    before, behind = " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])
    blocks = {"one": f"{before} {passage} {behind}", "two": f"It was said {passage}."}
    start = len(before) + 1
    gone = Carrying(blocks, blocks | {"one": f"{before} {behind}"})
    assert gone.place("one", start, start + len(passage)) is None
    kept = gone.place("two", 12, 12 + len(passage))
    assert kept is not None
    assert (kept.block_id, kept.start) == ("two", 12)


@given(
    old=st.lists(st.sampled_from([*WORDS, ".", "\n\n"]), min_size=1, max_size=50).map(" ".join),
    new=st.lists(st.sampled_from([*WORDS, ".", "\n\n"]), max_size=50).map(" ".join),
    data=st.data(),
)
def test_a_place_is_always_words_of_the_new_text(old: str, new: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    for blocks in ({"b": new}, {"x": new}, {"x": "more", "b": new}):
        placed = Carrying({"b": old, "other": "more"}, blocks).place("b", start, end)
        if placed:
            words = blocks[placed.block_id][placed.start : placed.end]
            assert words == words.strip() != ""
            assert placed.digest == digest_of(blocks[placed.block_id])


@given(st.integers(0, 12))
def test_the_more_is_changed_the_less_it_is_sure(changed: int) -> None:
    """Once so much is changed that it is an orphan, changing more does not bring it back."""
    words = [f"word{number}" for number in range(12)]

    def new(number: int) -> str:
        return " ".join(["Ashore.", *(f"other{at}" if at < number else word for at, word in enumerate(words)), "Aft."])

    old = " ".join(["Before.", *words, "Behind."])
    fewer, more = carried(old, new(changed), " ".join(words)), carried(old, new(12), " ".join(words))
    assert more is None
    assert carried(old, new(0), " ".join(words)) == " ".join(words)
    if fewer is None and changed < 12:
        assert carried(old, new(changed + 1), " ".join(words)) is None


def test_blocks_with_new_ids_are_recognised_by_their_words() -> None:
    old = {str(at): sentence for at, sentence in enumerate(SENTENCES)}
    new = {f"new-{at}": sentence.replace("hill", "slope") for at, sentence in enumerate(SENTENCES)}
    carrying = Carrying(old, new)
    for at, sentence in enumerate(SENTENCES):
        placed = carrying.place(str(at), 0, len(sentence))
        assert placed is not None
        assert (placed.block_id, placed.start, placed.end) == (f"new-{at}", 0, len(new[f"new-{at}"]))


def test_two_blocks_become_one() -> None:
    old = {"a": SENTENCES[0], "b": SENTENCES[2]}
    placed = Carrying(old, {"a": f"{SENTENCES[0]}\n\n{SENTENCES[2]}"}).place("b", 0, 14)
    assert placed is not None
    assert (placed.block_id, placed.start, placed.end) == ("a", len(SENTENCES[0]) + 2, len(SENTENCES[0]) + 16)


def test_a_long_text_takes_a_second_and_each_passage_nothing() -> None:
    chance = random.Random(7)  # noqa: S311
    words = [chance.choice(WORDS) + str(chance.randrange(500)) for _ in range(14_000)]
    old = " ".join(words)
    new = " ".join(word if chance.random() < 0.95 else "new" for word in words)
    assert len(old) > 100_000
    with counted() as cost:
        carrying = Carrying({"b": old}, {"b": new})
        places = [carrying.place("b", at, at + 80) for at in range(0, len(old) - 80, 1_000)]
    assert cost.cpu < 5
    assert sum(place is not None for place in places) > 0.95 * len(places)
