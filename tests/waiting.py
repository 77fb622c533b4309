"""Waiting for what other threads and processes do, not for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

SOON = 10.0  # seconds, on a machine that others use too


def until(claim: Callable[[], object], seconds: float = SOON) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)
