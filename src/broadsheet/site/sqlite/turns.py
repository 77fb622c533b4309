"""Turns at writing: who comes first writes first, in this process and among the processes of one machine."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

# How often the first in the queue looks whether the file is free. A write holds it for a few milliseconds.
GLANCE = 0.0005


@dataclass
class Turn:
    """The right to write, until it is given back. A forked child's copy gives nothing back: it never had it."""

    held: ExitStack
    process: int = field(default_factory=os.getpid)

    def give_back(self) -> None:
        """Let the next one write; a second call does nothing."""
        if self.process == os.getpid():
            self.held.close()


class _Queue:
    """The threads of one process at one database: one may write, one is next, the others wait behind."""

    def __init__(self) -> None:
        self.next = threading.Lock()
        self.writer = threading.Lock()


_queues: dict[str, _Queue] = {}
_queues_lock = threading.Lock()
_open_files: set[int] = set()


def take_turn(path: str, patience: float) -> Turn:
    """Return the right to write to the database at `path`, after at most `patience` seconds of waiting in line.

    At each step one waits at the door (`next`) and only then for the writer to finish. Whoever just wrote has to pass
    that door again, so nobody overtakes the one who stands in it. Raises sqlite3.OperationalError when time is up.
    """
    deadline = time.monotonic() + patience
    with _queues_lock:
        queue = _queues.setdefault(path, _Queue())
    with ExitStack() as held:
        with ExitStack() as door:
            _enter(queue.next, door, deadline, path)
            _enter(queue.writer, held, deadline, path)
        with ExitStack() as door:
            _enter_file(f"{path}.next", door, deadline, path)
            _enter_file(f"{path}.write", held, deadline, path)
        return Turn(held.pop_all())


def _enter(lock: threading.Lock, held: ExitStack, deadline: float, path: str) -> None:
    if not lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
        raise _out_of_time(path)
    held.callback(lock.release)


def _enter_file(name: str, held: ExitStack, deadline: float, path: str) -> None:
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise sqlite3.OperationalError(f"cannot queue for a turn to write: {error}") from error
    _open_files.add(descriptor)
    held.callback(_leave_file, descriptor)
    while not _try_lock(descriptor):
        if time.monotonic() >= deadline:
            raise _out_of_time(path)
        time.sleep(GLANCE)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


def _leave_file(descriptor: int) -> None:
    # Unlock before closing: a child forked meanwhile holds a copy, and closing ours would leave the file locked.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    _open_files.discard(descriptor)
    os.close(descriptor)


def _out_of_time(path: str) -> sqlite3.OperationalError:
    return sqlite3.OperationalError(
        f"database is locked: waited in vain for a turn to write to {path}; another process or thread is holding it"
    )


def _forget_the_parents() -> None:
    """Start afresh in a forked child: its parent's locks are not its own, and nobody here would release them."""
    global _queues_lock
    _queues_lock = threading.Lock()
    _queues.clear()
    for descriptor in _open_files:
        with suppress(OSError):
            os.close(descriptor)
    _open_files.clear()


os.register_at_fork(after_in_child=_forget_the_parents)
