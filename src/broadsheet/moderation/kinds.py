"""The kinds of things that the desk decides on; the modules that own a kind describe it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from broadsheet.moderation.judge import in_words
from broadsheet.moderation.models import Moderated, ModeratedQuerySet


@dataclass(frozen=True)
class DeskRow:
    """One line of the desk: what was submitted, by whom, where, and why it waits. Plain text but for safe `html`."""

    kind: str
    key: str
    author: str
    html: str
    context: str
    url: str
    submitted_at: datetime
    reason: str
    standing: str

    @property
    def label(self) -> str:
        """What a thing of this kind is called, in the active language."""
        return gettext(_kinds[self.kind].label)

    @property
    def why(self) -> str:
        """The reason as a sentence, in the active language."""
        return in_words(self.reason)


@dataclass(frozen=True)
class ModeratedKind:
    """A seam: what the desk must know of a kind of moderated thing that a higher module owns.

    `label` is what one of them is called, a message of the catalogues. `rows` are all of the kind, the oldest first,
    with what `row` needs already joined; `key` is the field that names one in a URL; `row` describes one. `record`
    writes the adopter's own decision row for (thing, standing, reason, by) and lets the thing take it to heart; it is
    called in a transaction, with the thing's row locked.
    """

    name: str
    label: str
    rows: Callable[[], ModeratedQuerySet]
    key: str
    row: Callable[[Any], DeskRow]
    record: Callable[[Moderated, str, str, Any], None]

    def called(self, key: str) -> ModeratedQuerySet:
        """Return the one row that is called `key`, or none; any text may be asked for."""
        # PostgreSQL knows no NUL, so nothing is called by one.
        return self.rows().none() if "\0" in key else self.rows().filter(**{self.key: key})


_kinds: dict[str, ModeratedKind] = {}


def add_moderated_kind(kind: ModeratedKind) -> None:
    """Make a kind known; called once, from the owning module's `AppConfig.ready()`."""
    if kind.name in _kinds:
        raise ValueError(f"There is a moderated kind {kind.name!r} already.")
    _kinds[kind.name] = kind


def moderated_kind(name: str) -> ModeratedKind | None:
    """Return the kind of that name; None when there is none."""
    return _kinds.get(name)


def moderated_kinds() -> tuple[ModeratedKind, ...]:
    """Return every kind, in the order of their names."""
    return tuple(_kinds[name] for name in sorted(_kinds))
