"""The form's stamp: when a form was given out, so that a robot's haste shows. A sign of spam, never a proof."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer

SALT = "broadsheet.gate.stamp"
MINUTE = 60


def fresh_stamp(now: datetime) -> str:
    """Return the signed minute of `now`; the same for everybody, so that a page of many readers may carry it."""
    return Signer(salt=SALT).sign(f"{int(now.timestamp()) // MINUTE:x}")


def stamp_age(stamp: str, now: datetime) -> timedelta | None:
    """Return how long ago, at most, a form with this stamp was given out.

    None for a stamp that is not ours or lies in the future. As a stamp knows its minute only, the age is up to a minute
    too high.
    """
    try:
        minute = int(Signer(salt=SALT).unsign(stamp), 16)
    except (BadSignature, ValueError):
        return None
    age = now - datetime.fromtimestamp(minute * MINUTE, UTC)
    return age if age >= timedelta(0) else None
