"""The one way to tell the world that something shown has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from broadsheet.delivery.models import Announcement, Topic
from broadsheet.delivery.topics import topic

# What PostgreSQL calls the line on which every process listens (changes.py).
CHANNEL = "broadsheet_changes"


def announce(topic: str, change: str, about: str = "") -> None:
    """Raise the version of `topic` with the surrounding transaction; say why in `change`.

    `about` is the public id of what in the topic has changed, where that is one thing: open pages follow it.

    The version is a row, written in the transaction of the change itself: the world sees both at the same commit, a
    rollback announces nothing, and no kill between the two can lose the announcement. Announce only what an anonymous
    reader may see.
    """
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        version = _raise_version(topic, change, now)
        noted = Announcement.objects.create(topic=topic, version=version, change=change, about=about, announced_at=now)
        _wake_listeners(noted)


def versions_of(topics: Iterable[str]) -> dict[str, int]:
    """Return the version of each topic; one that was never announced is at 0."""
    names = list(topics)
    known = dict(Topic.objects.filter(name__in=names).values_list("name", "version"))
    return {name: known.get(name, 0) for name in names}


def version_for(kind: str, key: str = "pk") -> Coalesce:
    """Return, as an expression, the version of the topic that a row of a query is; its column `key` is the topic's key.

    So that what a page shows and of which version it is come with one query.
    """
    name = Concat(Value(topic(kind, "")), Cast(OuterRef(key), CharField()))
    return Coalesce(Subquery(Topic.objects.filter(name=name).values("version")), 0)


def _raise_version(topic: str, change: str, now: datetime) -> int:
    # One statement, so that no two announcements are lost to each other, on both databases.
    table = connection.ops.quote_name(Topic._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (name, version, change, announced_at) VALUES (%s, 1, %s, %s) "  # noqa: S608 - our own table
            f"ON CONFLICT (name) DO UPDATE SET version = {table}.version + 1, "
            "change = excluded.change, announced_at = excluded.announced_at RETURNING version",
            [topic, change, connection.ops.adapt_datetimefield_value(now)],
        )
        return int(cursor.fetchone()[0])


def _wake_listeners(noted: Announcement) -> None:
    """Tell those who listen, when this is committed; SQLite's listeners look for themselves."""
    if connection.vendor == "postgresql":
        payload = json.dumps([noted.number, noted.topic, noted.version, noted.change, noted.about])
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
