"""Serving a publication: what must be right before, and the processes that run then."""

from __future__ import annotations

import http.client
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import resolve

from broadsheet.site.collect import collect_static
from broadsheet.site.home import nothing_in
from broadsheet.site.mistakes import Mistake
from broadsheet.site.processes import Child, Tree
from broadsheet.site.setup import has_publication, tell_wagtail_the_address
from broadsheet.site.timetable import keep_time
from broadsheet.site.web import serve_web

START_ATTEMPTS = 3  # of the web server; when it has not answered by then, time will not heal it

Say = Callable[[str], object]


def serve(say: Say, once_ready: Callable[[], object] = lambda: None) -> None:
    """Serve the publication in the home until a signal ends it; `once_ready` is called when it answers.

    The caller has claimed home and port (claims.py). Raises Mistake when the home is not ready to be served.
    """
    refuse_an_unready_home()
    collect_static(say)
    tell_wagtail_the_address()
    _import_what_children_need()
    host, port = settings.ENVIRONMENT["BROADSHEET_HOST"], settings.ENVIRONMENT["BROADSHEET_PORT"]
    web = Child("web", partial(serve_web, host, port, settings.ENVIRONMENT["BROADSHEET_WORKERS"]))
    start = Start(web, host, port, say, once_ready)
    Tree([web, Child("worker", _work), Child("timetable", _keep_time)]).run(start.look)
    say("Stopped.")


def refuse_an_unready_home() -> None:
    """Raise Mistake unless there is a publication, its database is up to date, and a secret signs its cookies."""
    if not settings.ENVIRONMENT["BROADSHEET_SECRET_KEY"]:
        raise Mistake(nothing_in(settings.HOME))
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        raise Mistake(f"The database does not answer: {error}") from error
    if not executor.loader.applied_migrations:
        raise Mistake(nothing_in(settings.HOME))
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Mistake(
            "The database is of an earlier version. Keep a copy and bring it up to date:\n"
            "    broadsheet backup before-upgrade.tar.gz\n"
            "    broadsheet manage migrate"
        )
    if not has_publication():
        raise Mistake(nothing_in(settings.HOME))


def _import_what_children_need() -> None:
    """Import the application once, here, and leave nothing open that a fork would share."""
    import broadsheet.site.asgi  # noqa: F401 - scans the static files, so it comes after they are collected

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
class Start:
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
