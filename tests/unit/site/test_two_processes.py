"""The promise of freshness where it is hard to keep: two web processes of the true server on one database."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from django.db import connection

from broadsheet.discussion.actions import open_thread
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage
from broadsheet.site.processes import SILENCE
from tests import factories, places
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

SERVE = """
import sys, time, django
django.setup()
from django.db import connections
from broadsheet.site import asgi
from broadsheet.site.web import serve_web

async def may_hang(scope, receive, send, application=asgi.application):
    if scope["path"] == "/hang":
        time.sleep(600)
    await application(scope, receive, send)

asgi.application = may_hang
connections.close_all()
serve_web("127.0.0.1", int(sys.argv[1]), 2, silence=float(sys.argv[2]))
"""
PROMISED = 1.0  # seconds from commit to every reader
START_LIMIT, SOON = 60.0, 15.0
# So many lines that both processes have some: the kernel deals them out by chance.
LINES = 16
FIRST = "I saw it leave."


class Line:
    """One reader's connection, which stays with the process that took it."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)

    def read(self, path: str) -> str:
        self.connection.request("GET", path, headers={"Host": self.host, "Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200
        return (gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body).decode()

    def close(self) -> None:
        self.connection.close()


@contextmanager
def readers_of(port: int) -> Iterator[list[Line]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Line(port))) for _ in range(LINES)]


@contextmanager
def serving(tmp_path: Path, silence: float = SILENCE) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve this test's database with two processes."""
    port = places.free_port()
    # Whatever of ours is set is of the tests; the port is one of the hosts that pages are kept for.
    environment = {
        **os.environ,
        "BROADSHEET_PORT": str(port),
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": os.pathsep.join(sys.path)}
    log = (tmp_path / "log").open("wb")
    words = [sys.executable, "-c", SERVE, str(port), str(silence)]
    server = subprocess.Popen(words, env=environment, cwd=places.ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: answers(port), START_LIMIT)
        yield port, server
        server.send_signal(signal.SIGTERM)
        assert server.wait(SOON) == 0, (tmp_path / "log").read_text()
    except BaseException as error:
        error.add_note((tmp_path / "log").read_text()[-4_000:])
        raise
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
        log.close()


def answers(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as line:
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status in (200, 503)
        except (OSError, http.client.HTTPException):
            return False


def workers_of(server: subprocess.Popen[bytes]) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = (map(int, line.split()) for line in listed.splitlines())
    return [pid for pid, parent in pairs if parent == server.pid]


def test_every_process_shows_what_was_committed_within_a_second(article: ArticlePage, tmp_path: Path) -> None:
    thread, mo, path = open_thread(article), factories.make_user("mo", "Moderator"), article.url
    with serving(tmp_path) as (port, server), readers_of(port) as lines:
        assert len(workers_of(server)) == 2
        assert not any(FIRST in line.read(path) for line in lines)
        for _ in range(3):
            comment = factories.make_comment(thread, FIRST)
            time.sleep(PROMISED)
            assert [FIRST in line.read(path) for line in lines] == [True] * LINES
            decide("comment", comment.public_id, Standing.REMOVED, by=mo, seen=Standing.PUBLISHED, reason="abuse")
            time.sleep(PROMISED)
            assert [FIRST in line.read(path) for line in lines] == [False] * LINES


def test_so_does_one_that_has_slept_as_soon_as_it_wakes(article: ArticlePage, tmp_path: Path) -> None:
    """It has heard nothing meanwhile, knows that it has not, and trusts nothing that it keeps."""
    thread, path = open_thread(article), article.url
    with serving(tmp_path) as (port, server), readers_of(port) as lines:
        for line in lines * 2:
            line.read(path)
        for worker in workers_of(server):
            os.kill(worker, signal.SIGSTOP)
        factories.make_comment(thread, FIRST)
        time.sleep(PROMISED)
        for worker in workers_of(server):
            os.kill(worker, signal.SIGCONT)
        assert [FIRST in line.read(path) for line in lines] == [True] * LINES


def test_one_that_is_killed_is_replaced_and_the_new_one_knows_too(article: ArticlePage, tmp_path: Path) -> None:
    thread, path = open_thread(article), article.url
    with serving(tmp_path) as (port, server):
        before = workers_of(server)
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(workers_of(server)) == 2 and set(workers_of(server)) != set(before))
        until(lambda: answers(port))
        with readers_of(port) as lines:
            assert not any(FIRST in line.read(path) for line in lines)
            factories.make_comment(thread, FIRST)
            time.sleep(PROMISED)
            assert [FIRST in line.read(path) for line in lines] == [True] * LINES


def test_one_whose_event_loop_is_blocked_is_replaced_and_one_that_has_little_to_do_is_not(tmp_path: Path) -> None:
    silence = 4.0
    with serving(tmp_path, silence) as (port, server), closing(Line(port)) as line:
        before = set(workers_of(server))
        time.sleep(1.5 * silence)
        assert set(workers_of(server)) == before
        line.connection.request("GET", "/hang", headers={"Host": line.host})
        until(lambda: len(set(workers_of(server)) - before) == 1, SOON)
        assert len(before & set(workers_of(server))) == 1
        until(lambda: answers(port))
    (said,) = re.findall(
        r"web \(process (\d+)\) has not answered for 4 seconds and is killed", (tmp_path / "log").read_text()
    )
    assert int(said) in before
