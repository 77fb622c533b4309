"""An interview pasted as plain text becomes an introduction and exchanges of question and answer.

A line that begins with a dash, with `Q:` or `A:`, or with `NAME:` begins a turn; what follows without one continues it.
Nothing that was pasted is dropped: every visible character is kept in its order, except the dash or the label and colon
that begin a turn, and a label that is a name stays as the turn's speaker. Only white space is tidied.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from broadsheet.publication.labels import INVISIBLE, Label, asks, full_names, label_of, sides, voices


@dataclass(frozen=True)
class Turn:
    """What one voice says until another speaks; `speaker` is the label as it was typed, '' after a dash or `Q:`."""

    speaker: str
    paragraphs: list[str]
    is_question: bool


@dataclass(frozen=True)
class Exchange:
    """One question with its answer, each a list of paragraphs; a name is '' where the text gives none.

    A question that nobody answered has an empty answer. An exchange without a question is a further answer to the one
    before it, by another voice: that is how several people answer one question.
    """

    question: list[str]
    answer: list[str]
    asked_by: str = ""
    answered_by: str = ""


@dataclass(frozen=True)
class Interview:
    """The paragraphs that stand before the first turn, and the exchanges."""

    introduction: list[str]
    exchanges: list[Exchange]


def parse_turns(text: str) -> Interview:
    """Read any text at all as an interview, in time linear in its length; text without turns is all introduction."""
    introduction, turns = turns_of(text)
    return Interview(introduction, pair(turns))


def turns_of(text: str) -> tuple[list[str], list[Turn]]:
    """The introduction's paragraphs, and the turns in their order, each on its side.

    With names the first speaker asks and everyone else answers; `Q:` and `A:` say it themselves; after dashes question
    and answer alternate, except where a turn that asks and one that tells would both be on the wrong side.
    """
    introduction, *drafts = _drafts(_Page.of(text))
    spoken = [draft for draft in drafts if draft.pieces or draft.speaker]
    return introduction.paragraphs(), [
        Turn(draft.speaker, draft.paragraphs(), is_question)
        for draft, is_question in zip(spoken, _sides_of(spoken), strict=True)
    ]


def pair(turns: Iterable[Turn]) -> list[Exchange]:
    """Each question opens an exchange; an answer joins it, by another voice it is a further one (see `Exchange`)."""
    exchanges: list[Exchange] = []
    for turn in turns:
        if turn.is_question:
            exchanges.append(Exchange([*turn.paragraphs], [], asked_by=turn.speaker))
        elif exchanges and _is_unanswered(exchanges[-1]):
            exchanges[-1] = replace(exchanges[-1], answer=[*turn.paragraphs], answered_by=turn.speaker)
        elif exchanges and exchanges[-1].answered_by == turn.speaker:
            exchanges[-1].answer.extend(turn.paragraphs)
        else:
            exchanges.append(Exchange([], [*turn.paragraphs], answered_by=turn.speaker))
    return exchanges


def unpair(exchanges: Iterable[Exchange]) -> list[Turn]:
    """The turns of these exchanges: what `pair` makes the same exchanges of."""
    turns: list[Turn] = []
    for exchange in exchanges:
        if exchange.question or exchange.asked_by:
            turns.append(Turn(exchange.asked_by, [*exchange.question], is_question=True))
        if exchange.answer or exchange.answered_by:
            turns.append(Turn(exchange.answered_by, [*exchange.answer], is_question=False))
    return turns


def _is_unanswered(exchange: Exchange) -> bool:
    return not exchange.answer and not exchange.answered_by


# What an editor does to the turns: each returns new ones; a place that is not there is an IndexError.


def swap(turns: Sequence[Turn], at: int) -> list[Turn]:
    """The turn changes sides: a question becomes an answer, an answer a question."""
    return [_on_other_side(turn) if place == at else turn for place, turn in _placed(turns, at)]


def swap_from(turns: Sequence[Turn], at: int) -> list[Turn]:
    """This turn and all after it change sides: the cure for one turn too many or too few before it."""
    return [_on_other_side(turn) if place >= at else turn for place, turn in _placed(turns, at)]


def split(turns: Sequence[Turn], at: int, paragraph: int) -> list[Turn]:
    """The turn's paragraphs from `paragraph` on become a turn of the other side, said by that side's nearest voice."""
    _check(paragraph - 1, turns[at].paragraphs[1:])
    first, rest = turns[at].paragraphs[:paragraph], turns[at].paragraphs[paragraph:]
    other_side = not turns[at].is_question
    following = Turn(_nearest_voice(turns, at, other_side), rest, other_side)
    return [*turns[:at], replace(turns[at], paragraphs=first), following, *turns[at + 1 :]]


def merge(turns: Sequence[Turn], at: int) -> list[Turn]:
    """The turn takes in the next one; a name that differs from its own returns to the text as `Name: `."""
    _check(at, turns[1:])
    turn, following = turns[at], turns[at + 1]
    paragraphs = following.paragraphs
    if following.speaker not in ("", turn.speaker):
        paragraphs = [f"{following.speaker}: {''.join(paragraphs[:1])}".rstrip(), *paragraphs[1:]]
    return [*turns[:at], replace(turn, paragraphs=[*turn.paragraphs, *paragraphs]), *turns[at + 2 :]]


def name_voices(turns: Iterable[Turn], *, asked_by: str, answered_by: str) -> list[Turn]:
    """Turns without a speaker get the name of their side; names that the text gives stay."""
    return [replace(turn, speaker=turn.speaker or (asked_by if turn.is_question else answered_by)) for turn in turns]


def _placed(turns: Sequence[Turn], at: int) -> Iterator[tuple[int, Turn]]:
    _check(at, turns)
    return enumerate(turns)


def _check(place: int, things: Sequence[object]) -> None:
    if not 0 <= place < len(things):
        raise IndexError(place)


def _on_other_side(turn: Turn) -> Turn:
    return replace(turn, is_question=not turn.is_question)


def _nearest_voice(turns: Sequence[Turn], at: int, is_question: bool) -> str:
    nearest_first = (*reversed(turns[:at]), *turns[at + 1 :])
    return next((turn.speaker for turn in nearest_first if turn.is_question == is_question), "")


# Lines: white space tidied, and what each could begin with.

_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_NO_BREAK_SPACES = "\u00a0\u2007\u202f"  # inside a line they mean something: French has one before its question mark
_EDGES = f" {_NO_BREAK_SPACES}\u200b\u2060\ufeff"
_SPACES = re.compile(rf"\s{{2,}}|[^\S{_NO_BREAK_SPACES}]")
_LINE_BREAK = re.compile("\r\n|[\r\n\v\f\x85\u2028]")
_UNSEEN = rf"[\s{INVISIBLE}]*+"
_BLANK = re.compile(_UNSEEN)
# A third dash makes a rule, or a mail's "-----Original message-----"; a minus sign with a digit makes a number;
# a line of nothing but dashes has nobody speaking.
_DASH = re.compile(
    rf"{_UNSEEN}(?!\u2212\d)([{_DASHES}]{{1,2}}+)(?![{_DASHES}]){_UNSEEN}(?=[{_DASHES}\s{INVISIBLE}]*+.)"
)


class _Line(NamedTuple):
    text: str
    dash: str = ""
    said: str = ""  # the text without its dash
    label: Label | None = None


def _line(raw: str) -> _Line:
    text = _tidy(raw)
    if not text:
        return _Line("")
    dash = _DASH.match(text)
    said = text[dash.end() :] if dash else text
    label = label_of(said)
    if label:
        label = label._replace(said=_after_dash(_tidy(label.said)), is_firm=label.is_firm and not dash)
    return _Line(text, dash[1] if dash else "", said, label)


def _tidy(raw: str) -> str:
    return "" if _BLANK.fullmatch(raw) else _SPACES.sub(" ", raw).strip(_EDGES)


def _after_dash(text: str) -> str:
    dash = _DASH.match(text)
    return text[dash.end() :] if dash else text


# The page: what its lines together say about each.

_NARROWEST_WRAP, _WIDEST_WRAP = 40, 120  # characters: mails wrap at 65 to 80
_RULE = re.compile(rf"[{_DASHES}*_=~#\s]*+")


@dataclass(frozen=True)
class _Page:
    lines: list[_Line]
    voices: frozenset[str]  # the keys of the labels that are believed
    width: int  # where a mail broke its lines; 0 when every line is a paragraph

    @classmethod
    def of(cls, text: str) -> "_Page":
        lines = [_line(raw) for raw in _LINE_BREAK.sub("\n", text.replace("\u2029", "\n\n")).split("\n")]
        width = _width(lines)
        starts = [line for before, line in pairwise([_Line(""), *lines]) if not _runs_on(before, line, width)]
        labels = [line.label for line in starts if line.label]
        written, dashes = sum(bool(line.text) for line in starts), sum(bool(line.dash) for line in starts)
        return cls(lines, voices(labels, lines=written, dashes=dashes), width)

    def label(self, line: _Line) -> Label | None:
        return line.label if line.label and line.label.key in self.voices else None

    def continues(self, before: _Line, line: _Line) -> bool:
        """Is the line the rest of the paragraph that the line before began?"""
        if self.label(line):
            return False
        return _runs_on(before, line, self.width) if line.dash else _is_wrapped(before, line, self.width)


def _width(lines: Sequence[_Line]) -> int:
    """The length at which the text's lines were broken, 0 unless most lines that could have been broken were."""
    breaks = [
        (before.text, line.text)
        for before, line in pairwise(lines)
        if before.text and line.text and not line.dash and not line.label
    ]
    broken = [
        len(text)
        for text, following in breaks
        if _breaks_off(text) and (following[0].islower() or _NARROWEST_WRAP <= len(text) <= _WIDEST_WRAP)
    ]
    return max(broken, default=0) if 2 * len(broken) > len(breaks) else 0


def _is_wrapped(before: _Line, line: _Line, width: int) -> bool:
    """In a wrapped text a paragraph ends where the next word had room, and a sentence or a heading could end."""
    if not width or not before.text or _RULE.fullmatch(before.text) or _RULE.fullmatch(line.text):
        return False
    could_end = line.text[0].isupper() or not _breaks_off(before.text)
    return not (could_end and _has_room(before, line, width))


def _runs_on(before: _Line, line: _Line, width: int) -> bool:
    """Does a wrapped sentence go on with the line's dash or colon: is the line before full, its sentence unfinished?"""
    if not width or len(before.text) < _NARROWEST_WRAP or _RULE.fullmatch(before.text):
        return False
    return _breaks_off(before.text) and not _has_room(before, line, width)


def _has_room(before: _Line, line: _Line, width: int) -> bool:
    """Would the line's first word, with its dash, have fitted on the line before?"""
    word = line.text[: len(line.text) - len(line.said)] + line.said.split(" ", 1)[0]
    return len(before.text) + 1 + len(word) <= width


def _breaks_off(text: str) -> bool:
    """Does the text end inside a sentence: in a letter, a figure, a comma, a dash?"""
    return (
        text[-1].isalnum()
        or text[-1] in f",\u060c\u3001\uff0c\u00ad{_DASHES}"
        or unicodedata.category(text[-1])[0] == "M"
    )


# Drafts: the text cut at its markers, sides not yet known. The first is the introduction.


@dataclass
class _Draft:
    label: Label | None = None
    dash: str = ""
    pieces: list[list[str]] = field(default_factory=list)  # paragraphs, each of the lines it was broken into
    list_dash: str = ""  # the sign before the items of a list within this turn
    speaker: str = ""

    @property
    def key(self) -> str:
        return self.label.key if self.label else ""

    @property
    def is_turn(self) -> bool:
        return bool(self.label or self.dash)

    def paragraphs(self) -> list[str]:
        return [_joined(piece) for piece in self.pieces]

    def lists(self, dash: str) -> bool:
        """Is this an item of a list within a turn: after a colon, with another sign than the one that opens turns?"""
        after_colon = self.is_turn and self.pieces and self.pieces[-1][-1].endswith((":", "\uff1a"))
        return dash == self.list_dash or bool(after_colon and dash != self.dash)


def _drafts(page: _Page) -> list[_Draft]:
    drafts = [_Draft()]
    unnamed = frozenset().union(*sides(page.voices))
    for before, line in pairwise([_Line(""), *page.lines]):
        if not line.text:
            continue
        draft, label = drafts[-1], page.label(line)
        if draft.pieces and page.continues(before, line):
            draft.pieces[-1].append(line.text)
        elif label:
            speaker = "" if label.key in unnamed else label.name
            drafts.append(_Draft(label=label, speaker=speaker, pieces=[[label.said]] if label.said else []))
        elif line.dash and not draft.lists(line.dash):
            _begin_after_dash(drafts, line)
        else:
            draft.pieces.append([line.text])
            draft.list_dash = draft.list_dash or line.dash
    return drafts


def _begin_after_dash(drafts: list[_Draft], line: _Line) -> None:
    if drafts[-1].label and not drafts[-1].pieces:
        drafts[-1].pieces.append([line.said])  # the label stood on a line of its own
    else:
        drafts.append(_Draft(dash=line.dash, pieces=[[line.said]]))


def _joined(lines: Sequence[str]) -> str:
    glued = (_glue(before, line) + line for before, line in pairwise(lines))
    return "".join([lines[0], *glued])


def _glue(before: str, line: str) -> str:
    is_hyphenated = before[-1] in "-\u2010\u00ad" and before[-2:-1].isalpha()
    return "" if is_hyphenated or (_is_ideograph(before[-1]) and _is_ideograph(line[0])) else " "


def _is_ideograph(character: str) -> bool:
    is_hangul = "\uac00" <= character <= "\ud7a3"  # wide as well, but Korean puts spaces between words
    return unicodedata.east_asian_width(character) in "WF" and not is_hangul


# Sides: which turns ask.


def _sides_of(drafts: Sequence[_Draft]) -> list[bool]:
    if any(draft.label for draft in drafts):
        return _sides_by_name(drafts)
    return alternation([bool(draft.pieces) and asks(draft.pieces[-1][-1]) for draft in drafts])


def _sides_by_name(drafts: Sequence[_Draft]) -> list[bool]:
    keys = {draft.key for draft in drafts if draft.label}
    asking, answering = sides(keys)
    full_name = full_names(keys)
    first = next((draft.key for draft in drafts if draft.label and draft.key not in answering), "")
    askers = asking or {full_name.get(first, first)}
    are_questions: list[bool] = []
    for draft in drafts:
        is_question = full_name.get(draft.key, draft.key) in askers if draft.label else are_questions[-1:] != [True]
        are_questions.append(is_question)
    return are_questions


_MISREAD = 2  # a question that tells, an answer that asks
_TWICE = 3  # the same side twice in a row: dearer than one misreading, cheaper than two


def alternation(asking: Sequence[bool]) -> list[bool]:
    """For turns that ask (or tell), which are questions: alternating from a question on, at the least cost.

    One rhetorical question in an answer changes nothing; two questions in a row are seen where the turns after them
    would otherwise be taken for their opposites.
    """
    cost = {True: 0, False: _TWICE * (len(asking) + 1)}  # of the cheapest reading so far that ends on this side
    repeats: list[dict[bool, bool]] = []  # for each later turn and side: was the turn before it on the same side?
    for does_ask in asking[1:]:
        repeats.append({side: cost[side] + _TWICE < cost[not side] for side in cost})
        cost = {side: min(cost[side] + _TWICE, cost[not side]) + _MISREAD * (side is not does_ask) for side in cost}
    side = cost[True] < cost[False]
    backwards = [side]
    for repeat in reversed(repeats):
        side = side if repeat[side] else not side
        backwards.append(side)
    return backwards[::-1] if asking else []
