"""Numbers that banks check by their remainder: an account's IBAN, and the reference of a transfer (ISO 11649)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_REFERENCE = re.compile(r"RF[0-9]{2}C([0-9]{1,9})(?:A([0-9]{1,9}))?")
# What people put between the groups.
_BETWEEN = re.compile(r"[\s\-.]")


@dataclass(frozen=True)
class Origin:
    """What a reference names: the campaign that the money is for, the article that it came from; 0 for none."""

    campaign: int = 0
    article: int = 0


def compact(typed: str) -> str:
    """Return what was typed in capitals and without anything between the groups."""
    return _BETWEEN.sub("", typed).upper()


def in_groups(compacted: str) -> str:
    """Return a number in groups of four, as people read it."""
    return " ".join(compacted[start : start + 4] for start in range(0, len(compacted), 4))


def is_iban(compacted: str) -> bool:
    """Whether this is an IBAN that was typed without a mistake."""
    return _IBAN.fullmatch(compacted) is not None and _remainder(compacted) == 1


def is_bic(compacted: str) -> bool:
    """Whether this has the form of a bank's BIC."""
    return _BIC.fullmatch(compacted) is not None


def reference_of(origin: Origin) -> str:
    """Return the reference of a transfer: RF, two check digits, C and the campaign, A and the article."""
    body = f"C{origin.campaign}" + (f"A{origin.article}" if origin.article else "")
    return f"RF{98 - _remainder(f'RF00{body}'):02}{body}"


def origin_of(typed: str) -> Origin | None:
    """Return what a reference of ours names; None for one that is none of ours, or was typed with a mistake."""
    reference = compact(typed)
    found = _REFERENCE.fullmatch(reference)
    if not found or _remainder(reference) != 1:
        return None
    return Origin(int(found[1]), int(found[2] or 0))


def _remainder(compacted: str) -> int:
    """ISO 7064: the first four characters last, letters as two digits, modulo 97."""
    turned = compacted[4:] + compacted[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97
