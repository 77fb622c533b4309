"""Waiting for what other threads and processes do, not for a while; and how long that took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from statistics import median

SOON = 10.0  # seconds, on a machine that others use too


def until(claim: Callable[[], object], seconds: float = SOON) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)


def usual(delays: Iterable[float]) -> float:
    """Return the delay in the middle, in seconds: a promise is ours, that the machine stands still once is not."""
    return median(delays)
