"""What a piece of work costs this process, with what is not its own left out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TRIES = 5


class Cost:
    """Filled when the work is done."""

    cpu: float  # seconds


@contextmanager
def counted() -> Iterator[Cost]:
    """Count the CPU time of what is done within.

    Without the collection of garbage, which falls due in the middle of anything and goes through whatever all tests
    so far have left: half a second of CPU, against hundredths for most of what is counted here.
    """
    cost, was_on = Cost(), gc.isenabled()
    gc.disable()
    started = time.process_time()
    try:
        yield cost
    finally:
        cost.cpu = time.process_time() - started
        if was_on:
            gc.enable()


def least(work: Callable[[], object], tries: int = TRIES) -> float:
    """Tell the least CPU time, in seconds, that some work took: whatever else a machine does can only add to it."""

    def once() -> float:
        with counted() as cost:
            work()
        return cost.cpu

    return min(once() for _ in range(tries))
