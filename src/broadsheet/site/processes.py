"""A tree of processes: a parent that keeps its children running, and children that never outlive it."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

log = logging.getLogger("broadsheet.processes")

FIRST_DELAY = 0.5  # seconds before a child that crashed is started again; doubled with every crash
LONGEST_DELAY = 30.0
STEADY = 60.0  # a child that ran this long has recovered: its next crash is a first one
PATIENCE = 10.0  # seconds a child has to stop by itself
TICK = 0.1
GLANCE = 1.0  # how often a child looks whether its parent lives, where the kernel does not tell
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # <linux/prctl.h>


@dataclass
class Child:
    """One process of the tree: its name, what it runs, and how it has been doing."""

    name: str
    run: Callable[[], object]
    pid: int = 0
    started: float = 0.0
    crashes: int = 0
    due: float = 0.0  # when it may be started again, on the monotonic clock
    longest_delay: float = LONGEST_DELAY  # seconds
    when_orphaned: signal.Signals = signal.SIGTERM  # what Linux sends it when its parent is gone

    def start(self) -> None:
        """Fork the process: a session of its own, so that the terminal's Ctrl-C reaches only the parent."""
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.started = time.monotonic()
        # Until the child does by default what its parent does otherwise, it would hear a signal as its parent and stay.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                self._be_the_child(parent)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def has_ended(self, status: int) -> None:
        """Note an end that nobody asked for, and when to start again: later with every crash."""
        now = time.monotonic()
        self.crashes = 1 if now - self.started > STEADY else self.crashes + 1
        delay = min(FIRST_DELAY * 2 ** (self.crashes - 1), self.longest_delay)
        self.pid, self.due = 0, now + delay
        log.error("%s ended (%s); it is started again in %.1f seconds.", self.name, _how(status), delay)

    def send(self, number: int) -> None:
        """Send a signal, when there is a process to get it."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process and what it started."""
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self.send(signal.SIGKILL)

    def _be_the_child(self, parent: int) -> NoReturn:
        code = 1
        try:
            os.setsid()
            for number in STOPPING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            name_process(f"broadsheet {self.name}")
            die_with_parent(parent, self.when_orphaned)
            self.run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            log.exception("%s failed.", self.name)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


@dataclass
class Tree:
    """Children that run together until a signal ends all of them.

    They are forked, so that what the parent has imported is theirs too: no second start-up, one copy in memory. So the
    parent must have no other thread and no open database connection when it calls `run`.

    A child may run a tree of its own. That one must have less patience (seconds for its children to stop by themselves)
    than this one, which kills it otherwise before it has killed what does not stop.
    """

    children: Sequence[Child]
    patience: float = PATIENCE
    signals: list[int] = field(default_factory=list, init=False)

    def run(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Keep the children running until SIGINT, SIGTERM or SIGHUP; return when all have ended.

        `meanwhile` is called with every tick; what it raises ends the tree too. A second signal kills what still runs.
        """
        gc.collect()
        gc.freeze()  # never look at what was imported: looking would copy it into every child
        with self._noting_signals():
            try:
                while not self.signals:
                    self._start_what_is_due()
                    meanwhile()
                    time.sleep(TICK)
                    self._reap(Child.has_ended)
            finally:
                self._stop()

    @contextmanager
    def _noting_signals(self) -> Iterator[None]:
        def note(number: int, frame: FrameType | None) -> None:
            self.signals.append(number)

        before = {number: signal.signal(number, note) for number in STOPPING}
        # Whoever has started us may ignore it, which is inherited: then the kernel would keep no child's end for us.
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_what_is_due(self) -> None:
        for child in self.children:
            if not child.pid and time.monotonic() >= child.due:
                child.start()

    def _reap(self, then: Callable[[Child, int], object]) -> None:
        for child in self.children:
            if child.pid:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    then(child, status)

    def _stop(self) -> None:
        def gone(child: Child, status: int) -> None:
            child.pid = 0

        asked = len(self.signals)
        deadline = time.monotonic() + self.patience
        for child in self.children:
            child.send(signal.SIGTERM)
        while any(child.pid for child in self.children):
            if time.monotonic() > deadline or len(self.signals) > asked:
                for child in self.children:
                    child.kill()
            time.sleep(TICK)
            self._reap(gone)


def die_with_parent(parent: int, by: signal.Signals = signal.SIGTERM) -> None:
    """See to it that this process stops when the process `parent`, which started it, is gone, however it went.

    Linux sends the signal `by` at once; a thread looks as well, for other systems, for a parent that died before we
    asked, and to kill the process's group when it does not stop. For processes of a Tree, whose group is theirs alone.

    No thread runs in a process that is stopped, or in which a loop in C holds Python's lock, and SIGTERM moves neither:
    they end by SIGKILL alone. It leaves no time to finish, and to others what the process has started itself.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, by)
    threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent-watch").start()


def name_process(name: str) -> None:
    """Show `name` (its first 15 bytes) in lists of processes, on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_NAME, name.encode()[:15])


def _prctl(option: int, value: int | bytes) -> None:
    # By ctypes, since Python has no function for it. A C library without prctl loses speed (see _watch) and a name.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(GLANCE)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.killpg(0, signal.SIGKILL)  # and what it started: a child of the tree has a group of its own


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
