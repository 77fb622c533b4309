"""What moderation judges: a value, never a row of the modules above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Submission:
    """Somebody's words on their way in.

    `text` is the source as typed and `shown` what readers get to see of it, without markup; `author` is the public
    name, `is_guest` whether nobody signed in for it, `links` how many links it holds, `scopes` where it goes, the
    narrowest first (`thread:12`, `article:<key>`, `section:3`), `spam_signs` what the gate noticed (`honeypot`,
    `too-fast`, `old-stamp`).

    `profile` is the author's public id, empty for somebody new; `client` the address it came from, empty for what a
    program of ours brings; `published_before` whether anything by this author is published; `is_edit` whether the words
    take the place of earlier ones; `is_of_moderator` whether its author decides at the desk.
    """

    text: str
    author: str
    is_guest: bool
    links: int
    scopes: tuple[str, ...]
    spam_signs: tuple[str, ...] = ()
    shown: str = ""
    profile: str = ""
    client: str = ""
    published_before: bool = False
    is_edit: bool = False
    is_of_moderator: bool = False
