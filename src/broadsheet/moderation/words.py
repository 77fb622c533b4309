"""Listed words: whether a text holds one of them, in a time that follows the text's length, not the list's.

A line of a list is a word or a phrase. A `*` at its beginning or end stands for any letters, and so does one inside a
single word; nothing that people write here ever runs as a regular expression. Text and lines are folded alike and
become words with one space between and around them, so that what is listed is a piece of such a text: `casino` is
" casino ", `casino*` is " casino", `*casino` is "casino ", `*casino*` is "casino". Pieces are kept by their length.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.translation import gettext_noop

MOST_LINES = 10_000
LONGEST_LINE = 100
STAR = "*"
# Pasted from a list of regular expressions: read as words they would mean something else, often every word there is.
_SIGNS_OF_A_PATTERN = frozenset("\\^$+?()[]{}|<>")

# What passes for a Latin letter: letters of other scripts, in lower case, and digits.
_LOOKALIKES = dict(
    zip(
        "авекмнорстухіјѕһԁԛԝӏ" + "αβεηικνορτυχγ" + "օսհ" + "ıɑɡ" + "013457",
        "abekmhopctyxijshdqwl" + "abenikvoptuxy" + "ouh" + "iag" + "oieast",
        strict=True,
    )
)
# Two ligatures are whole sentences; a text full of them would become twenty times as long.
_SENTENCES = {0xFDFA: " ", 0xFDFB: " "}
_TATWEEL = "\u0640"  # makes an Arabic word longer and says nothing


class _Folding(dict[int, str]):
    """What becomes of each character once case and compositions are gone; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Mn", "Me", "Cf") or character == _TATWEEL:
            folded = ""
        elif character.isalnum() or category == "Mc":
            folded = _LOOKALIKES.get(character, character)
        else:
            folded = " "
        self[code] = folded
        return folded


_folding = _Folding()

Pieces = dict[int, set[str]]


def folded(text: str) -> str:
    """Return the words of a text, folded, with a space between, before and behind them."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.translate(_SENTENCES)).casefold())
    return f" {' '.join(plain.translate(_folding).split())} "


@dataclass(frozen=True)
class WordList:
    """Lines of a list, ready to be looked for. `within` may stand anywhere, `split` is first part → last parts."""

    beginnings: Pieces = field(default_factory=lambda: defaultdict(set))
    endings: Pieces = field(default_factory=lambda: defaultdict(set))
    within: Pieces = field(default_factory=lambda: defaultdict(set))
    split: dict[str, Pieces] = field(default_factory=dict)

    def is_in(self, text: str) -> bool:
        """Whether any of the listed words stands in `text`, as people would read it."""
        words = folded(text)
        spaces = [match.start() for match in re.finditer(" ", words)]
        return (
            any(words[at : at + size] in pieces for size, pieces in self.beginnings.items() for at in spaces)
            # Where a slice would begin before the text it is an empty one, which is listed nowhere.
            or any(words[at + 1 - size : at + 1] in pieces for size, pieces in self.endings.items() for at in spaces)
            or any(words[at : at + size] in pieces for size, pieces in self.within.items() for at in range(len(words)))
            or (bool(self.split) and any(self._is_split(word) for word in set(words.split())))
        )

    def add(self, line: str) -> None:
        """Put one line of a list in. Raises UnfitLine for what is neither a word nor a phrase."""
        for check in _CHECKS:
            check(line)
        core = line.strip(STAR)
        if STAR in core:
            first, last = (folded(part).strip() for part in core.split(STAR))
            _put(self.split.setdefault(first, defaultdict(set)), last)
        elif line.startswith(STAR):
            _put(self.within, folded(core).strip()) if line.endswith(STAR) else _put(
                self.endings, folded(core).lstrip()
            )
        else:
            _put(self.beginnings, folded(core).rstrip() if line.endswith(STAR) else folded(core))

    def _is_split(self, word: str) -> bool:
        """Whether a word begins and ends like one with a star inside."""
        return any(
            size + length <= len(word) and word[-length:] in pieces
            for size in range(1, min(len(word), LONGEST_LINE) + 1)
            for length, pieces in self.split.get(word[:size], {}).items()
        )


class UnfitLine(ValueError):
    """A line of a list that cannot be looked for; `message` is of the catalogues, `values` go into it."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


def lines_of(text: str) -> list[tuple[int, str]]:
    """Return the lines of a list that say something, each with its number as it was typed."""
    numbered = enumerate((line.strip() for line in text.splitlines()), 1)
    return [(number, line) for number, line in numbered if line]


@lru_cache(maxsize=32)
def word_list(text: str) -> WordList:
    """Return a list ready for use; what is unfit in it is passed over, since it was refused when it was typed."""
    words = WordList()
    for _number, line in lines_of(text)[:MOST_LINES]:
        try:
            words.add(line)
        except UnfitLine:
            continue
    return words


def _put(pieces: Pieces, piece: str) -> None:
    pieces[len(piece)].add(piece)


def _check_length(line: str) -> None:
    if len(line) > LONGEST_LINE or len(folded(line)) > LONGEST_LINE + 2:
        raise UnfitLine(gettext_noop("A line has at most {limit} characters."), limit=LONGEST_LINE)


def _check_signs(line: str) -> None:
    signs = sorted(_SIGNS_OF_A_PATTERN.intersection(line))
    if signs:
        raise UnfitLine(gettext_noop("Words and * only; {signs} would not be looked for."), signs=" ".join(signs))


def _check_words(line: str) -> None:
    if not folded(line).strip():
        raise UnfitLine(gettext_noop("There is no letter or digit in it."))


def _check_stars(line: str) -> None:
    core = line.strip(STAR)
    if STAR not in core:
        beside = (core[0] if line.startswith(STAR) else "x") + (core[-1] if line.endswith(STAR) else "x")
        is_fit = all(folded(character).strip() for character in beside)
    else:
        parts = core.split(STAR)
        is_fit = core == line and len(parts) == 2 and all(len(folded(part).split()) == 1 for part in parts)
        is_fit = is_fit and bool(folded(parts[0][-1]).strip() and folded(parts[1][0]).strip())
    if not is_fit:
        raise UnfitLine(
            gettext_noop("A * stands right beside letters: at the beginning, at the end, or once inside a single word.")
        )


_CHECKS: tuple[Callable[[str], None], ...] = (_check_length, _check_signs, _check_words, _check_stars)
