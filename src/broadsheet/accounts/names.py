"""Public names: what a name may be made of, so that it is one name, on one line, in one direction."""

from __future__ import annotations

import re
import unicodedata

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.refusal import Refusal

NAME_LIMIT = 60
# What nobody sees may come along when a name is pasted; what is many times too long is not even looked at.
HOPELESS = 10

# Marks that some scripts stack; more than this is a tower that climbs over its neighbours' lines.
MARKS_IN_A_ROW = 4
_TOWER = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]{4})"
                    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+")  # fmt: skip

# Persian and Hindi names need these between letters, families of emoji too; nowhere else do they mean anything.
JOINERS = "\u200c\u200d"
# Shown as nothing, though Unicode calls them letters or symbols: Hangul fillers and the empty Braille cell.
BLANKS = "\u115f\u1160\u3164\uffa0\u2800"


def clean_name(text: str) -> str:
    """Return `text` as a public name: composed (NFC), one line, without what directs, hides or controls other text.

    Raises Refusal `name-missing` when nothing visible is left, `name-too-long` above `NAME_LIMIT` characters.
    """
    if len(text) > HOPELESS * NAME_LIMIT:
        raise _too_long()
    line = " ".join(unicodedata.normalize("NFC", text).split())
    name = "".join(character for character in line if _belongs(character)).strip(" " + JOINERS)
    name = _TOWER.sub(r"\1", " ".join(name.split()))
    if not any(_is_visible(character) for character in name):
        raise Refusal("name-missing", _("Give a name to write under."), field="name")
    if len(name) > NAME_LIMIT:
        raise _too_long()
    return name


def _too_long() -> Refusal:
    sentence = format_lazy(_("Names have at most {limit} characters."), limit=NAME_LIMIT)
    return Refusal("name-too-long", sentence, field="name")


def _belongs(character: str) -> bool:
    # Cc controls, Cf directs or hides, Cs are halves of characters, which no database takes.
    return character in JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in BLANKS
