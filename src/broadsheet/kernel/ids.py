"""Public identifiers: random, short, safe in a URL, an element's id and a conversation on the telephone."""

from __future__ import annotations

import secrets

# No vowels (no accidental words), no look-alikes (0 o, 1 l i). 27 ** 12 is about 2 ** 57: guessing is hopeless, and
# among a hundred million comments a collision is one in thirty; the unique constraint answers that one.
ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
LENGTH = 12


def public_id() -> str:
    """Return twelve random characters of `ALPHABET`, the first a letter so that it may begin any identifier."""
    return secrets.choice(ALPHABET[:19]) + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))


def is_public_id(text: str) -> bool:
    """Whether `text` looks like one of ours, and may be looked up."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)
