"""Waiting for what other threads and processes do, not for a while; and how long that took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

SOON = 10.0  # seconds, on a machine that others use too
ZONES = [ZoneInfo("UTC"), ZoneInfo("Europe/Oslo")]  # the days that tests and what they test go by


def until(claim: Callable[[], object], seconds: float = SOON) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)


def usual(delays: Iterable[float]) -> float:
    """Return the delay in the middle, in seconds: a promise is ours, that the machine stands still once is not."""
    return median(delays)


def left_of_day(now: datetime) -> float:
    """Return the seconds until a day ends, by whichever zone it ends first."""
    ends = []
    for zone in ZONES:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        ends.append(datetime.combine(tomorrow, datetime.min.time(), zone).timestamp())
    return min(ends) - now.timestamp()
