"""What thousands of open streams cost and how soon they are told: `python benchmarks/live.py --readers 10000`.

Makes a publication in a temporary home (or in the database that DATABASE_URL names, which must be empty), serves it by
the shipped command and lets readers listen to one discussion, from a process of their own on the same machine. Then:

- a comment every few seconds: from its commit until each reader has it, p50, p99 and the slowest;
- what a reader costs: the memory of the web processes (PSS, what they share counted in parts) with and without them,
  and their time on the processors for each event told and for silence;
- a page that somebody else asks for meanwhile;
- a restart (SIGTERM, and started again as soon as it has ended) while more is written: when all readers are back and
  know everything, and whether anybody was told anything twice, or not at all.

The machine's limit on open files must allow as many connections as there are readers, in the process that listens.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from fill_thread import start_django  # noqa: E402 - found by the line above

from tests.places import free_port  # noqa: E402

LISTENERS = Path(__file__).resolve().with_name("listeners.py")
BODY = "<p>" + "</p><p>".join(["The ferry keeps the hours that the harbour master set for it. " * 6] * 12) + "</p>"
PATIENCE = 240.0  # seconds for a start, and for readers to come
PAGES = 10
BACK_WITHIN = 15.0  # seconds, of the goal
WORDS = "I saw it leave."


def main() -> None:
    """Make, serve, listen, write, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--readers", type=int, default=10_000)
    options.add_argument("--events", type=int, default=24, help="how many comments are written")
    options.add_argument("--every", type=float, default=5.0, help="seconds between two of them")
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    say_where(given.readers)
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder) / "home", free_port()
        environment = {
            **os.environ, "BROADSHEET_HOME": str(home), "BROADSHEET_PORT": str(port), "BROADSHEET_LOG_LEVEL": "error",
            "BROADSHEET_WORKERS": str(given.workers),
        }  # fmt: skip
        os.environ.update(environment)
        init = ["init", "--name", "The Slipway", "--email", "ed@slipway.example"]
        subprocess.run(broadsheet(*init), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        start_django(str(home))
        Measurement(port, Writer(), given.readers, given.events, given.every).run()


def broadsheet(*words: str) -> list[str]:
    """Return the command of `broadsheet`."""
    return [sys.executable, "-m", "broadsheet", *words]


def say_where(readers: int) -> None:
    """Print the machine, and whether it can have so many connections at all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.release()}, "
          f"{soft:,} open files (at most {hard:,})")  # fmt: skip
    if hard != resource.RLIM_INFINITY and hard < readers + 500:
        sys.exit(f"A process may have {hard:,} open files here: too few for {readers:,} readers. Raise `ulimit -n`.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Writer:
    """Writes comments below one article, in this process, so that the moment of the commit is known."""

    def __init__(self) -> None:
        from broadsheet.accounts.models import Profile
        from broadsheet.discussion.actions import open_thread
        from broadsheet.moderation.models import Hold, ModerationPolicy
        from broadsheet.publication.models import ArticlePage, FrontPage, Section

        ModerationPolicy.objects.create(hold=Hold.NONE, burst_of_profile=0, burst_of_network=0)
        front = FrontPage.objects.get()
        section = Section(title="Harbour", locale=front.locale)
        front.add_child(instance=section)
        article = ArticlePage(title="The winter hours", locale=section.locale, body=[("text", BODY)], live=False)
        section.add_child(instance=article)
        article.save_revision().publish()
        self.url = article.url
        self.thread = open_thread(article)
        self.profile = Profile.objects.create(name="Gus")
        self.number = 0

    def post(self) -> float:
        """Post a comment; return when it was committed."""
        from broadsheet.discussion.actions import post_comment
        from broadsheet.gate.keys import Key

        self.number += 1
        post_comment(self.thread, by=self.profile, body=WORDS, key=Key.of("benchmark", str(self.number)))
        return time.monotonic()

    def version(self) -> int:
        """Return the version of the discussion."""
        from broadsheet.delivery.announce import versions_of

        return versions_of([self.thread.topic])[self.thread.topic]


class Measurement:
    """One run."""

    def __init__(self, port: int, writer: Writer, readers: int, events: int, every: float) -> None:
        self.port = port
        self.writer = writer
        self.readers = readers
        self.events = events
        self.every = every

    def run(self) -> None:
        """Measure everything, and print it."""
        server = self.start()
        try:
            with self.listening() as listeners:
                self.measure_telling(server, listeners)
                server = self.measure_restart(server, listeners)
                self.say_what_went_wrong(listeners)
        finally:
            stop(server)

    def measure_telling(self, server: subprocess.Popen[bytes], listeners: Listeners) -> None:
        """Let readers come, tell them of comments, and say what that costs."""
        self.page()
        alone = memory(server.pid)
        opened = listeners.ask("open", count=self.readers, seconds=PATIENCE)
        print(f"{opened['listen']:,} of {self.readers:,} readers listen after {opened['seconds']:.1f} s")
        if opened["listen"] < self.readers:
            sys.exit(f"What the others were told: {listeners.ask('report')['mistakes']}")
        grown = memory(server.pid) - alone
        print(f"memory: {alone / 1024:.0f} MB without them, {grown / self.readers:.1f} KB for each")
        began, used = time.monotonic(), processor_time(server.pid)
        time.sleep(self.every * 2)
        silence = (processor_time(server.pid) - used) / (time.monotonic() - began)
        used, committed = processor_time(server.pid), {}
        for _ in range(self.events):
            at = self.writer.post()
            committed[self.writer.version()] = at
            time.sleep(max(0.0, at + self.every - time.monotonic()))
        used = processor_time(server.pid) - used - silence * self.every * self.events
        print(f"processors: {silence:.1%} of one in silence, {used / self.events / self.readers * 1e6:.0f} µs "
              "for each event and reader")  # fmt: skip
        told = listeners.ask("report")["told_at"]
        late = sorted(one - at for version, at in committed.items() for one in told.get(str(version), []))
        print(
            f"from commit to reader, {len(late):,} of {self.readers * self.events:,}: {spread(late)}  (goal: p99 2 s)"
        )
        print(f"a page that somebody asks for right after the commit: {spread(sorted(self.pages_meanwhile()))}")

    def pages_meanwhile(self) -> Iterator[float]:
        """Ask for a page right after a comment, a few times; yield how many seconds it took."""
        for _ in range(PAGES):
            self.writer.post()
            yield self.page()
            time.sleep(2)

    def measure_restart(self, server: subprocess.Popen[bytes], listeners: Listeners) -> subprocess.Popen[bytes]:
        """Stop and start while more is written; say when everybody is back."""
        asked = time.monotonic()
        stop(server)
        stopped = time.monotonic()
        self.writer.post()
        server = self.start(wait=False)
        self.writer.post()
        self.wait_for_answer()
        answered = time.monotonic()
        back = listeners.ask("wait", version=self.writer.version(), seconds=PATIENCE)
        print(f"restart: ended after {stopped - asked:.1f} s, answers after {answered - asked:.1f} s, all "
              f"{back['know']:,} of {self.readers:,} readers back and told after {back['at'] - asked:.1f} s, "
              f"{back['at'] - answered:.1f} s after the first answer  (goal: {BACK_WITHIN:.0f} s)")  # fmt: skip
        return server

    def say_what_went_wrong(self, listeners: Listeners) -> None:
        """Print what no reader should have seen; refusals while the server ends or begins are none of it."""
        mistakes = listeners.ask("report")["mistakes"]
        wrong = {name: count for name, count in mistakes.items() if not name.startswith("answered 503")}
        print(f"missed, told twice or out of order: {wrong or 'nothing'}")
        print(f"told to come later while the server ended or began: {mistakes.get('answered 503', 0):,}")

    def start(self, *, wait: bool = True) -> subprocess.Popen[bytes]:
        """Start the server."""
        server = subprocess.Popen(broadsheet("serve"), stdout=subprocess.DEVNULL, start_new_session=True)
        if wait:
            self.wait_for_answer()
        return server

    def wait_for_answer(self) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.ask("/live/")
                return
            time.sleep(0.05)
        sys.exit("The server does not answer.")

    def page(self) -> float:
        """Ask for the article; return how many seconds it took."""
        began = time.monotonic()
        status = self.ask(self.writer.url)
        assert status == 200, status
        return time.monotonic() - began

    def ask(self, path: str) -> int:
        """Ask for anything; return the status."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            asked.request("GET", path)
            answer = asked.getresponse()
            answer.read()
            return answer.status
        finally:
            asked.close()

    @contextlib.contextmanager
    def listening(self) -> Iterator[Listeners]:
        """Start the process of those who listen."""
        command = [sys.executable, str(LISTENERS), "--port", str(self.port), "--topic", self.writer.thread.topic]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Listeners(process)
            process.kill()


class Listeners:
    """The process of those who listen."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, **about: Any) -> dict[str, Any]:
        """Have it do something, and return what it says of it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **about}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and wait until it has."""
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def web_processes(parent: int) -> list[int]:
    """Return the web processes below the process `parent`."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            name, above = (path / "comm").read_text().strip(), int(fields[1])
            if name == "broadsheet web" and above != parent and parent_of(above) == parent:
                found.append(int(path.name))
    return found


def parent_of(pid: int) -> int:
    """Return the parent of a process; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def memory(parent: int) -> float:
    """Return the PSS of the web processes, in KB."""
    total = 0
    for pid in web_processes(parent):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def processor_time(parent: int) -> float:
    """Return the seconds that the web processes have spent on the processors."""
    ticks = 0
    for pid in web_processes(parent):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def spread(seconds: list[float]) -> str:
    """Return how times lie, in words."""
    if len(seconds) < 2:
        return "nothing"
    parts = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"p50 {parts[49] * 1000:.0f} ms, p99 {parts[98] * 1000:.0f} ms, slowest {seconds[-1] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
