"""What an operator lives through: a first start, a crash, a taken port, a wrong setting, a backup in full swing."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broadsheet.site.home import is_in_hand
from tests.journeys.serving import BROADSHEET, DATABASE, STOP_LIMIT, Served, copy_home, environment, family, run
from tests.places import free_port

SOON = 15.0  # seconds for what happens at once, on a machine that others use too


@pytest.fixture
def home(made_home: Path, tmp_path: Path) -> Path:
    return copy_home(made_home, tmp_path / "a home")


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    with Served(home) as served:
        yield served


def children(served: Served) -> list[int]:
    return sorted(pid for pid, parent in family(served.pid).items() if parent == served.pid)


@contextlib.contextmanager
def starting(home: Path) -> Iterator[Served]:
    """Serve for a test that stops it in its own way; whatever is left is killed."""
    served = Served(home).__enter__()
    assert served.process is not None
    try:
        yield served
    finally:
        served.process.kill()
        served.process.wait()


@contextlib.contextmanager
def hanging_web_processes(served: Served) -> Iterator[list[int]]:
    """Stop all web processes as a debugger does; those that are left go on in the end."""
    hanging = [pid for pid, parent in family(served.pid).items() if parent != served.pid]
    for pid in hanging:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield hanging
    finally:
        for pid in hanging:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def wait_for(claim: Callable[[], bool], seconds: float = SOON) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"still not so after {seconds} seconds"
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


def ask(served: Served, path: str, **headers: str) -> http.client.HTTPResponse:
    """Return an answer whose body is in `answer.text`."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=SOON)) as asked:
        asked.request("GET", path, headers=headers)
        answer = asked.getresponse()
        answer.text = answer.read()  # type: ignore[attr-defined]
        return answer


def answers(served: Served) -> bool:
    try:
        return ask(served, "/healthz").status == 200
    except (OSError, http.client.HTTPException):
        return False


class TestInit:
    def test_it_refuses_a_home_that_holds_a_publication(self, home: Path) -> None:
        before = (home / "broadsheet.env").read_bytes()
        done = run(home, "init", "--name", "Another", "--email", "stan@slipway.example", "--no-input")
        assert done.returncode == 1
        assert "holds a publication already" in done.stderr
        assert (home / "broadsheet.env").read_bytes() == before

    def test_what_it_writes_is_for_its_owner_only(self, home: Path) -> None:
        assert (home / "broadsheet.env").stat().st_mode & 0o777 == 0o600
        assert 'BROADSHEET_LANGUAGES="nb,en,ar"' in (home / "broadsheet.env").read_text()

    @pytest.mark.soak
    def test_a_killed_init_can_be_run_again(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        words = [BROADSHEET, "init", "--name", "Slippen", "--email", "ed@slipway.example", "--no-input"]
        first = subprocess.Popen(words, env=environment(home), stdout=subprocess.DEVNULL)
        wait_for(lambda: (home / DATABASE).exists() and (home / DATABASE).stat().st_size > 300_000, 60)
        first.kill()
        first.wait()
        again = run(
            home, "init", "--name", "Skjæret", "--languages", "en", "--email", "ed@slipway.example", "--no-input"
        )
        assert again.returncode == 0, again.stderr
        with contextlib.closing(sqlite3.connect(home / DATABASE)) as database:
            titles = [row[0] for row in database.execute("SELECT title FROM wagtailcore_page WHERE depth = 2")]
        assert titles == ["Skjæret"]

    @pytest.mark.parametrize(
        ("words", "hint"),
        [
            (["--email", "ed@slipway.example"], "--name"),
            (["--name", "Slippen", "--email", "nobody"], "such as ed@slipway.example"),
            (["--name", "Slippen", "--email", "ed@slipway.example", "--time-zone", "Oslo"], "Europe/Oslo"),
            (["--name", "Slippen", "--email", "ed@slipway.example", "--address", "slippen"], "https://slipway.example"),
        ],
    )
    def test_a_wrong_answer_is_said_with_a_hint_and_leaves_nothing(
        self, tmp_path: Path, words: list[str], hint: str
    ) -> None:
        done = run(tmp_path / "home", "init", "--no-input", *words)
        assert done.returncode == 1
        assert hint in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "home").exists()

    def test_a_weak_password_is_refused(self, tmp_path: Path) -> None:
        words = ["init", "--name", "Slippen", "--email", "ed@slipway.example", "--password-file", "-"]
        done = run(tmp_path / "home", *words, given="password")
        assert done.returncode == 1
        assert "too common" in done.stdout
        assert not (tmp_path / "home" / DATABASE).exists()


@pytest.fixture(scope="module")
def shared(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A publication that is served once, for tests that change nothing."""
    with Served(copy_home(made_home, tmp_path_factory.mktemp("reading") / "a home")) as served:
        yield served


class TestServing:
    def test_an_empty_publication_serves(self, shared: Served) -> None:
        front = ask(shared, "/")
        assert front.status == 200
        assert front.getheader("Content-Language") == "nb"
        assert front.getheader("Set-Cookie") is None
        assert front.getheader("X-Request-ID") is None  # out of the store: no line of the log would bear it
        assert re.fullmatch(r"[0-9a-f]{16}", ask(shared, "/robots.txt").getheader("X-Request-ID") or "")
        assert ask(shared, "/en/").getheader("Content-Language") == "en"
        assert ask(shared, "/admin/").status == 302

    def test_static_files_are_compressed_kept_for_ever_and_tell_nobody_else(self, shared: Served) -> None:
        manifest = json.loads((shared.home / "static" / "staticfiles.json").read_text())
        name = manifest["paths"]["site/broadsheet.css"]
        sheet = ask(shared, f"/static/{name}", **{"Accept-Encoding": "br"})
        assert sheet.status == 200
        assert sheet.getheader("Content-Encoding") == "br"
        assert "immutable" in (sheet.getheader("Cache-Control") or "")
        assert sheet.getheader("X-Content-Type-Options") == "nosniff"
        assert sheet.getheader("Access-Control-Allow-Origin") is None
        assert ask(shared, "/static/../broadsheet.env").status == 404
        assert ask(shared, "/static/%2e%2e/broadsheet.env").status == 404

    def test_modules_import_each_other_by_hashed_names(self, home: Path) -> None:
        paths = json.loads((home / "static" / "staticfiles.json").read_text())["paths"]
        modules = [name for name in paths.values() if name.endswith(".js") and "/admin/" not in name]
        imports = re.compile(r"""^\s*import\b[^;"']*["']\./([^"']+)["']""", re.MULTILINE)
        for module in modules:
            for imported in imports.findall((home / "static" / module).read_text()):
                assert re.search(r"\.[0-9a-f]{12}\.js$", imported), f"{module} imports {imported}"

    def test_the_log_has_a_line_for_every_answer_and_no_query(self, shared: Served) -> None:
        request_id = ask(shared, "/no-such-page%0aforged?token=secret").getheader("X-Request-ID")
        wait_for(lambda: str(request_id) in shared.said())
        (line,) = (line for line in shared.said().splitlines() if str(request_id) in line)
        entry = json.loads(line)
        assert (entry["method"], entry["status"], entry["path"]) == ("GET", 404, "/no-such-page\nforged")
        assert "secret" not in line


def said_to(served: Served, request: bytes, then: bytes = b"", most: int = 200_000) -> bytes:
    """Return what a server says to these bytes, and to `then` once it has said anything, until it closes or rests."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=SOON) as line:
        line.sendall(request)
        said = line.recv(most)
        if then:
            line.sendall(then)
        line.settimeout(1)
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while more := line.recv(most):
                said += more
        return said


class TestTheWire:
    """What only the true server does between a socket and the hop."""

    def test_a_form_in_chunks_and_the_next_request_on_the_same_line(self, shared: Served) -> None:
        head = b"POST /no-such-form/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        said = said_to(shared, head + b"5\r\nbody=\r\n3\r\nHei\r\n0\r\n\r\n",
                       b"HEAD /robots.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")  # fmt: skip
        assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"403", b"200"]
        assert said.endswith(b"\r\n\r\n")  # nothing behind the head

    def test_too_much_is_refused_before_it_is_sent(self, shared: Served) -> None:
        head = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000000\r\nExpect: 100-continue\r\n\r\n"
        assert re.findall(rb"HTTP/1.1 (\d+)", said_to(shared, head)) == [b"413"]
        fits = b"POST /no-such-form/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        assert re.findall(rb"HTTP/1.1 (\d+)", said_to(shared, fits, b"a=b")) == [b"100", b"403"]

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            (b"Host: 127.0.0.1\r\nHost: slipway.example\r\n", b"400"),
            (b"", b"400"),
            (b"Host: elsewhere.example\r\n", b"400"),
            (b"Host: 127.0.0.1\r\nX-Tide: " + b"l" * 200_000 + b"\r\n", b"431"),
            (b"Host: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n", b"400"),
            (b"Host: 127.0.0.1\r\nContent-Type: \xff\xfe\r\nCookie: \xff=\xfe\r\nX-Tide: \x80\r\n", b"200"),
            (b"Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"200"),
        ],
        ids=["two hosts", "no host", "another host", "huge", "two lengths", "no text", "websocket"],
    )  # fmt: skip
    def test_odd_heads(self, shared: Served, head: bytes, status: bytes) -> None:
        said = said_to(shared, b"GET /robots.txt HTTP/1.1\r\n" + head + b"\r\n")
        assert re.match(rb"HTTP/1.1 (\d+)", said)[1] == status  # type: ignore[index]
        assert answers(shared)

    def test_another_protocol_is_not_spoken(self, shared: Served) -> None:
        assert said_to(shared, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        assert answers(shared)


class TestProcesses:
    def test_whoever_crashes_is_started_again(self, served: Served) -> None:
        killed, everybody = children(served), set(family(served.pid))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(children(served)) == 3 and not set(children(served)) & set(killed))
        wait_for(lambda: answers(served))
        assert served.said().count("is started again") == 3
        wait_for(lambda: not any(map(is_alive, everybody)))  # whose parent was killed is gone too

        (web,) = (pid for pid in children(served) if family(pid))  # whoever started others; their numbers tell nothing
        workers = set(family(web))
        os.kill(min(workers), signal.SIGKILL)
        wait_for(lambda: min(workers) not in family(web) and len(family(web)) == len(workers))
        assert answers(served)

    def test_a_killed_parent_leaves_no_children(self, home: Path) -> None:
        with starting(home) as served:
            everybody = family(served.pid)
            assert len(everybody) == 5
            os.kill(served.pid, signal.SIGKILL)
            wait_for(lambda: not any(map(is_alive, everybody)))
            socket.create_server(("127.0.0.1", served.port)).close()  # nobody holds the port

    def test_web_processes_that_hang_do_not_outlive_the_server(self, home: Path) -> None:
        with starting(home) as served, hanging_web_processes(served) as hanging:
            os.kill(served.pid, signal.SIGTERM)
            assert served.process is not None
            assert served.process.wait(STOP_LIMIT) == 0
            assert not any(map(is_alive, hanging))
            assert not is_in_hand(home)

    def test_they_do_not_outlive_the_web_server_either(self, served: Served) -> None:
        with hanging_web_processes(served) as hanging:
            (web,) = {family(served.pid)[worker] for worker in hanging}
            os.kill(web, signal.SIGKILL)
            wait_for(lambda: not any(map(is_alive, hanging)))
        wait_for(lambda: answers(served))

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_stops_all_cleanly(self, home: Path, number: signal.Signals) -> None:
        with starting(home) as served:
            everybody = family(served.pid)
            started = time.monotonic()
            os.kill(served.pid, number)
            assert served.process is not None
            assert served.process.wait(SOON) == 0
            assert time.monotonic() - started < 8
            assert not any(map(is_alive, everybody))
            assert "Traceback" not in served.said()
            assert served.said().rstrip().endswith("Stopped.")

    def test_the_timetable_and_the_worker_are_heard_of(self, shared: Served) -> None:
        wait_for(lambda: None not in json.loads(ask(shared, "/healthz").text)["seconds_since"].values())
        done = run(shared.home, "check")
        assert done.returncode == 0, done.stdout
        assert re.search(r"publish-scheduled +\d{4}-\d\d-\d\d .* done\n", done.stdout)


class TestWhatStopsTheStart:
    def said(self, home: Path, command: str = "serve", **settings: str) -> str:
        done = subprocess.run(
            [BROADSHEET, command], env=environment(home, **settings), capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def test_a_port_that_somebody_has(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = self.said(home, BROADSHEET_PORT=str(port))
        assert f"Port {port} on 127.0.0.1 is taken" in said
        assert "BROADSHEET_PORT" in said

    def test_a_port_that_another_publication_serves_on(self, shared: Served, made_home: Path, tmp_path: Path) -> None:
        other = copy_home(made_home, tmp_path / "other")
        assert "is taken" in self.said(other, BROADSHEET_PORT=str(shared.port))
        assert answers(shared)

    def test_a_home_that_is_served_already(self, shared: Served) -> None:
        said = self.said(shared.home, BROADSHEET_PORT=str(free_port()))
        assert f"already, by process {shared.pid}" in said

    def test_a_wrong_setting(self, home: Path) -> None:
        said = self.said(home, BROADSHEET_PORT="eighty", BROADSHEET_TIMEZONE="UTC")
        assert "BROADSHEET_PORT is 'eighty': give a whole number" in said
        assert "Did you mean BROADSHEET_TIME_ZONE?" in said

    def test_no_publication(self, tmp_path: Path) -> None:
        said = self.said(tmp_path / "nowhere")
        assert "broadsheet init" in said
        assert not (tmp_path / "nowhere").exists()

    def test_a_database_of_an_earlier_version(self, home: Path) -> None:
        with contextlib.closing(sqlite3.connect(home / DATABASE)) as database, database:
            database.execute("DELETE FROM django_migrations WHERE app = 'site'")
        assert "broadsheet manage migrate" in self.said(home)


class TestBackup:
    def test_a_backup_while_people_write_restores_to_one_moment(self, served: Served, tmp_path: Path) -> None:
        """Two tables are written in one transaction, again and again; the backup must have as many rows in both."""
        with contextlib.closing(sqlite3.connect(served.home / DATABASE)) as database, database:
            database.execute("CREATE TABLE debit (sum INTEGER)")
            database.execute("CREATE TABLE credit (sum INTEGER, note TEXT)")
        (served.home / "media" / "images").mkdir(parents=True)
        (served.home / "media" / "images" / "quay.png").write_bytes(b"not really a picture")
        stop = threading.Event()
        writer = threading.Thread(target=keep_books, args=(served.home / DATABASE, stop))
        writer.start()
        try:
            time.sleep(0.5)
            done = run(served.home, "backup", str(tmp_path / "all.tar.gz"))
        finally:
            stop.set()
            writer.join()
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "all.tar.gz").stat().st_mode & 0o777 == 0o600
        assert not list(tmp_path.glob(".all*"))

        copy = tmp_path / "copy"
        done = run(copy, "restore", str(tmp_path / "all.tar.gz"))
        assert done.returncode == 0, done.stderr
        with contextlib.closing(sqlite3.connect(copy / DATABASE)) as database:
            debits = database.execute("SELECT count(*) FROM debit").fetchone()
            assert debits == database.execute("SELECT count(*) FROM credit").fetchone()
            assert debits[0] > 5
        assert (copy / "media" / "images" / "quay.png").read_bytes() == b"not really a picture"
        assert (copy / "broadsheet.env").read_bytes() == (served.home / "broadsheet.env").read_bytes()
        assert run(copy, "check").returncode == 0
        with Served(copy) as restored:
            assert ask(restored, "/").status == 200

    def test_restore_refuses_a_home_that_is_served(self, shared: Served, tmp_path: Path) -> None:
        assert run(shared.home, "backup", str(tmp_path / "all.tar.gz")).returncode == 0
        done = run(shared.home, "restore", str(tmp_path / "all.tar.gz"), "--replace")
        assert done.returncode == 1
        assert "being served" in done.stderr

    def test_restore_moves_what_was_there_aside(self, home: Path, tmp_path: Path) -> None:
        assert run(home, "backup", str(tmp_path / "all.tar.gz")).returncode == 0
        refused = run(home, "restore", str(tmp_path / "all.tar.gz"))
        assert refused.returncode == 1
        assert "--replace" in refused.stderr
        (home / "media" / "images").mkdir(parents=True)
        (home / "media" / "images" / "later.png").write_bytes(b"drawn after the backup")
        done = run(home, "restore", str(tmp_path / "all.tar.gz"), "--replace")
        assert done.returncode == 0, done.stderr
        (aside,) = home.glob("before-restore-*")
        assert (aside / "media" / "images" / "later.png").read_bytes() == b"drawn after the backup"
        assert (aside / DATABASE).exists()
        assert not (home / "media" / "images" / "later.png").exists()

    def test_a_backup_is_not_overwritten_unasked(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "all.tar.gz").write_text("the only copy")
        done = run(home, "backup", str(tmp_path / "all.tar.gz"))
        assert done.returncode == 1
        assert (tmp_path / "all.tar.gz").read_text() == "the only copy"
        assert run(home, "backup", "--replace", str(tmp_path / "all.tar.gz")).returncode == 0
        assert tarfile.is_tarfile(tmp_path / "all.tar.gz")

    def test_a_damaged_backup_changes_nothing(self, home: Path, tmp_path: Path) -> None:
        assert run(home, "backup", str(tmp_path / "all.tar.gz")).returncode == 0
        whole = (tmp_path / "all.tar.gz").read_bytes()
        before = (home / DATABASE).read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 0xFF
        for damaged in (whole[: len(whole) // 2], bytes(flipped), b"", b"no archive at all"):
            (tmp_path / "damaged.tar.gz").write_bytes(damaged)
            done = run(home, "restore", str(tmp_path / "damaged.tar.gz"), "--replace")
            assert done.returncode == 1
            assert "Traceback" not in done.stderr
        assert (home / DATABASE).read_bytes() == before
        assert not list(home.glob("before-restore-*"))


class TestCheck:
    def test_a_broken_promise_is_named(self, home: Path) -> None:
        with contextlib.closing(sqlite3.connect(home / DATABASE)) as database, database:
            database.execute("UPDATE wagtailcore_page SET numchild = 7 WHERE depth = 2")
        (home / "broadsheet.env").chmod(0o644)
        done = run(home, "check")
        assert done.returncode == 1
        assert "child counts" in done.stdout
        assert "can be read by other users" in done.stdout


class TestTheCommandItself:
    def test_help_is_quick_and_needs_nothing(self, tmp_path: Path) -> None:
        """What takes long is Django, and none of it is loaded."""
        for words in (["--help"], ["init", "--help"], ["backup", "--help"]):
            done = run(tmp_path / "nowhere", *words, settings={"PYTHONPROFILEIMPORTTIME": "1"})
            assert done.returncode == 0
            assert "usage: broadsheet" in done.stdout
            assert "argparse" in done.stderr
            assert "django" not in done.stderr

    def test_the_command_is_also_a_module(self, tmp_path: Path) -> None:
        python = str(Path(BROADSHEET).with_name("python"))
        done = subprocess.run([python, "-m", "broadsheet", "--version"], capture_output=True, text=True, check=True)
        assert re.fullmatch(r"broadsheet \d+\.\d+\.\d+\n", done.stdout)

    def test_djangos_commands(self, home: Path) -> None:
        done = run(home, "manage", "migrate", "--check")
        assert done.returncode == 0, done.stderr


def keep_books(path: Path, stop: threading.Event) -> None:
    """Write a row into each of two tables in one transaction, until stopped."""
    with contextlib.closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as database:
        while not stop.is_set():
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT INTO debit VALUES (1)")
            database.execute("INSERT INTO credit VALUES (1, ?)", ["x" * 2000])
            database.execute("COMMIT")
            time.sleep(0.005)
