"""What lies on the desk: the things of every kind that stand alike, as one list to page through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from broadsheet.moderation.kinds import DeskRow, ModeratedKind, moderated_kind, moderated_kinds
from broadsheet.moderation.models import ModeratedQuerySet, Standing


class DeskList(Sequence[DeskRow]):
    """The desk's lines for one standing, kind after kind; what is held oldest first, all else newest first.

    A slice asks the database for its own rows only.
    """

    def __init__(self, standing: str) -> None:
        self._parts: list[tuple[ModeratedKind, ModeratedQuerySet, int]] = []
        for kind in moderated_kinds():
            rows = kind.rows().filter(standing=standing)
            self._parts.append((kind, rows if standing == Standing.HELD else rows.reverse(), rows.count()))

    def __len__(self) -> int:
        return sum(count for _kind, _rows, count in self._parts)

    @overload
    def __getitem__(self, index: int) -> DeskRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[DeskRow]: ...
    def __getitem__(self, index: int | slice) -> DeskRow | list[DeskRow]:
        if isinstance(index, slice):
            start, stop, _step = index.indices(len(self))
            return list(self._between(start, stop))
        return next(self._between(index, index + 1))

    def _between(self, start: int, stop: int) -> Iterator[DeskRow]:
        for kind, rows, count in self._parts:
            if start < count and stop > 0:
                yield from (kind.row(thing) for thing in rows[max(start, 0) : stop])
            start, stop = start - count, stop - count


def held_count() -> int:
    """Return how many things of all kinds await a moderator."""
    return sum(kind.rows().held().count() for kind in moderated_kinds())


def desk_row(kind: str, key: str) -> DeskRow | None:
    """Return the line of one thing, however it stands; None when there is none."""
    known = moderated_kind(kind)
    thing = known.called(key).first() if known else None
    return known.row(thing) if known and thing is not None else None
