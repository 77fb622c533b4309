"""Limits on what one person, one connection or one place may do in a time, counted by all processes alike."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac

from broadsheet.gate.models import Allowance

LONGEST = timedelta(days=1)  # no limit looks further back, so what is older can be forgotten


@dataclass(frozen=True)
class Limit:
    """So many turns within a time that begins with the first of them."""

    name: str
    turns: int
    within: timedelta

    def __post_init__(self) -> None:
        if self.within > LONGEST:
            raise ValueError(f"The limit {self.name!r} looks further back than anything is remembered.")

    def take(self, whose: str) -> bool:
        """Take one of the turns of `whose`; False when there is none left. Kept as the digest of the day it began."""
        now = timezone.now()
        yesterday = now - timedelta(days=1)
        runs_on = (now - self.within).date() < now.date() and self._count_on(self._name(whose, yesterday), now)
        return (runs_on or self._count(self._name(whose, now), now)) <= self.turns

    def ends_at(self, whose: str) -> datetime | None:
        """Return when `whose` have turns again; None where one is left."""
        now = timezone.now()
        names = [self._name(whose, day) for day in (now, now - timedelta(days=1))]
        used_up = Allowance.objects.filter(name__in=names, began_at__gt=now - self.within, taken__gte=self.turns)
        began: datetime | None = used_up.aggregate(Max("began_at"))["began_at__max"]
        return began + self.within if began else None

    def _count_on(self, name: str, now: datetime) -> int:
        """Count one more in a time that began yesterday and is not over; 0 where there is none."""
        table = connection.ops.quote_name(Allowance._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET taken = taken + 1 WHERE name = %s AND began_at > %s RETURNING taken",  # noqa: S608 - our own table
                [name, connection.ops.adapt_datetimefield_value(now - self.within)],
            )
            found = cursor.fetchone()
        return int(found[0]) if found else 0

    def _count(self, name: str, now: datetime) -> int:
        """Count one more in the time that began today, or in one that begins now; in one statement."""
        at, ago = (connection.ops.adapt_datetimefield_value(moment) for moment in (now, now - self.within))
        began = "CASE WHEN {table}.began_at <= %s THEN {new} ELSE {old} END"
        table = connection.ops.quote_name(Allowance._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (name, began_at, taken) VALUES (%s, %s, 1) "  # noqa: S608 - our own table
                f"ON CONFLICT (name) DO UPDATE SET "
                f"taken = {began.format(table=table, new='1', old=f'{table}.taken + 1')}, "
                f"began_at = {began.format(table=table, new='excluded.began_at', old=f'{table}.began_at')} "
                "RETURNING taken",
                [name, at, ago, ago],
            )
            return int(cursor.fetchone()[0])

    def _name(self, whose: str, day: datetime) -> str:
        return f"{self.name}:{_digest(whose, day)}"


def take_all(*turns: tuple[Limit, str]) -> Limit | None:
    """Take a turn under each limit, in one transaction; return the first that has none left, else None.

    Nothing is counted under the limits behind it: who is beyond their own uses up nobody else's.
    """
    with transaction.atomic():
        return next((limit for limit, whose in turns if not limit.take(whose)), None)


def network_of(client: str) -> str:
    """Return what a client's address is counted as: an IPv6 customer has a whole /64 to choose from."""
    address = ipaddress.ip_address(client)
    if address.version == 4:
        return str(address)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def forget_old_turns(now: datetime | None = None) -> int:
    """Forget the turns of limits that have run out; return how many that were. For the timetable."""
    return Allowance.objects.filter(began_at__lte=(now or timezone.now()) - LONGEST).delete()[0]


def _digest(whose: str, day: datetime) -> str:
    """What stands for somebody whom nobody shall read there, on one day in UTC; the next day it is another.

    Only who has the secret key can compute it, and nobody can tell from the rows that two days' are the same one's.
    """
    salt = f"broadsheet.gate.limits:{day.astimezone(UTC).date().isoformat()}"
    return salted_hmac(salt, whose, algorithm="sha256").hexdigest()
