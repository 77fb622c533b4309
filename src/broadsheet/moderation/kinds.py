"""The kinds of things that the desk decides on; the modules that own a kind describe it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext

from broadsheet.accounts.models import Profile
from broadsheet.gate.keys import Key
from broadsheet.moderation.judge import in_words
from broadsheet.moderation.models import Decision, Moderated, ModeratedQuerySet, Report, Ruling, Standing

WORDS_LENGTH = 12  # of a digest: no two versions of one thing are taken for each other


@dataclass(frozen=True)
class Question:
    """What one must have read to understand a thing: what it answers or changes, as safe HTML, and where that stands.

    `intro` says which of these it is.
    """

    intro: str
    html: str
    url: str = ""


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
    writer: Profile | None = None
    question: Question | None = None
    scope: str = ""  # of the place, which may have a policy of its own

    @property
    def label(self) -> str:
        """What a thing of this kind is called, in the active language."""
        return gettext(_kinds[self.kind].label)

    @property
    def standing_words(self) -> str:
        """How it stands, in the active language."""
        return str(Standing(self.standing).label)

    @property
    def why(self) -> str:
        """The reason as a sentence, in the active language."""
        return in_words(self.reason)


@dataclass(frozen=True)
class ModeratedKind:
    """A seam: what the desk must know of a kind of moderated thing that a higher module owns.

    `label` is what one of them is called, a message of the catalogues. `rows` are all of the kind, the oldest first,
    with what `row` needs already joined; `key` is the field that names one in a URL; `row` describes one. `decisions`
    and `reports` are the adopter's own tables of them; `reports` is None for what readers cannot report.
    `changes_another` says of a kind that it only changes things of others: it does not count as written. `place` says
    what a scope is called that things of the kind go to, empty for one that is none of its places.
    """

    name: str
    label: str
    rows: Callable[[], ModeratedQuerySet]
    key: str
    row: Callable[[Any], DeskRow]
    decisions: type[Decision]
    reports: type[Report] | None = None
    changes_another: bool = False
    place: Callable[[str], str] | None = None

    def things(self) -> ModeratedQuerySet:
        """Return the rows, each with the number of the last decision on it as `last_decision` (None for none)."""
        last = self.decision_rows.filter(subject=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        things: ModeratedQuerySet = self.rows().annotate(last_decision=Subquery(last))
        return things

    @property
    def decision_rows(self) -> QuerySet[Any]:
        """All decisions on things of the kind."""
        return self.decisions._default_manager.all()

    @property
    def report_rows(self) -> QuerySet[Any] | None:
        """All reports on things of the kind; None where readers can report none."""
        return self.reports._default_manager.all() if self.reports else None

    def called(self, key: str) -> ModeratedQuerySet:
        """Return the one row that is called `key`, or none; any text may be asked for."""
        # PostgreSQL knows no NUL, so nothing is called by one.
        return self.things().none() if "\0" in key else self.things().filter(**{self.key: key})

    def version(self, thing: Any) -> str:
        """Return what changes with every decision on a thing and with its words, so that one knows what was seen."""
        words = Key.of("words", self.row(thing).html).digest
        return f"{thing.last_decision or 0}-{words[:WORDS_LENGTH]}"

    def record(self, thing: Moderated, standing: str, reason: str, ruling: Ruling, undoes: Decision | None) -> Decision:
        """Write a decision on a thing and let the thing take it to heart. In a transaction, the thing's row locked."""
        decision: Decision = self.decision_rows.create(
            subject=thing,
            standing=standing,
            reason=reason,
            before=thing.standing,
            before_reason=thing.standing_reason,
            by=ruling.by,
            ruling=ruling,
            undoes=undoes,
        )
        thing.decided(decision)
        return decision


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
