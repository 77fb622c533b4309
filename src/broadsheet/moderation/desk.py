"""What lies on the desk: the things of every kind in one queue, or of one writer, as one list to page through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from broadsheet.accounts.models import Profile
from broadsheet.moderation.history import History, ReportsOnThing, histories_of, open_reports_on
from broadsheet.moderation.kinds import DeskRow, ModeratedKind, moderated_kind, moderated_kinds
from broadsheet.moderation.models import ModeratedQuerySet, Standing

HELD, REPORTED = Standing.HELD.value, "reported"

# In the order of how often one looks for them: what waits for a moderator, then what has been decided.
QUEUES = {
    HELD: pgettext_lazy("queue", "Held"),
    REPORTED: pgettext_lazy("queue", "Reported"),
    Standing.PUBLISHED.value: pgettext_lazy("queue", "Published"),
    Standing.REJECTED.value: pgettext_lazy("queue", "Rejected"),
    Standing.REMOVED.value: pgettext_lazy("queue", "Removed"),
}
EMPTY = {
    HELD: _("Nothing awaits you."),
    REPORTED: _("No reader has reported anything that was not looked at."),
}


@dataclass(frozen=True)
class DeskLine:
    """A thing on the desk with all that one must know to decide: its row, its version, who wrote it, who complains."""

    row: DeskRow
    version: str
    history: History | None
    reports: ReportsOnThing | None

    @property
    def chosen(self) -> str:
        """What the form says of it when it is ticked."""
        return f"{self.row.kind}:{self.row.key}:{self.row.standing}:{self.version}"


class DeskList(Sequence[DeskLine]):
    """Lines of the desk, kind after kind. A slice asks the database for its own rows only, in as many queries."""

    def __init__(self, select: Callable[[ModeratedKind], ModeratedQuerySet]) -> None:
        self._parts = [(kind, rows, rows.count()) for kind in moderated_kinds() if (rows := select(kind)) is not None]

    def __len__(self) -> int:
        return sum(count for _kind, _rows, count in self._parts)

    @overload
    def __getitem__(self, index: int) -> DeskLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[DeskLine]: ...
    def __getitem__(self, index: int | slice) -> DeskLine | list[DeskLine]:
        if isinstance(index, slice):
            start, stop, _step = index.indices(len(self))
            return lines(list(self._between(start, stop)))
        return lines(list(self._between(index, index + 1)))[0]

    def _between(self, start: int, stop: int) -> Iterator[tuple[ModeratedKind, Any]]:
        for kind, rows, count in self._parts:
            if start < count and stop > 0:
                yield from ((kind, thing) for thing in rows[max(start, 0) : stop])
            start, stop = start - count, stop - count


def queue_named(text: str) -> str:
    """Return the queue of that name, *held* for any other."""
    return text if text in QUEUES else HELD


def queue(name: str) -> DeskList:
    """Return what lies in a queue: what is held oldest first, what is reported by how many, all else newest first."""
    return DeskList(lambda kind: _reported(kind) if name == REPORTED else _standing(kind, name))


def written_by(writer: Profile) -> DeskList:
    """Return everything of one writer, however it stands, newest first."""
    return DeskList(lambda kind: kind.things().filter(author=writer).reverse())


def standing_things_of(writer: Profile) -> DeskList:
    """Return what of one writer is published or held, newest first: what one removes in one go."""
    standing = (Standing.PUBLISHED, Standing.HELD)
    return DeskList(
        lambda kind: (
            kind.things()
            .filter(author=writer, standing__in=standing[1:] if kind.changes_another else standing)
            .reverse()
        )
    )


def waiting_counts() -> dict[str, int]:
    """Return how much waits for a moderator in the two queues that do: *held* and *reported*."""
    kinds = moderated_kinds()
    return {
        HELD: sum(kind.rows().held().count() for kind in kinds),
        REPORTED: sum(_reported_rows(kind).count() for kind in kinds),
    }


def desk_line(kind: str, key: str) -> DeskLine | None:
    """Return the line of one thing, however it stands; None when there is none."""
    known = moderated_kind(kind)
    thing = known.called(key).first() if known else None
    return lines([(known, thing)])[0] if known and thing is not None else None


def lines(found: Sequence[tuple[ModeratedKind, Any]]) -> list[DeskLine]:
    """Return the lines of things of any kinds; the number of queries does not depend on how many they are."""
    rows = [kind.row(thing) for kind, thing in found]
    histories = histories_of({row.writer.pk: row.writer for row in rows if row.writer})
    reports = open_reports_on(found)
    return [
        DeskLine(
            row,
            kind.version(thing),
            histories.get(row.writer.pk) if row.writer else None,
            reports.get((kind.name, thing.pk)),
        )
        for row, (kind, thing) in zip(rows, found, strict=True)
    ]


def tally(found: DeskList) -> Counter[str]:
    """Return how many of a list stand how; in one query for each kind."""
    counts: Counter[str] = Counter()
    for _kind, rows, _count in found._parts:
        counts.update(dict(rows.order_by().values_list("standing").annotate(number=Count("pk"))))
    return counts


def _standing(kind: ModeratedKind, standing: str) -> ModeratedQuerySet:
    rows = kind.things().filter(standing=standing)
    return rows if standing == Standing.HELD else rows.reverse()


def _reported(kind: ModeratedKind) -> ModeratedQuerySet:
    if kind.report_rows is None:
        return kind.things().none()
    opened = kind.report_rows.filter(subject=OuterRef("pk"), settled_at=None).order_by()
    reporters = Subquery(opened.values("subject").annotate(number=Count("pk")).values("number"))
    rows: ModeratedQuerySet = _reported_rows(kind, kind.things()).annotate(reporters=reporters)
    return rows.order_by("-reporters", "created_at", "pk")


def _reported_rows(kind: ModeratedKind, rows: ModeratedQuerySet | None = None) -> ModeratedQuerySet:
    rows = kind.rows() if rows is None else rows
    if kind.report_rows is None:
        return rows.none()
    opened = kind.report_rows.filter(settled_at=None)
    return rows.filter(standing=Standing.PUBLISHED, pk__in=opened.values("subject"))
