"""What was acknowledged is there, whoever was killed: `benchmarks/crash.py`, briefly; in full in `make soak`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.synced import Post, is_available, judge_posts, read_trace
from tests.journeys.serving import copy_home, environment
from tests.places import ROOT

SOON, LONG = 240, 60 * 60  # seconds
POST = '7 1.0 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:5]>, "POST /threads/"..., 8192, 0, NULL, NULL) = 440'
ANSWER = (
    '7 1.9 writev(9<TCP:[127.0.0.1:80->127.0.0.1:5]>, [{iov_base="HTTP/1.1 303 See Other\\r\\n"..., iov_len=9}], 1) = 9'
)
WRITE = '8 1.1 pwrite64(12</a home/broadsheet.sqlite3-wal>, "\\r\\0"..., 4096, 24) = 4096'
SYNC = "8 1.2 fdatasync(12</a home/broadsheet.sqlite3-wal>) = 0"
SYNC_BEGINS = "8 1.2 fdatasync(12</a home/broadsheet.sqlite3-wal> <unfinished ...>"
SYNC_ENDS = "8 1.3 <... fdatasync resumed>) = 0"
SYNC_FAILS = "8 1.2 fdatasync(12</a home/broadsheet.sqlite3-wal>) = -1 EIO (Input/output error)"
SYNC_ELSEWHERE = "8 1.2 fdatasync(13</a home/serve.lock>) = 0"


def crash(*words: object, within: float) -> subprocess.CompletedProcess[str]:
    """Run the benchmark, as somebody does who doubts."""
    command = [sys.executable, ROOT / "benchmarks" / "crash.py", *map(str, words)]
    return subprocess.run(
        command, env=environment(Path("unused")), capture_output=True, text=True, timeout=within, check=False
    )


def assert_nothing_was_lost(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 lost, 0 doubled, 0 under another address, 0 never sent, 0 votes lost or doubled\n" in done.stdout


def test_six_kills(made_home: Path, tmp_path: Path) -> None:
    home = copy_home(made_home, tmp_path / "a home")
    done = crash("--home", home, "--kills", 6, "--comments", 120, "--no-strace", within=SOON)
    assert_nothing_was_lost(done)
    assert "first page within 5 s: " in done.stdout
    assert "This run says nothing about a loss of power" in done.stdout


@pytest.mark.soak
@pytest.mark.parametrize(
    "words", [["--kills", 200, "--comments", 10_000], ["--postgres", "--kills", 40, "--comments", 2_000]]
)
def test_many_kills(words: list[object]) -> None:
    done = crash(*words, within=LONG)
    assert_nothing_was_lost(done)
    if is_available():
        assert "What is acknowledged is on the disk" in done.stdout


@pytest.mark.soak
@pytest.mark.skipif(not is_available(), reason="strace is not installed")
@pytest.mark.parametrize("database", [[], ["--postgres"]], ids=["sqlite", "postgres"])
def test_a_database_that_does_not_wait_for_the_disk_is_found_out(database: list[str]) -> None:
    done = crash(*database, "--kills", 1, "--comments", 20, "--synchronous", "off", within=LONG)
    assert done.returncode == 1
    assert "This run proves NOTHING about a loss of power: synchronous" in done.stdout
    assert "posts were answered before any sync" in done.stdout


class TestTheWatch:
    """Whoever judges the disk is judged first."""

    @pytest.mark.parametrize(
        "seen",
        [
            [POST, WRITE, SYNC, ANSWER],
            [POST, WRITE, SYNC_BEGINS, SYNC_ENDS, ANSWER],
            [POST, WRITE, SYNC, WRITE, WRITE, SYNC, ANSWER],
        ],
        ids=["one", "that takes a while", "of two transactions"],
    )
    def test_a_sync_before_the_answer_is_proof(self, seen: list[str]) -> None:
        (post,) = judge_posts(read_trace(seen))
        assert post.is_proven

    @pytest.mark.parametrize(
        "seen",
        [
            [POST, WRITE, ANSWER],
            [POST, WRITE, ANSWER, SYNC],
            [POST, WRITE, SYNC_BEGINS, ANSWER, SYNC_ENDS],
            [POST, WRITE, SYNC, WRITE, ANSWER],
            [POST, SYNC_BEGINS, WRITE, SYNC_ENDS, ANSWER],
            [POST, WRITE, SYNC_FAILS, ANSWER],
            [POST, WRITE, SYNC_ELSEWHERE, ANSWER],
            [POST, SYNC, ANSWER],
        ],
        ids=["none", "late", "not over", "before the last write", "begun before", "failed", "another file", "nothing"],
    )
    def test_anything_else_is_none(self, seen: list[str]) -> None:
        (post,) = judge_posts(read_trace(seen))
        assert post.is_answered
        assert not post.is_proven

    def test_every_post_needs_its_own(self) -> None:
        posts = judge_posts(read_trace([POST, WRITE, SYNC, ANSWER, POST, WRITE, ANSWER]))
        assert [post.is_proven for post in posts] == [True, False]

    def test_postgres_is_judged_by_whom_the_web_worker_talks_with(self) -> None:
        log = "/cluster/pg_wal/000000010000000000000016"
        talk = ['7 1 sendto(4<TCP:[127.0.0.1:6->127.0.0.1:5432]>, "COMMIT"..., 9, 0, NULL, 0) = 9',
                '8 1 recvfrom(7<TCP:[127.0.0.1:5432->127.0.0.1:6]>, "COMMIT"..., 8192, 0, NULL, NULL) = 9']  # fmt: skip
        own = [f'8 1 pwrite64(12<{log}>, "\\0"..., 8192, 0) = 8192', f"8 1 fdatasync(12<{log}>) = 0"]
        others = [f'9 1 pwrite64(15<{log}>, "\\0"..., 8192, 0) = 8192']
        (post,) = judge_posts(read_trace([POST, *talk, *own, *others, ANSWER]))
        assert post == Post(written=2, synced=1, is_answered=True, is_proven=True)
        (post,) = judge_posts(read_trace([POST, *talk, *own, own[0], ANSWER]))
        assert not post.is_proven
