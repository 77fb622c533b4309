"""The kinds of notices that people are mailed; the modules that own a kind describe it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from broadsheet.notification.publication import public_request

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from broadsheet.accounts.models import Profile


@dataclass(frozen=True)
class Notice:
    """What one reader is to be told: the facts that were written down when it happened, and who reads it.

    `topic` is what the reader subscribed to, empty for a notice nobody subscribes to; `stop_url` stops it, empty where
    there is nothing to stop. `profile` is the reader's own, where they have one.
    """

    kind: str
    address: str
    language: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    profile: Profile | None = None
    topic: str = ""
    stop_url: str = ""


@dataclass(frozen=True)
class Letter:
    """What a notice says, in the reader's language: the same in HTML and in plain text."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class NoticeKind:
    """A seam: what notification must know of a kind of notice that a higher module owns.

    `label` names it in the newsroom. `about` is the kind of topic that people subscribe to for it (`thread`), empty
    where nobody subscribes. `may_receive` is asked right before sending, however long after the event: whether this
    reader may know of it still. `write` says it in the active language, which is the reader's; most call `letter`.
    Both are called outside of any transaction and may ask the database.
    """

    name: str
    label: str | _StrPromise
    may_receive: Callable[[Notice], bool]
    write: Callable[[Notice], Letter]
    about: str = ""


_kinds: dict[str, NoticeKind] = {}


def add_notice_kind(kind: NoticeKind) -> None:
    """Make a kind known; called once, from the owning module's `AppConfig.ready()`."""
    if kind.name in _kinds:
        raise ValueError(f"There is a notice kind {kind.name!r} already.")
    _kinds[kind.name] = kind


def notice_kind(name: str) -> NoticeKind | None:
    """Return the kind of that name; None when there is none."""
    return _kinds.get(name)


def notice_kinds() -> tuple[NoticeKind, ...]:
    """Return every kind, in the order of their names."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def letter(notice: Notice, subject: str, template: str, **context: Any) -> Letter:
    """Return a letter of `<template>.html` and `<template>.txt`, drawn with the notice, its subject and `context`.

    The templates extend `notification/mail/base.html` and `notification/mail/base.txt`, which end with how to stop it;
    these two themselves say the `paragraphs` they are given.
    """
    given = {**context, "notice": notice, "subject": subject}
    html, text = (render_to_string(f"{template}.{form}", given, public_request()) for form in ("html", "txt"))
    return Letter(subject, html, text.strip() + "\n")
