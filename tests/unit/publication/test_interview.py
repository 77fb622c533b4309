"""A pasted interview becomes exchanges, and nothing that was pasted is dropped."""

import itertools
import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broadsheet.publication.interview import (
    Exchange,
    Interview,
    Turn,
    alternation,
    merge,
    name_voices,
    pair,
    parse_turns,
    split,
    swap,
    swap_from,
    turns_of,
    unpair,
)
from tests.cost import least

INTERVIEWS = Path(__file__).parent / "interviews"
DASHES = "-‐‑‒–—―−﹘﹣－"
COLONS = ":﹕："


def exchanges(text: str) -> list[Exchange]:
    return parse_turns(text).exchanges


def spoken(text: str) -> list[tuple[str, list[str]]]:
    return [(turn.speaker, turn.paragraphs) for turn in turns_of(text)[1]]


# Whole texts, as people paste them.


def outcome(interview: Interview) -> str:
    rows = [f"intro   | {paragraph}" for paragraph in interview.introduction]
    for exchange in interview.exchanges:
        rows.append("")
        if exchange.question or exchange.asked_by:
            rows += [f"asks    | {exchange.asked_by} | {paragraph}" for paragraph in exchange.question or [""]]
        if exchange.answer or exchange.answered_by:
            rows += [f"answers | {exchange.answered_by} | {paragraph}" for paragraph in exchange.answer or [""]]
    return "\n".join(row.rstrip() for row in rows).strip() + "\n"


@pytest.mark.parametrize("name", sorted(path.stem for path in INTERVIEWS.glob("*.txt")))
def test_untidy_interviews_become_the_exchanges_their_editors_meant(name: str) -> None:
    pasted = (INTERVIEWS / f"{name}.txt").read_bytes().decode()
    assert outcome(parse_turns(pasted)) == (INTERVIEWS / f"{name}.outcome").read_bytes().decode()


# What begins a turn.


@pytest.mark.parametrize("dash", ["-", "–", "—", "―", "--", "‑"])
@pytest.mark.parametrize("space", ["", " ", "\u00a0", "\t", " \u200f", "   "])
def test_a_dash_with_or_without_a_space_begins_a_turn(dash: str, space: str) -> None:
    text = f"Before.\n\n{dash}{space}Where is it?\n\n{dash}{space}Down by the quay."
    assert parse_turns(text) == Interview(["Before."], [Exchange(["Where is it?"], ["Down by the quay."])])


@pytest.mark.parametrize(
    ("asker", "answerer"),
    [
        ("Q:", "A:"),
        ("q :", "a :"),
        ("Q：", "A："),
        ("Q1:", "A1:"),
        ("Question 1:", "Answer:"),
        ("Spørsmål:", "Svar:"),
        ("Вопрос:", "Ответ:"),
        ("В:", "О:"),
        ("س:", "ج:"),
        ("السؤال:", "الجواب:"),
        ("问：", "答："),
    ],
)
def test_side_words_begin_turns_and_name_nobody(asker: str, answerer: str) -> None:
    text = f"{asker} Where is it?\n{answerer} By the quay.\n\n{asker} Which quay?"
    assert exchanges(text) == [Exchange(["Where is it?"], ["By the quay."]), Exchange(["Which quay?"], [])]


@pytest.mark.parametrize(
    ("asker", "answerer"),
    [
        ("JONAS", "INGRID"),
        ("Jonas Brekke", "Ingrid Solvang"),
        ("jonas", "ingrid"),
        ("J. Brekke", "Dr. I. B. Solvang"),
        ("JB", "I.S."),
        ("I", "A"),
        ("Jean-Luc O’Brien", "Maria van der Berg"),
        ("Jens «Stormen» Dahl", "Ingrid Solvang, keeper of the timetable"),
        ("Анна Петровна", "Д-р Орлов"),
        ("يوناس", "إنغريد سولفانغ"),
        ("Åse og Pål", "Øyvind"),
        ("记者", "英格丽"),
        ("Speaker 1", "Speaker 2"),
    ],
)
@pytest.mark.parametrize("colon", [": ", "：", "\u00a0: ", ":\n", ": – "])
def test_names_begin_turns_in_any_script(asker: str, answerer: str, colon: str) -> None:
    text = f"{asker}{colon}Where is it?\n\n{answerer}{colon}By the quay.\n\n{asker}{colon}Thank you."
    assert exchanges(text) == [
        Exchange(["Where is it?"], ["By the quay."], asker, answerer),
        Exchange(["Thank you."], [], asker),
    ]


@pytest.mark.parametrize(
    "paragraph",
    [
        "It was simple: we waited.",
        "He said: never again.",
        "One thing is certain, I think: it floats.",
        "Remember: the hill is behind you.",
        "Men: det var en vakker dag.",
        "Фото: О. Тейген",
        "وقالت أمي: لا تنتظروه.",
        "At 10:30 we cast off.",
        "10:30 was too late.",
        "Kl. 10:30 gikk vi.",
        "https://ternholm.example/books: the second one",
        "mailto:ed@ternholm.example",
        "C:\\Boats\\list",
        "Ingrid :)",
        "Hello. Ingrid: a name inside a sentence",
        "Photo: Odd Teigen",
        "Subject: Re: questions",
        "−5 degrees that morning.",
        "-----Original message-----",
        "* * *",
        "—",
        "- -",
    ],
)
def test_what_only_looks_like_a_marker_continues_the_turn(paragraph: str) -> None:
    text = f"ANNA: Where?\n\nBO: Here.\n\n{paragraph}\n\nANNA: Why?\n\nBO: The tide."
    assert exchanges(text)[0] == Exchange(["Where?"], ["Here.", paragraph], "ANNA", "BO")
    assert len(exchanges(text)) == 2


def test_dashes_and_colons_inside_sentences_stay() -> None:
    text = "– Was it – as they say – at 06:20?\n– It was: – and it wasn't."
    assert exchanges(text) == [Exchange(["Was it – as they say – at 06:20?"], ["It was: – and it wasn't."])]


def test_a_list_after_a_colon_belongs_to_its_turn() -> None:
    text = "Anna: What do you need?\nBo: Three things:\n- rope\n- bread\n\n- patience\nAnna: And time?"
    assert exchanges(text)[0].answer == ["Three things:", "- rope", "- bread", "- patience"]
    assert exchanges("– What?\n– Two things:\n- rope\n- bread\n– And?")[0].answer == [
        "Two things:",
        "- rope",
        "- bread",
    ]


def test_the_introduction_may_end_in_a_colon() -> None:
    text = "We met on the quay:\n\n- Where is it?\n- There."
    assert parse_turns(text) == Interview(["We met on the quay:"], [Exchange(["Where is it?"], ["There."])])


def test_a_headline_with_a_colon_is_nobody() -> None:
    text = "The Sea: A Life\n\nAnna: Who?\nBo: I.\nAnna: When?\nBo: Now."
    assert parse_turns(text).introduction == ["The Sea: A Life"]
    assert parse_turns("Boats: A Life\n\n– Who?\n– I.").introduction == ["Boats: A Life"]


def test_text_without_turns_is_all_introduction() -> None:
    assert parse_turns("One.\n\nTwo: three.") == Interview(["One.", "Two: three."], [])
    assert parse_turns(" \n\u00a0\n\u200b\ufeff\r\n\u200f\n") == Interview([], [])


# Who asks and who answers.


def test_two_questions_in_a_row_are_two_exchanges() -> None:
    assert exchanges("Q: Where?\nQ: And when?\nA: Here, now.") == [
        Exchange(["Where?"], []),
        Exchange(["And when?"], ["Here, now."]),
    ]


def test_two_questions_in_a_row_are_seen_between_dashes_too() -> None:
    text = "– Who?\n– I.\n– Where?\n– And when?\n– Here, now.\n– Why?\n– Why not?\n– Well?\n– Yes."
    asked = [turn.paragraphs for turn in turns_of(text)[1] if turn.is_question]
    assert asked == [["Who?"], ["Where?"], ["And when?"], ["Why?"], ["Well?"]]


def test_turns_after_dashes_alternate_when_nobody_writes_question_marks() -> None:
    assert alternation([False] * 5) == [True, False, True, False, True]
    assert alternation([True, True, False, False]) == [True, False, True, False]
    assert alternation([]) == []


@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_alternation_is_the_cheapest_reading(asking: list[bool]) -> None:
    def cost(reading: tuple[bool, ...]) -> int:
        misread = sum(side is not does_ask for side, does_ask in zip(reading[1:], asking[1:], strict=True))
        return 2 * misread + 3 * sum(a is b for a, b in itertools.pairwise(reading))

    readings = [
        (True, *(bool(number >> place & 1) for place in range(len(asking) - 1)))
        for number in range(2 ** (len(asking) - 1))
    ]
    assert cost(tuple(alternation(asking))) == min(map(cost, readings))


def test_a_third_voice_is_a_further_answer() -> None:
    text = "Anna: Where?\nBo: Here.\nCid: There.\nCid: Or there.\nBo: No.\nAnna: Thank you."
    assert exchanges(text) == [
        Exchange(["Where?"], ["Here."], "Anna", "Bo"),
        Exchange([], ["There.", "Or there."], "", "Cid"),
        Exchange([], ["No."], "", "Bo"),
        Exchange(["Thank you."], [], "Anna", ""),
    ]


def test_a_speaker_may_be_introduced_in_full_and_go_on_by_surname_or_initials() -> None:
    text = "Jonas Brekke: Tell me.\nIngrid Solvang: I will.\nBREKKE: When?\nIS: Now.\nJB: Why?\nSolvang: The tide."
    assert [turn.is_question for turn in turns_of(text)[1]] == [True, False] * 3
    assert [speaker for speaker, _ in spoken(text)] == [
        "Jonas Brekke",
        "Ingrid Solvang",
        "BREKKE",
        "IS",
        "JB",
        "Solvang",
    ]


def test_a_surname_that_two_share_stands_for_neither() -> None:
    text = "Anna Berg: Who?\nBo Berg: I.\nBerg: Which?\nAnna Berg: Yes?"
    assert [turn.is_question for turn in turns_of(text)[1]] == [True, False, False, True]


def test_what_is_in_brackets_behind_a_name_is_said() -> None:
    assert spoken("ANNA: Well?\nBO (laughs): No.\nANNA: No?")[1] == ("BO", ["(laughs) No."])


def test_a_dash_after_a_name_alternates_with_it() -> None:
    assert exchanges("JONAS: When?\n– My second week.\n– And then?\n– Then I left.") == [
        Exchange(["When?"], ["My second week."], "JONAS"),
        Exchange(["And then?"], ["Then I left."]),
    ]


def test_a_name_without_words_survives() -> None:
    assert exchanges("Anna: Well?\nBo:\nAnna: Bo?") == [
        Exchange(["Well?"], [], "Anna", "Bo"),
        Exchange(["Bo?"], [], "Anna"),
    ]


# Lines and paragraphs.


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\v", "\x85"])
def test_every_kind_of_line_end_ends_a_line(end: str) -> None:
    text = end.join(["\ufeff- Where?", "- Here.", "", "And there.", "Everywhere."])
    assert exchanges(text) == [Exchange(["Where?"], ["Here.", "And there.", "Everywhere."])]


def test_a_paragraph_separator_ends_a_paragraph() -> None:
    assert exchanges("- Where?\u2029- Here\u2029and there")[0].answer == ["Here", "and there"]


def test_blank_lines_may_be_many_and_not_empty() -> None:
    text = "Q: Where?\n \n\u00a0\n\n\n\tIn the town?\n\u200b\nA: Here."
    assert exchanges(text) == [Exchange(["Where?", "In the town?"], ["Here."])]


def test_spaces_are_tidied_and_meaningful_characters_kept() -> None:
    text = "- Où  est-il\u00a0?\n-\u00a0Là,  «\u202fau quai\u202f», co\u00adop \u200d🧑\u200d🌾. "
    assert exchanges(text) == [
        Exchange(["Où est-il\u00a0?"], ["Là, «\u202fau quai\u202f», co\u00adop \u200d🧑\u200d🌾."])
    ]


WRAPPED = """\
We met in the ferry office in Ternholm, which is one room with two windows
- the quay in one of them - and a stove.

Q: When did you first hold the boat, and did anyone on board notice that it
had happened?
A: My second week. I rang the bridge and said there was weather, for the one
reason: a boy with a cello. The boat had already left, but it came back four
metres.
Nobody said a word.
"""


def test_lines_that_a_mail_broke_are_joined() -> None:
    assert parse_turns(WRAPPED) == Interview(
        [
            "We met in the ferry office in Ternholm, which is one room with two windows - the quay in one of them "
            "- and a stove."
        ],
        [
            Exchange(
                ["When did you first hold the boat, and did anyone on board notice that it had happened?"],
                [
                    "My second week. I rang the bridge and said there was weather, for the one reason: a boy with a "
                    "cello. The boat had already left, but it came back four metres.",
                    "Nobody said a word.",
                ],
            )
        ],
    )


def test_lines_that_are_paragraphs_stay_paragraphs() -> None:
    text = "Q: When?\nA: My second week. It was a very clear morning and there was no weather.\nHe saw it too.\nYes."
    assert len(exchanges(text)[0].answer) == 3


# Nothing is dropped.


def visible(text: str) -> str:
    return re.sub(r"[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]", "", text)


def kept(text: str) -> str:
    introduction, turns = turns_of(text)
    return visible("".join([*introduction, *(part for turn in turns for part in (turn.speaker, *turn.paragraphs))]))


def is_in_order(part: str, whole: str) -> bool:
    characters = iter(whole)
    return all(character in characters for character in part)


scraps = st.sampled_from(
    [
        *(
            "- ",
            "–",
            "— ",
            "--",
            "---",
            "\n",
            "\n\n",
            "\r\n",
            "\u2028",
            "\u2029",
            "\u00a0",
            "\u200b",
            "\u200f",
            "\ufeff",
        ),
        *(":", "：", ": ", " : ", "Anna: ", "Bo Berg: ", "BO:", "anna (mild): ", "Speaker 1: ", "يوناس: ", "Анна: "),
        *(
            "Where?",
            "Here.",
            " the sea, ",
            "10:30",
            "https://x.example/",
            "(",
            ")",
            "[",
            "*",
            "…",
            "«",
            "»",
            "💬",
            "Note: ",
        ),
        *("two things:\n- rope\n- bread\n", "a line that is long enough to have been broken by a mail programme\n"),
    ]
)
pastes = st.lists(st.one_of(scraps, st.text(max_size=8)), max_size=40).map("".join)
# Without the letters of Q:, A:, S:, R: and their kin no label is a side word, so that only dashes and colons may go.
named_pastes = pastes.filter(lambda text: not re.search(r"(?i)[qаовсж问問答]|\b[ar]\b|[سج]", text))


@given(pastes)
def test_any_text_is_read_and_keeps_its_order(text: str) -> None:
    assert is_in_order(kept(text), visible(text))


@given(named_pastes)
def test_only_the_dashes_and_colons_of_markers_go(text: str) -> None:
    gone = Counter(visible(text)) - Counter(kept(text))
    assert set(gone) <= set(DASHES + COLONS)
    turns = len(turns_of(text)[1])
    assert sum(gone[colon] for colon in COLONS) <= turns
    assert sum(gone[dash] for dash in DASHES) <= 4 * turns  # two before a name, two behind its colon


sentences = st.lists(
    st.sampled_from(["the boat", "en båt", "лодка", "القارب", "– well –", "it is: so", "06:20", "«quay»"]),
    min_size=1,
    max_size=4,
).map(" ".join)
paragraphs = st.lists(sentences.map(lambda sentence: f"Then {sentence}."), min_size=1, max_size=3)
names = st.sampled_from(["Anna Lund", "Bo Berg", "CID", "Dr. D. Dahl", "يوناس", "Ольга"])


@given(st.lists(st.tuples(names, paragraphs), min_size=2, max_size=12))
def test_named_turns_come_back_as_they_were_written(turns: list[tuple[str, list[str]]]) -> None:
    text = "\n\n".join(f"{name}: " + "\n\n".join(said) for name, said in turns)
    asker = turns[0][0]
    assume(len([name for name, _ in turns if name == asker]) > 1)  # once, ahead of all others, it could be a headline
    read = turns_of(text)[1]
    assert [(turn.speaker, turn.paragraphs) for turn in read] == turns
    assert [turn.is_question for turn in read] == [name == asker for name, _ in turns]


@given(st.lists(st.tuples(paragraphs, paragraphs), min_size=1, max_size=8), st.sampled_from("-–—―"))
def test_dashed_turns_come_back_as_they_were_written(said: list[tuple[list[str], list[str]]], dash: str) -> None:
    asked = [([*question[:-1], f"{question[-1]} And?"], answer) for question, answer in said]
    text = "\n".join(f"{dash} " + "\n\n".join(turn) for exchange in asked for turn in exchange)
    assert exchanges(text) == [Exchange(question, answer) for question, answer in asked]


# Hostile length.


HOSTILE = [
    *(
        "-",
        "- ",
        "-a\n",
        "-?\n",
        "-\u200f",
        "\u200f",
        ":",
        ": ",
        "a:\n",
        "a (",
        "A(b):",
        "Aa Bb ",
        "(",
        "\u00a0 ",
        " \n",
    ),
    *(
        "Q: a?\nA: b\n",
        "A: x\n",
        "x:\n- y\n",
        "Anna:",
        "- Anna: x\n",
        "?",
        "-\u00ad\n",
        "a line broken by a mail, perhaps\n",
    ),
]


@pytest.mark.parametrize("scrap", HOSTILE)
def test_time_grows_with_the_length_and_not_with_its_square(scrap: str) -> None:
    shorter, longer = ((scrap * length)[:length] for length in (8_000, 128_000))
    # Sixteen times the length: 16 when linear, 256 when quadratic.
    assert least(lambda: parse_turns(longer)) < 100 * least(lambda: parse_turns(shorter))


def test_names_without_end_are_all_read() -> None:
    names = ["Anna " + "".join(letters).title() for letters in product("abcdefghijklmnopqrstuvwxyz", repeat=3)]
    assert [speaker for speaker, _ in spoken("\n".join(f"{name}: Who?" for name in names))] == names


# What an editor does.


TURNS = [
    Turn("Anna", ["Where?"], is_question=True),
    Turn("Bo", ["Here.", "And when?", "In May."], is_question=False),
    Turn("Anna", ["Now."], is_question=True),
]


def test_a_turn_changes_sides() -> None:
    assert [turn.is_question for turn in swap(TURNS, 1)] == [True, True, True]
    assert [turn.is_question for turn in swap_from(TURNS, 1)] == [True, True, False]
    assert swap_from(swap_from(TURNS, 0), 0) == TURNS


def test_a_turn_is_split_and_the_other_voice_says_the_rest() -> None:
    assert split(TURNS, 1, 1) == [
        TURNS[0],
        Turn("Bo", ["Here."], is_question=False),
        Turn("Anna", ["And when?", "In May."], is_question=True),
        TURNS[2],
    ]
    assert split(split(TURNS, 1, 1), 2, 1)[3] == Turn("Bo", ["In May."], is_question=False)


def test_merging_undoes_a_split_of_unnamed_turns() -> None:
    turns = [Turn("", ["Where?"], is_question=True), Turn("", ["Here.", "There."], is_question=False)]
    assert merge(split(turns, 1, 1), 1) == turns


def test_a_name_that_was_none_returns_to_the_text() -> None:
    _, turns = turns_of("Anna: Where?\nBo: Here.\nShores: I like them.\nAnna: Why?")
    assert merge(turns, 1)[1] == Turn("Bo", ["Here.", "Shores: I like them."], is_question=False)
    assert merge([TURNS[0], Turn("Bo", [], is_question=False)], 0)[0].paragraphs == ["Where?", "Bo:"]


@pytest.mark.parametrize("place", [-1, 3])
def test_a_place_that_is_not_there_is_refused(place: int) -> None:
    for change in (swap, swap_from, merge):
        with pytest.raises(IndexError):
            change(TURNS, place)
    with pytest.raises(IndexError):
        merge(TURNS, 2)
    for paragraph in (0, 3, place):
        with pytest.raises(IndexError):
            split(TURNS, 1, paragraph)
    with pytest.raises(IndexError):
        split(TURNS, place, 1)


def test_the_two_voices_are_named_once() -> None:
    turns = [Turn("", ["Where?"], is_question=True), Turn("", ["Here."], is_question=False), *TURNS[:1]]
    named = name_voices(turns, asked_by="Jonas Brekke", answered_by="Ingrid Solvang")
    assert [turn.speaker for turn in named] == ["Jonas Brekke", "Ingrid Solvang", "Anna"]


all_turns = st.lists(
    st.builds(
        Turn, st.sampled_from(["", "Anna", "Bo", "Cid"]), st.lists(sentences, min_size=1, max_size=3), st.booleans()
    )
)


@given(all_turns)
def test_exchanges_keep_every_turn(turns: list[Turn]) -> None:
    assert pair(unpair(pair(turns))) == pair(turns)
    assert [p for turn in unpair(pair(turns)) for p in turn.paragraphs] == [
        p for turn in turns for p in turn.paragraphs
    ]
    assert {turn.speaker for turn in unpair(pair(turns))} == {turn.speaker for turn in turns}


@given(all_turns)
def test_pairing_leaves_the_turns_as_they_were(turns: list[Turn]) -> None:
    before = [list(turn.paragraphs) for turn in turns]
    for exchange in pair(turns):
        exchange.answer.append("more")
        exchange.question.append("more")
    assert [turn.paragraphs for turn in turns] == before
