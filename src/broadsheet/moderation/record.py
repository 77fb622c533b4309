"""What is on record of rulings: on whom and what each was, and whether it can still be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from broadsheet.moderation.kinds import ModeratedKind, moderated_kinds
from broadsheet.moderation.models import Ban, Ruling

# Of the writers that a ruling was about.
NAMES_SHOWN = 3


@dataclass
class Entry:
    """A ruling on record. `open` counts its decisions that are the last on their thing: those that can be undone."""

    ruling: Ruling
    writers: Counter[tuple[str, str]] = field(default_factory=Counter)
    open: int = 0
    bans: list[Ban] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many things it decided on."""
        return self.writers.total()

    @property
    def names(self) -> list[tuple[str, str]]:
        """The writers it was most about: public id and name."""
        return [writer for writer, _count in self.writers.most_common(NAMES_SHOWN)]

    @property
    def others(self) -> int:
        """How many more writers it was about."""
        return len(self.writers) - len(self.names)

    @property
    def bans_in_force(self) -> int:
        """How many of its bans nobody has lifted."""
        return sum(ban.lifted_at is None for ban in self.bans)

    @property
    def is_undoable(self) -> bool:
        """Whether there is anything left to undo."""
        return bool(self.open or self.bans_in_force)


def entry_of(ruling: Ruling) -> Entry:
    """Return what is on record of one ruling."""
    return entries_of([ruling])[0]


def entries_of(rulings: Sequence[Ruling]) -> list[Entry]:
    """Return what is on record of each ruling, in their order; in a few queries for all."""
    entries = {ruling.pk: Entry(ruling) for ruling in rulings}
    for kind in moderated_kinds():
        _add_decisions(kind, entries)
    by_id = {ruling.public_id: ruling.pk for ruling in rulings}
    for ban in Ban.objects.filter(bulk__in=list(by_id)).select_related("profile"):
        entries[by_id[ban.bulk]].bans.append(ban)
    return list(entries.values())


def _add_decisions(kind: ModeratedKind, entries: dict[int, Entry]) -> None:
    decisions = kind.decision_rows
    later = decisions.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    rows = decisions.filter(ruling__in=list(entries)).annotate(is_decided_anew=Exists(later)).order_by("pk")
    fields = ("ruling", "subject__author__public_id", "subject__author__name", "is_decided_anew")
    for ruling, public_id, name, is_decided_anew in rows.values_list(*fields):
        entries[ruling].writers[(public_id, name)] += 1
        entries[ruling].open += not is_decided_anew
