"""Was it on the disk before it was said to be? Watches processes by strace, and judges what they did (crash.py).

A killed process loses nothing that the kernel has: only a look at the system calls tells what a loss of power would
take. A post counts as proven when its transaction was written to the database's log and a sync of that file, begun
after the last such write, was over before the first byte of the answer left.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

HOW_TO_GET = "strace was not found (Debian, Ubuntu: apt-get install strace), so nobody watched the disk."
SQLITES = ".sqlite3-wal"
LOGS = re.compile(r"(\.sqlite3-wal|/pg_wal/[0-9A-F]{24})$")  # what makes a commit of either database durable
SYNCS = ("fsync", "fdatasync")
WRITES = ("write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg")
READS = ("read", "readv", "recvfrom", "recvmsg")
SHOWN = 24  # bytes of what is sent: enough for the first words of a request and of an answer
PATIENCE = 20.0  # seconds until strace has attached to everybody, or let go

_LINE = re.compile(r"(?P<pid>\d+) +[\d.]+ (?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?:\d+<(?P<path>.*?)>(?=[,) ]))?(?P<text>.*)")
_LINK = re.compile(r"^(?P<kind>[\w-]+):\[(?P<own>[^\]]+?)->(?P<other>[^\],]+)")  # a socket and who is at its other end
_RESUMED = re.compile(r"<\.\.\. (?P<name>\w+) resumed>(?P<text>.*)")
_FAILED = re.compile(r"= -1 |= \?")
_POST = re.compile(r'"POST /')
_ANSWER = re.compile(r'"HTTP/1\.1 303')


@dataclass(frozen=True)
class Event:
    """A system call that began, ended, or did both with nothing in between; `path` is what its first argument is."""

    pid: int
    name: str
    path: str
    text: str
    begins: bool
    ends: bool
    failed: bool = False


@dataclass
class Post:
    """What was seen between the arrival of a post and the first byte of its answer."""

    written: int = 0
    synced: int = 0
    is_answered: bool = False
    is_proven: bool = False


@dataclass
class _Log:
    """A log file: its writes that no sync has covered, those still going on, and what each sync going on will cover."""

    dirty: dict[int, int] = field(default_factory=dict)  # who wrote, by the write's number
    going_on: dict[int, int] = field(default_factory=dict)
    covering: dict[int, set[int]] = field(default_factory=dict)


def is_available() -> bool:
    """Whether there is a strace on this machine."""
    return shutil.which("strace") is not None


@contextmanager
def watched(pids: Sequence[int], into: Path) -> Iterator[None]:
    """Write what processes, their threads and children do with files and sockets into a file while the block runs."""
    calls = ",".join((*SYNCS, *WRITES, *READS))
    words = ["strace", "-f", "-yy", "-ttt", "-s", str(SHOWN), "-e", f"trace={calls}", "-e", "signal=none"]
    words += ["-o", str(into)]
    for pid in pids:
        words += ["-p", str(pid)]
    strace = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not all(map(_is_traced, pids)):
            if strace.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("strace cannot attach; it must run as root or as the owner of the processes.")
            time.sleep(0.05)
        yield
    finally:
        strace.send_signal(signal.SIGINT)  # it lets go of everybody, who run on
        strace.wait(PATIENCE)


def _is_traced(pid: int) -> bool:
    tasks = list(Path(f"/proc/{pid}/task").iterdir())
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)


def read_trace(lines: Iterable[str]) -> Iterator[Event]:
    """Yield what a trace tells, in the order in which strace saw it: what began after something had ended is later."""
    open_calls: dict[int, str] = {}
    for line in lines:
        found = _LINE.match(line)
        if not found:
            continue
        pid, rest = int(found["pid"]), found["rest"]
        if resumed := _RESUMED.match(rest):
            path = open_calls.pop(pid, "")
            failed = bool(_FAILED.search(rest))
            yield Event(pid, resumed["name"], path, resumed["text"], begins=False, ends=True, failed=failed)
        elif call := _CALL.match(rest):
            is_open = rest.endswith("<unfinished ...>")
            path = call["path"] or ""
            if is_open:
                open_calls[pid] = path
            failed = not is_open and bool(_FAILED.search(rest))
            yield Event(pid, call["name"], path, call["text"], begins=True, ends=not is_open, failed=failed)


def judge_posts(events: Iterable[Event]) -> list[Post]:
    """Return what became of each post of one client, who waits for every answer."""
    posts: list[Post] = []
    logs: dict[str, _Log] = {}
    links = Links()
    number = 0
    for event in events:
        links.note(event)
        if event.name in READS and event.ends and _POST.search(event.text):
            posts.append(Post())
        now = posts[-1] if posts and not posts[-1].is_answered else Post()
        if event.name in WRITES and event.begins and _ANSWER.search(event.text):
            unsynced = [(path, pid) for path, log in logs.items() for pid in log.dirty.values()]
            now.is_answered = True
            now.is_proven = bool(now.written and now.synced) and not any(links.are_ours(*one) for one in unsynced)
        elif LOGS.search(event.path):
            log = logs.setdefault(event.path, _Log())
            if event.name in SYNCS:
                now.synced += _note_sync(log, event)
            elif event.name in WRITES:
                number += event.begins
                now.written += event.begins
                _note_write(log, event, number)
    return posts


@dataclass
class Links:
    """Which sockets were seen at whose end, so that PostgreSQL's process that serves a post is told from its others."""

    seen: set[tuple[str, str]] = field(default_factory=set)
    of: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Remember a socket that somebody used."""
        if found := _LINK.match(event.path):
            ends = (found["own"], found["other"])
            self.seen.add(ends)
            self.of.setdefault(event.pid, set()).add(ends)

    def are_ours(self, path: str, pid: int) -> bool:
        """Whether what a process wrote to a log can be the post's: on SQLite all that a web worker wrote.

        Of PostgreSQL's processes only those count that talk with one that is watched too: its helpers talk to nobody,
        others serve the background worker and the timetable.
        """
        ends = self.of.get(pid, set())
        return path.endswith(SQLITES) or any((other, own) in self.seen for own, other in ends)


def _note_write(log: _Log, event: Event, number: int) -> None:
    if event.begins:
        log.dirty[number] = event.pid
        log.going_on[event.pid] = number
    if event.ends:
        log.going_on.pop(event.pid, None)


def _note_sync(log: _Log, event: Event) -> int:
    """Note that a sync begins or ends; return how many are over and went well."""
    if event.begins:
        log.covering[event.pid] = set(log.dirty) - set(log.going_on.values())
    if not event.ends:
        return 0
    covered = log.covering.pop(event.pid, set())
    if event.failed:
        return 0
    for number in covered:
        log.dirty.pop(number, None)
    return 1
