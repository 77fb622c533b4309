"""The folder that holds all data of a publication, and who has it in hand."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broadsheet.site.mistakes import Mistake

DATABASE_FILE = "broadsheet.sqlite3"
MEDIA_FOLDER = "media"
DEMO_MARK = "this-is-a-demo"  # the file that makes a home a demo home
LOCK_FILE = "serve.lock"


def is_demo(home: Path) -> bool:
    """Tell whether the home was made by `broadsheet demo`, whose sign-ins everybody knows."""
    return (home / DEMO_MARK).exists()


def nothing_in(home: Path) -> str:
    """Return what to say where a publication was looked for and none found."""
    return (
        f"There is no publication in {home} yet.\nMake one with `broadsheet init`, look around with `broadsheet demo`,"
        " or set BROADSHEET_HOME to where yours is."
    )


def is_in_hand(home: Path) -> bool:
    """Tell whether a process serves or restores the home now."""
    try:
        with having_in_hand(home):
            return False
    except Mistake:
        return True


@contextmanager
def having_in_hand(home: Path) -> Iterator[None]:
    """Keep other processes from serving or restoring the home while the block runs.

    The kernel lets go when the process is dead and all that it has forked, however they died. Raises Mistake when
    another process has the home.
    """
    with (home / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise Mistake(f"{home} is being served or restored already, by process {holder}.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
