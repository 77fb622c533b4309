"""Serving a publication: what must be right before, and the processes that run then."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import resolve

from broadsheet.site.collect import collect_static
from broadsheet.site.environment import is_loopback
from broadsheet.site.mistakes import Mistake
from broadsheet.site.processes import Child, Tree
from broadsheet.site.setup import has_publication, tell_wagtail_the_address
from broadsheet.site.timetable import keep_time
from broadsheet.site.web import serve_web

DEMO_MARK = "this-is-a-demo"  # the file that makes a home a demo home
START_ATTEMPTS = 3  # of the web server; when it has not answered by then, time will not heal it

Say = Callable[[str], object]


def serve(say: Say, once_ready: Callable[[], object] = lambda: None) -> None:
    """Serve the publication in the home until a signal ends it; `once_ready` is called when it answers.

    Raises Mistake, before anything is started, when something is not as it must be.
    """
    host, port = settings.ENVIRONMENT["BROADSHEET_HOST"], settings.ENVIRONMENT["BROADSHEET_PORT"]
    refuse_a_careless_address(host)
    with only_server_of(settings.HOME), holding_port(host, port):
        refuse_an_unready_home()
        collect_static(say)
        tell_wagtail_the_address()
        _import_what_children_need()
        web = Child("web", partial(serve_web, host, port, settings.ENVIRONMENT["BROADSHEET_WORKERS"]))
        start = _Start(web, host, port, say, once_ready)
        Tree([web, Child("worker", _work), Child("timetable", _keep_time)]).run(start.look)
    say("Stopped.")


def refuse_a_careless_address(host: str) -> None:
    """Raise Mistake when what is only for one's own eyes would be open to others."""
    reachable = not is_loopback(host) or not is_loopback(settings.ALLOWED_HOSTS[0])
    if reachable and is_demo(settings.HOME):
        raise Mistake(
            f"{settings.HOME} holds the demo publication, whose sign-ins everybody knows: it is served on this machine"
            " only.\nUnset BROADSHEET_HOST and BROADSHEET_ADDRESS, or make a publication of your own: broadsheet init."
        )
    if reachable and settings.DEBUG:
        raise Mistake("BROADSHEET_DEBUG is on, which shows strangers how things work inside: set it to no.")


def is_demo(home: Path) -> bool:
    """Tell whether the home was made by `broadsheet demo`."""
    return (home / DEMO_MARK).exists()


def refuse_an_unready_home() -> None:
    """Raise Mistake unless there is a publication, its database is up to date, and a secret signs its cookies."""
    if not settings.ENVIRONMENT["BROADSHEET_SECRET_KEY"]:
        raise Mistake(_nothing_here())
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise Mistake(f"The database does not answer: {error}") from error
    if not executor.loader.applied_migrations:
        raise Mistake(_nothing_here())
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Mistake(
            "The database is of an earlier version. Keep a copy and bring it up to date:\n"
            "    broadsheet backup before-upgrade.tar.gz\n"
            "    broadsheet manage migrate"
        )
    if not has_publication():
        raise Mistake(_nothing_here())


def _nothing_here() -> str:
    return (
        f"There is no publication in {settings.HOME} yet.\n"
        "Make one with `broadsheet init`, look around with `broadsheet demo`, or set BROADSHEET_HOME to where yours is."
    )


@contextmanager
def only_server_of(home: Path) -> Iterator[None]:
    """Hold the home for this process while the block runs. Raises Mistake when another process has it."""
    if not home.is_dir():
        raise Mistake(_nothing_here())
    with (home / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Mistake(f"{home} is in use already, by process {file.read().strip() or 'unknown'}.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def holding_port(host: str, port: int) -> Iterator[None]:
    """Keep others from taking the port while the block runs, also when the server crashes in between.

    The server shares its port among its processes (SO_REUSEPORT), so a second one would get a share of the readers
    without a word. A plain bind tells whether somebody is there. Raises Mistake when the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(probe, host, port)
    with socket.socket(family) as guard:  # never listens, so no reader ever lands here
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _bind(guard, host, port)
        yield


def _bind(probe: socket.socket, host: str, port: int) -> None:
    try:
        probe.bind((host, port))
    except PermissionError:
        raise Mistake(
            f"Port {port} is kept for the system. Set BROADSHEET_PORT to 1024 or more, and let a proxy have {port}."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Mistake(f"{host} is no address of this machine. Set BROADSHEET_HOST to one that is.") from None
        raise Mistake(
            f"Port {port} on {host} is taken by another program. Set BROADSHEET_PORT to a free one, such as"
            f" BROADSHEET_PORT={port + 1 if port < 65535 else 8000}."
        ) from None


def _import_what_children_need() -> None:
    """Import the application once, here, and leave nothing open that a fork would share."""
    import broadsheet.site.wsgi  # noqa: F401 - scans the static files, so it comes after they are collected

    resolve("/healthz")  # imports every module's addresses
    connections.close_all()


def _work() -> None:
    call_command("db_worker", queue_name="*", interval=0.2, reload=False, startup_delay=False)


def _keep_time() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    keep_time(stop)


@dataclass
class _Start:
    """Looks whether the web server answers yet, says so once, and gives up on one that keeps crashing."""

    web: Child
    host: str
    port: int
    say: Say
    once_ready: Callable[[], object]
    is_over: bool = field(default=False)

    def look(self) -> None:
        """Look once; after the server has answered there is nothing left to do."""
        if self.is_over:
            return
        if self.web.crashes >= START_ATTEMPTS:
            raise Mistake("The web server does not start; the lines above say why.")
        if self._answers():
            self.is_over = True
            self.say(f"Serving {settings.PUBLIC_ADDRESS} from {self.host} port {self.port}. Ctrl-C stops.")
            self.once_ready()

    def _answers(self) -> bool:
        near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        asked = http.client.HTTPConnection(near, self.port, timeout=5)
        try:
            asked.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
            return bool(asked.getresponse().status)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()
