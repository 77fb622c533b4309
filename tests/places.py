"""Where a run of the tests keeps its things: one folder, swept when its process is gone, and free ports."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "broadsheet-tests-"
# A cluster of PostgreSQL with some clones of the database; a container's /dev/shm often has 64 MB in all.
ROOM_NEEDED = 2 * 1024**3


def remember(name: str, choose: Callable[[], str]) -> str:
    """Return the environment's `name`, chosen now if it is not set, so that every process of a run has the same."""
    if name not in os.environ:
        os.environ[name] = choose()
    return os.environ[name]


def option(arguments: Sequence[str], name: str) -> str | None:
    """Return what `arguments` give for the option `name`, written as two words or with `=`; the last one counts."""
    found = None
    for position, word in enumerate(arguments):
        if word == name and position + 1 < len(arguments):
            found = arguments[position + 1]
        elif word.startswith(f"{name}="):
            found = word.partition("=")[2]
    return found


def run_folder() -> Path:
    """Return this run's folder, in memory where there is room; the first process of a run makes it."""
    return Path(remember("TEST_FOLDER", _make_run_folder))


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_run_folder() -> str:
    parent = _quick_folder()
    _sweep(parent)
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent)
    # Others may pass through but not look around: PostgreSQL refuses to run as root and has its cluster inside.
    os.chmod(folder, 0o711)  # noqa: S103
    atexit.register(_remove, folder, os.getpid())
    return folder


def _remove(folder: str, maker: int) -> None:
    # A forked child inherits the intention, not the duty.
    if os.getpid() == maker:
        shutil.rmtree(folder, ignore_errors=True)


def _quick_folder() -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - its own random folder inside, as in any temporary folder
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_NEEDED:
        return memory
    return Path(tempfile.gettempdir())


def _sweep(parent: Path) -> None:
    """Remove what killed runs left behind."""
    for folder in parent.glob(f"{PREFIX}*"):
        if not _is_running(_owner(folder)):
            shutil.rmtree(folder, ignore_errors=True)


def _owner(folder: Path) -> int:
    number = folder.name.removeprefix(PREFIX).partition("-")[0]
    return int(number) if number.isdigit() else os.getpid()


def _is_running(process: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
