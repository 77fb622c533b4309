"""What moderation judges: a value, never a row of the modules above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Submission:
    """Somebody's words on their way in.

    `text` is the source as typed, `author` the public name, `is_guest` whether nobody signed in for it, `links` how
    many links it holds, `scopes` where it goes (`thread:12`, `section:3`), `spam_signs` what the gate noticed
    (`honeypot`, `too-fast`, `old-stamp`).
    """

    text: str
    author: str
    is_guest: bool
    links: int
    scopes: tuple[str, ...]
    spam_signs: tuple[str, ...] = ()
