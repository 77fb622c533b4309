"""Limits on what one person, one connection or one place may do in a time, counted by all processes alike."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
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
        """Take one of the turns of `whose`; False when there is none left. Kept as a digest, in one statement."""
        now = timezone.now()
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
                [f"{self.name}:{_digest(whose)}", at, ago, ago],
            )
            return int(cursor.fetchone()[0]) <= self.turns


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


def _digest(whose: str) -> str:
    """What stands for somebody whom nobody shall read there; only who has the secret key can compute it."""
    return salted_hmac("broadsheet.gate.limits", whose, algorithm="sha256").hexdigest()
