"""The shipped command, run as an operator runs it: in a process of its own, on a home and a port of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.places import free_port

BROADSHEET = str(Path(sys.executable).with_name("broadsheet"))
START_LIMIT = 240  # seconds; the first start of a demo migrates, collects and draws
STOP_LIMIT = 30
# Names in the environment that belong to the tests, or to whoever started them.
FOREIGN = ("BROADSHEET_", "TEST_", "DJANGO_", "PYTEST_", "DATABASE_URL", "REDIS_URL")
DATABASE = "broadsheet.sqlite3"


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Return the environment of an operator whose publication lives in `home`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return own | {"BROADSHEET_HOME": str(home)} | settings


def run(
    home: Path, *words: str, given: str = "", settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command of `broadsheet` to its end and return what it said."""
    return subprocess.run(
        [BROADSHEET, *words], env=environment(home, **(settings or {})), input=given, capture_output=True, text=True,
        timeout=START_LIMIT, check=False,
    )  # fmt: skip


class Served:
    """A publication that is being served; a context manager that stops it again and wants it to stop cleanly."""

    def __init__(self, home: Path, command: str = "serve", settings: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.port = free_port()
        self.command = command
        self.settings = {"BROADSHEET_PORT": str(self.port), **(settings or {})}
        self.log = home.with_name(f"{home.name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that was started: the supervisor of the others."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it, where it was before if it was killed, and do not wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BROADSHEET, self.command], env=environment(self.home, **self.settings), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_it_answers()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError(f"it ended by itself:\n{self.said()}")
        self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        assert status == 0, self.said()

    def wait_until_it_answers(self) -> None:
        """Wait; what does not come to that is killed."""
        deadline = time.monotonic() + START_LIMIT
        try:
            while not self._answers():
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"`broadsheet {self.command}` does not start:\n{self.said()}")
                time.sleep(0.2)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill it and what it started, which is a session of its own, between any two of their lines."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_LIMIT)

    def said(self) -> str:
        """Return what it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()


def family(parent: int) -> dict[int, int]:
    """Return all descendants of a process, each with its parent."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(ppid) for pid, ppid in (line.split() for line in listed.splitlines())}
    found: dict[int, int] = {}
    while more := {pid: p for pid, p in parents.items() if p in {parent, *found} and pid not in found}:
        found |= more
    return found


def copy_home(home: Path, target: Path) -> Path:
    """Return a copy of a home that nobody serves."""
    shutil.copytree(home, target)
    return target
