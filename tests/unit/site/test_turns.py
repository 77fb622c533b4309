"""The queue in front of SQLite's write lock: fair, bounded, and never left locked."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django.plugin import DjangoDbBlocker

from tests.places import ROOT

PATIENCE = 0.3
QUEUE = "queue"  # the alias of the database these tests make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder"
    folder.mkdir()
    return folder / "queue.sqlite3"


@pytest.fixture
def database(path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """A database of its own, opened as the settings open one, but with little patience."""
    yield from open_database(str(path), django_db_blocker)


def open_database(name: str, blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
    options = {"transaction_mode": "IMMEDIATE", "timeout": PATIENCE, "init_command": pragmas}
    connections.databases[QUEUE] = {
        **connections.databases["default"],
        "ENGINE": "broadsheet.site.sqlite",
        "NAME": name,
        "OPTIONS": options,
    }
    with blocker.unblock():
        connection = connections[QUEUE]
        run("CREATE TABLE line (number INTEGER PRIMARY KEY, writer TEXT)")
        yield connection
        connection.close()
    del connections[QUEUE]
    del connections.databases[QUEUE]


def run(statement: str) -> None:
    with connections[QUEUE].cursor() as cursor:
        cursor.execute(statement)


def count() -> int:
    with connections[QUEUE].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM line")
        return int(cursor.fetchone()[0])


def write() -> None:
    with transaction.atomic(using=QUEUE):
        run("INSERT INTO line (writer) VALUES ('somebody')")


def elsewhere(work: Callable[[], object]) -> object:
    """Run `work` in another thread, which has a connection of its own; return what it returns or raises."""
    outcome: list[object] = []

    def do() -> None:
        try:
            outcome.append(work())
        except Exception as error:  # noqa: BLE001 - handed to the test
            outcome.append(error)
        finally:
            connections[QUEUE].close()

    thread = threading.Thread(target=do)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "it waits for ever"
    return outcome[0]


def assert_somebody_else_may_write() -> None:
    before = count()
    assert elsewhere(write) is None
    assert count() == before + 1


def assert_nobody_else_may_write() -> None:
    refused = elsewhere(write)
    assert isinstance(refused, OperationalError)
    assert "locked" in str(refused)


class TestOneWriterAtATime:
    def test_a_second_writer_waits_and_is_refused_in_time(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            run("INSERT INTO line (writer) VALUES ('first')")
            started = time.monotonic()
            assert_nobody_else_may_write()
            assert PATIENCE <= time.monotonic() - started < PATIENCE + 2
        assert_somebody_else_may_write()

    def test_a_second_writer_who_waits_long_enough_writes(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            run("INSERT INTO line (writer) VALUES ('first')")
            outcome: list[object] = []
            waiting = threading.Thread(target=lambda: outcome.append(elsewhere(write)))
            waiting.start()
            time.sleep(PATIENCE / 3)
        waiting.join()
        assert outcome == [None]
        assert count() == 2

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO line (writer) VALUES ('me')",
            "  update line SET writer = 'me'",
            "DELETE FROM line",
            "REPLACE INTO line VALUES (1, 'me')",
            "CREATE TABLE other (number INTEGER)",
            "BEGIN EXCLUSIVE",
            "begin  immediate",
        ],
    )
    def test_a_statement_outside_a_transaction_queues_too(self, database: BaseDatabaseWrapper, statement: str) -> None:
        with transaction.atomic(using=QUEUE):
            refused = elsewhere(lambda: run(statement))
            assert isinstance(refused, OperationalError)
            assert "waited in vain for a turn" in str(refused)

    def test_several_rows_at_once_take_one_turn(self, database: BaseDatabaseWrapper) -> None:
        with database.cursor() as cursor:
            cursor.executemany("INSERT INTO line (writer) VALUES (%s)", [("a",), ("b",)])
        assert_somebody_else_may_write()

    def test_reading_never_waits(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            run("INSERT INTO line (writer) VALUES ('first')")
            assert elsewhere(count) == 0

    def test_a_thread_that_comes_amid_a_long_write_knows_json(self, database: BaseDatabaseWrapper) -> None:
        """What Django would learn by waiting in vain for a turn, it would believe until the thread ends."""
        with transaction.atomic(using=QUEUE):
            run("INSERT INTO line (writer) VALUES ('a long one')")
            assert elsewhere(lambda: connections[QUEUE].features.supports_json_field) is True


class TestTheTurnIsGivenBack:
    def test_only_by_the_outermost_block(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            with transaction.atomic(using=QUEUE):
                run("INSERT INTO line (writer) VALUES ('nested')")
            assert_nobody_else_may_write()
        assert_somebody_else_may_write()

    def test_after_an_exception(self, database: BaseDatabaseWrapper) -> None:
        with pytest.raises(OperationalError), transaction.atomic(using=QUEUE):
            run("INSERT INTO no_such_table VALUES (1)")
        assert_somebody_else_may_write()

    def test_not_after_an_exception_inside_a_savepoint(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            with pytest.raises(IntegrityError), transaction.atomic(using=QUEUE):
                run("INSERT INTO line (number) VALUES (1), (1)")
            assert_nobody_else_may_write()
        assert_somebody_else_may_write()

    def test_after_a_statement_that_failed(self, database: BaseDatabaseWrapper) -> None:
        with pytest.raises(IntegrityError):
            run("INSERT INTO line (number) VALUES (1), (1)")
        assert_somebody_else_may_write()

    def test_after_a_commit_that_failed(self, database: BaseDatabaseWrapper) -> None:
        run("CREATE TABLE reply (line INTEGER REFERENCES line (number) DEFERRABLE INITIALLY DEFERRED)")
        with pytest.raises(IntegrityError), transaction.atomic(using=QUEUE):
            run("INSERT INTO reply VALUES (99)")
        assert_somebody_else_may_write()

    def test_when_the_connection_is_closed_inside_the_block(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            run("INSERT INTO line (writer) VALUES ('never')")
            database.close()
            assert elsewhere(write) is None
        assert count() == 1

    def test_when_a_thread_is_gone_in_the_middle(self, database: BaseDatabaseWrapper) -> None:
        def vanish() -> None:
            run("BEGIN IMMEDIATE")
            run("INSERT INTO line (writer) VALUES ('never')")

        thread = threading.Thread(target=vanish)
        thread.start()
        thread.join()
        gc.collect()  # Django's connection objects refer to themselves
        assert_somebody_else_may_write()

    def test_when_a_raw_transaction_ends(self, database: BaseDatabaseWrapper) -> None:
        run("BEGIN EXCLUSIVE")
        assert_nobody_else_may_write()
        run("COMMIT")
        assert_somebody_else_may_write()

    def test_when_autocommit_is_off(self, database: BaseDatabaseWrapper) -> None:
        transaction.set_autocommit(False, using=QUEUE)
        run("INSERT INTO line (writer) VALUES ('by hand')")
        assert_nobody_else_may_write()
        transaction.commit(using=QUEUE)
        assert_somebody_else_may_write()
        transaction.set_autocommit(True, using=QUEUE)


class TestProcesses:
    def test_a_forked_child_holds_nothing_and_waits_like_anybody(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            child = os.fork()
            if child == 0:
                # The parent's connection is of no use here; a connection of one's own must wait for the parent.
                del connections[QUEUE]
                try:
                    write()
                except OperationalError:
                    os._exit(7)
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            assert_nobody_else_may_write()  # the child's end has not given our turn back
        assert_somebody_else_may_write()

    def test_a_child_that_lives_on_keeps_nobody_waiting(self, database: BaseDatabaseWrapper) -> None:
        with transaction.atomic(using=QUEUE):
            child = os.fork()
            if child == 0:
                time.sleep(30)
                os._exit(0)
        try:
            assert_somebody_else_may_write()
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def test_a_killed_process_lets_go(self, database: BaseDatabaseWrapper, path: Path) -> None:
        holder = start(path, "take_turn(path, 5); print('held', flush=True); time.sleep(60)")
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert_nobody_else_may_write()
        holder.kill()
        holder.wait()
        holder.stdout.close()
        assert_somebody_else_may_write()

    def test_everybody_gets_a_fair_share(self, path: Path) -> None:
        # Each holds its turn for 2 ms and wants the next one at once: whoever could overtake would starve the others.
        busy = """
            turns, end = 0, time.monotonic() + 2
            while time.monotonic() < end:
                turn = take_turn(path, 5); time.sleep(0.002); turn.give_back(); turns += 1
            print(turns)
        """
        writers = [start(path, busy) for _ in range(3)]
        shares = [int(writer.communicate()[0]) for writer in writers]
        assert sum(shares) > 200
        assert min(shares) > max(shares) / 3

    def test_threads_of_one_process_get_a_fair_share(self, path: Path) -> None:
        busy = """
            turns, end = [0] * 4, time.monotonic() + 2
            def work(number):
                while time.monotonic() < end:
                    turn = take_turn(path, 5); time.sleep(0.002); turn.give_back(); turns[number] += 1
            threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
            [thread.start() for thread in threads]; [thread.join() for thread in threads]
            print(*turns)
        """
        shares = [int(share) for share in start(path, busy).communicate()[0].split()]
        assert sum(shares) > 200
        assert min(shares) > max(shares) / 3


class TestWhereThereIsNoFile:
    def test_a_database_in_memory_queues_for_nothing(
        self, django_db_blocker: DjangoDbBlocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for _database in open_database(":memory:", django_db_blocker):
            write()
            assert count() == 1
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_cannot_be_written_to_is_named(self, database: BaseDatabaseWrapper, path: Path) -> None:
        Path(f"{path}.next").unlink()
        Path(f"{path}.next").mkdir()
        with pytest.raises(OperationalError, match=r"cannot queue for a turn to write.*queue\.sqlite3\.next"):
            write()


def start(path: Path, code: str) -> subprocess.Popen[bytes]:
    """Start a process that runs `code` with `take_turn` and `path` at hand."""
    head = "import sys, threading, time\nfrom broadsheet.site.sqlite.turns import take_turn\npath = sys.argv[1]\n"
    command = [sys.executable, "-c", head + textwrap.dedent(code), str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
