"""The tree of processes, tried with small children: crashes, stubborn ones, signals, and a parent that is killed."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator

import pytest

from broadsheet.site import processes, web
from broadsheet.site.processes import BEGINNING, FIRST_DELAY, LATE, LONGEST_DELAY, SILENCE, STEADY, Child, Pulse, Tree
from tests.places import ROOT

SOON = 8.0
HEAD = """
    import os, signal, sys, time
    import broadsheet.site.processes as p
    from broadsheet.site.processes import *
    def say(*words): os.write(1, (" ".join(map(str, words)) + "\\n").encode())  # two processes may say at once
"""


class Program:
    """A Python program under test: what it prints, line by line."""

    def __init__(self, *parts: str) -> None:
        code = "\n".join(map(textwrap.dedent, (HEAD, *parts)))
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> tuple[int, str, str]:
        said, complained = self.process.communicate(timeout=SOON)
        return self.process.returncode, said, complained


@contextlib.contextmanager
def program(*parts: str) -> Iterator[Program]:
    running = Program(*parts)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate(timeout=SOON)


def is_alive(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(listed.strip()) and not listed.startswith("Z")


def wait_until_gone(*pids: int, seconds: float = SOON) -> None:
    deadline = time.monotonic() + seconds
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.05)


SLEEPER = """
    def sleep():
        say(os.getpid())
        time.sleep(60)
"""
STUBBORN = """
    def stay():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say(os.getpid())
        while True:
            time.sleep(60)
"""


START_TWO = """
    def start():
        os.fork() or stay()
        stay()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all(number: signal.Signals) -> None:
    with program(SLEEPER, "Tree([Child('one', sleep), Child('two', sleep)]).run(); print('after')") as parent:
        children = [int(parent.line()), int(parent.line())]
        parent.process.send_signal(number)
        assert parent.end()[:2] == (0, "after\n")
        assert not any(map(is_alive, children))


def test_a_child_has_a_session_of_its_own_and_default_signals() -> None:
    with program(
        "def look(): say(os.getsid(0) == os.getpid(), signal.getsignal(signal.SIGTERM) == 0); time.sleep(60)",
        "Tree([Child('one', look)]).run()",
    ) as parent:
        assert parent.line() == "True True"
        parent.process.terminate()
        assert parent.end()[0] == 0


def test_a_signal_is_heard_by_a_child_that_has_just_been_forked() -> None:
    """It still has what its parent does on signals then, which is to note them."""
    slow = """
        def slowly(setsid=os.setsid):
            say(os.getpid())
            while not tree.signals and signal.SIGTERM not in signal.sigpending():
                time.sleep(0.01)
            setsid()

        os.setsid = slowly
    """
    with program(SLEEPER, slow, "tree = Tree([Child('one', sleep)], patience=60); tree.run(); say('after')") as parent:
        child = int(parent.line())
        parent.process.terminate()
        assert parent.end()[:2] == (0, "after\n")
        assert not is_alive(child)


def test_the_parent_hears_its_signals_again_when_a_child_has_been_forked() -> None:
    with program(SLEEPER, "look = lambda: say(signal.pthread_sigmask(signal.SIG_BLOCK, []))",
                 "Tree([Child('one', look)]).run(lambda: look() or sys.exit(0))") as parent:  # fmt: skip
        assert set(parent.end()[1].split()) == {"set()"}


def test_a_stubborn_child_is_killed_in_the_end() -> None:
    with program(STUBBORN, "Tree([Child('one', stay)], patience=0.5).run()") as parent:
        child = int(parent.line())
        started = time.monotonic()
        parent.process.terminate()
        assert parent.end()[0] == 0
        assert time.monotonic() - started >= 0.5
        assert not is_alive(child)


def test_a_second_signal_does_not_wait() -> None:
    with program(STUBBORN, "Tree([Child('one', stay)], patience=60).run()") as parent:
        child = int(parent.line())
        parent.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert is_alive(child)
        parent.process.send_signal(signal.SIGINT)
        assert parent.end()[0] == 0
        assert not is_alive(child)


def test_whatever_a_killed_child_started_is_killed_with_it() -> None:
    with program(STUBBORN, START_TWO, "Tree([Child('one', start)], patience=0.3).run()") as parent:
        family = [int(parent.line()), int(parent.line())]
        parent.process.terminate()
        assert parent.end()[0] == 0
        wait_until_gone(*family)


def test_a_tree_within_a_tree_kills_what_does_not_stop_before_it_is_killed_itself() -> None:
    inner = "inner = lambda: Tree([Child('one', stay)], patience=0.3).run()"
    with program(STUBBORN, inner, "Tree([Child('tree', inner)], patience=60).run()") as parent:
        child = int(parent.line())
        parent.process.terminate()
        assert parent.end()[0] == 0
        assert not is_alive(child)


def test_the_web_processes_have_time_for_answers_and_their_parent_has_time_to_kill_them() -> None:
    assert web.FINISH_WITHIN < web.PATIENCE < processes.PATIENCE


@pytest.mark.parametrize("kernel_tells", [True, False], ids=["told", "by looking"])
def test_a_child_does_not_outlive_a_killed_parent(kernel_tells: bool) -> None:
    quiet = "" if kernel_tells else "p._prctl = lambda option, value: None; p.GLANCE = 0.1\n"
    with program(SLEEPER, quiet, "Tree([Child('one', sleep)]).run()") as parent:
        child = int(parent.line())
        parent.process.kill()
        wait_until_gone(child)


def test_stubborn_children_do_not_outlive_a_killed_parent_either() -> None:
    with program(STUBBORN, START_TWO, "p.PATIENCE = 0.3; p.GLANCE = 0.1; Tree([Child('one', start)]).run()") as parent:
        family = [int(parent.line()), int(parent.line())]
        parent.process.kill()
        wait_until_gone(*family)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills what cannot look")
def test_a_child_that_is_stopped_does_not_outlive_a_killed_parent_where_sigkill_is_asked_for() -> None:
    with program(SLEEPER, "Tree([Child('one', sleep, when_orphaned=signal.SIGKILL)]).run()") as parent:
        child = int(parent.line())
        os.kill(child, signal.SIGSTOP)
        parent.process.kill()
        wait_until_gone(child)


def test_a_child_that_crashes_is_started_again_and_says_how_it_ended() -> None:
    crash = """
    ends = [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: sys.exit(3), lambda: 1 / 0, lambda: None]
    one = Child('one', lambda: ends[one.crashes]() if one.crashes < len(ends) else print('well') or time.sleep(60))
    p.FIRST_DELAY = 0.01
    Tree([one]).run()
    """
    with program(crash) as parent:
        assert parent.line() == "well"
        parent.process.terminate()
        status, _said, complained = parent.end()
        assert status == 0
        assert [line for line in complained.splitlines() if "is started again" in line] == [
            f"one ended ({how}); it is started again in {delay} seconds."
            for how, delay in [("SIGKILL", 0.0), ("exit code 3", 0.0), ("exit code 1", 0.0), ("exit code 0", 0.1)]
        ]
        assert "ZeroDivisionError" in complained


def test_so_it_is_where_the_tree_was_started_by_somebody_who_ignores_how_children_end() -> None:
    """What is ignored stays so in whatever program is executed next, and the kernel keeps no end for who ignores it."""
    crash = """
    one = Child('one', lambda: print('well') or time.sleep(60) if one.crashes else sys.exit(3))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    Tree([one]).run()
    """
    with program(crash) as parent:
        assert parent.line() == "well"
        parent.process.terminate()
        status, _said, complained = parent.end()
        assert status == 0
        assert "one ended (exit code 3); it is started again" in complained


def test_what_goes_wrong_meanwhile_ends_the_tree() -> None:
    fail = """
        def fail():
            if one.pid and time.monotonic() > one.started + 0.5:
                raise RuntimeError("no good")
    """
    with program(SLEEPER, fail, "one = Child('one', sleep); Tree([one]).run(fail)") as parent:
        child = int(parent.line())
        status, _said, complained = parent.end()
        assert status == 1
        assert "no good" in complained
        assert not is_alive(child)


def test_the_wait_grows_with_every_crash_and_a_steady_run_is_forgiven() -> None:
    child, waits = Child("one", lambda: None), []
    for _ in range(9):
        child.started = time.monotonic()
        child.has_ended(0)
        waits.append(child.due - child.started)
    assert waits[0] == pytest.approx(FIRST_DELAY, abs=0.1)
    assert all(later > earlier - 0.1 for earlier, later in itertools.pairwise(waits))
    assert waits[-1] == pytest.approx(LONGEST_DELAY, abs=0.1)
    child.started = time.monotonic() - STEADY - 1
    child.has_ended(0)
    assert child.due - time.monotonic() == pytest.approx(FIRST_DELAY, abs=0.1)


def test_a_child_whose_event_loop_is_blocked_is_killed_and_another_one_started() -> None:
    hang = """
        import asyncio

        async def turn():
            while True:
                pulse.beat()
                await asyncio.sleep(0.05)

        async def block():
            await asyncio.sleep(0.5)
            say(os.getpid())
            time.sleep(0 if one.crashes else 60)
            await asyncio.sleep(60)

        async def both():
            await asyncio.gather(turn(), block())

        pulse = Pulse(silence=2.0)
        one = Child('one', lambda: asyncio.run(both()), pulse=pulse)
        Tree([one]).run()
    """
    with program(hang) as parent:
        blocked, _another = int(parent.line()), int(parent.line())
        assert not is_alive(blocked)
        parent.process.terminate()
        status, _said, complained = parent.end()
        assert status == 0
        assert complained.splitlines()[:2] == [
            f"one (process {blocked}) has not answered for 2 seconds and is killed.",
            "one ended (SIGKILL); it is started again in 0.5 seconds.",
        ]


class Patient(Child):
    """A child that is killed on paper only."""

    kills = 0

    def kill(self) -> None:
        self.kills += 1


@pytest.fixture
def beating() -> tuple[Patient, Pulse, Tree]:
    """A child that was started at 0 and gave its first sign, which was seen at 1."""
    pulse = Pulse()
    child = Patient("one", lambda: None, pid=1, pulse=pulse)
    pulse.begin(0)
    tree = Tree([child])
    tree.kill_what_hangs(0)
    pulse.beat()
    tree.kill_what_hangs(1)
    return child, pulse, tree


def look_until(tree: Tree, begin: float, end: float) -> None:
    """Look as often as a tree does that is not late."""
    while begin < end:
        tree.kill_what_hangs(begin)
        begin += LATE / 2


def test_who_is_silent_is_killed_and_once_for_each_silence(beating: tuple[Patient, Pulse, Tree]) -> None:
    child, _pulse, tree = beating
    look_until(tree, 2, SILENCE + 1)
    assert child.kills == 0
    look_until(tree, SILENCE + 1, SILENCE + 20)
    assert child.kills == 1  # it may take a while to die


def test_one_beat_now_and_then_is_enough(beating: tuple[Patient, Pulse, Tree]) -> None:
    child, pulse, tree = beating
    for now in range(1, 4000, int(SILENCE) - 5):  # the byte comes round
        pulse.beat()
        look_until(tree, now, now + SILENCE - 5)
    assert child.kills == 0


def test_who_has_only_been_started_has_more_time(beating: tuple[Patient, Pulse, Tree]) -> None:
    child, pulse, tree = beating
    pulse.begin(1)
    look_until(tree, 1, BEGINNING)
    assert child.kills == 0
    look_until(tree, BEGINNING, BEGINNING + 10)
    assert child.kills == 1


def test_a_parent_that_was_stopped_itself_blames_nobody(beating: tuple[Patient, Pulse, Tree]) -> None:
    child, _pulse, tree = beating
    woke = 1 + 10 * SILENCE
    look_until(tree, woke, woke + SILENCE - 1)
    assert child.kills == 0
    look_until(tree, woke + SILENCE - 1, woke + SILENCE + 10)
    assert child.kills == 1


def test_who_has_ended_is_not_killed(beating: tuple[Patient, Pulse, Tree]) -> None:
    child, _pulse, tree = beating
    child.pid = 0
    look_until(tree, 1, 10 * SILENCE)
    assert child.kills == 0
