"""A tree of processes: a parent that keeps its children running, and children that never outlive it."""

from __future__ import annotations

import ctypes
import gc
import logging
import mmap
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
SILENCE = 30.0  # seconds without a beat, after which we do not hope for another: load makes them rare, not absent
BEGINNING = 120.0  # seconds until the first beat, on a small machine that starts everything at once
LATE = 3.0  # seconds since the parent's last look, after which it was itself stopped, and its children perhaps with it
GLANCE = 1.0  # how often a child looks whether its parent lives, where the kernel does not tell
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # <linux/prctl.h>


@dataclass
class Pulse:
    """Signs of life that a child gives from where it must never stand still, and that its parent sees.

    A byte of memory that the fork shares, another one after every beat: nobody who hangs can hold a lock on it or leave
    it full. Times are the parent's own, on its monotonic clock, which does not count how long a machine sleeps.
    """

    silence: float = SILENCE  # seconds between two beats, at most
    beginning: float = BEGINNING  # seconds until the first
    _byte: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1), init=False, repr=False)
    _seen: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)
    _has_begun: bool = field(default=False, init=False)

    @property
    def limit(self) -> float:
        """How many seconds of silence are allowed now."""
        return self.silence if self._has_begun else self.beginning

    def beat(self) -> None:
        """Give a sign of life: this is for the child."""
        self._byte[0] = (self._byte[0] + 1) % 256

    def begin(self, now: float) -> None:
        """Expect the signs of a child that is started now."""
        self._seen, self._since, self._has_begun = self._byte[0], now, False

    def has_stopped(self, now: float) -> bool:
        """Look for a sign, and tell whether there has been none for longer than is allowed."""
        seen = self._byte[0]
        if seen != self._seen:
            self._seen, self._since, self._has_begun = seen, now, True
        return now - self._since > self.limit

    def forgive(self, now: float) -> None:
        """Forget the silence until now."""
        self._since = now


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
    pulse: Pulse | None = None  # where there is one, it is killed when that has stopped

    def start(self) -> None:
        """Fork the process: a session of its own, so that the terminal's Ctrl-C reaches only the parent."""
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.started = time.monotonic()
        if self.pulse:
            self.pulse.begin(self.started)
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
    _looked: float = field(default=0.0, init=False)  # when, on the monotonic clock, for children that hang

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
                    self.kill_what_hangs(time.monotonic())
            finally:
                self._stop()

    def kill_what_hangs(self, now: float) -> None:
        """Kill children whose pulse has stopped; they are started again like others that have ended.

        Who looks late was stopped, or the machine stood still: then nobody is blamed for the silence until `now`.
        """
        is_late, self._looked = now - self._looked > LATE, now
        for child in self.children:
            if not child.pid or not child.pulse:
                continue
            has_stopped = child.pulse.has_stopped(now)
            if has_stopped and not is_late:
                limit = child.pulse.limit
                log.error(
                    "%s (process %d) has not answered for %g seconds and is killed.", child.name, child.pid, limit
                )
                child.kill()
            if has_stopped or is_late:
                child.pulse.forgive(now)  # a killed one too: it may wait for a disk, and dies when that has answered

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
