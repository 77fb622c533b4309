"""The one way to tell the world that something shown has changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from broadsheet.delivery.models import Topic


def announce(topic: str, change: str) -> None:
    """Raise the version of `topic` with the surrounding transaction; say why in `change`.

    The version is a row, written in the transaction of the change itself: the world sees both at the same commit, a
    rollback announces nothing, and no kill between the two can lose the announcement. Announce only what an anonymous
    reader may see.
    """
    # One statement, so that no two announcements are lost to each other, on both databases.
    table = connection.ops.quote_name(Topic._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, version, change, announced_at) VALUES (%s, 1, %s, %s) "  # noqa: S608 - our own table
            f"ON CONFLICT (name) DO UPDATE SET version = {table}.version + 1, "
            "change = excluded.change, announced_at = excluded.announced_at",
            [topic, change, timezone.now()],
        )


def versions_of(topics: Iterable[str]) -> dict[str, int]:
    """Return the version of each topic; one that was never announced is at 0."""
    names = list(topics)
    known = dict(Topic.objects.filter(name__in=names).values_list("name", "version"))
    return {name: known.get(name, 0) for name in names}
