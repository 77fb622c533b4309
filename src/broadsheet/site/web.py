"""The web processes: granian's workers, each answering with a few threads."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from broadsheet.site.processes import die_with_parent, name_process

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

THREADS = 4  # of each worker: so many requests may wait for the database without stopping the others
BACKLOG = 1024  # connections the kernel holds until a worker takes them
CONNECTIONS = 2048  # open ones per worker, most of them idle between two pages
FILES = 65_536
KILL_AFTER = 5  # seconds a worker has to finish its answers


def serve_web(host: str, port: int, workers: int) -> None:
    """Serve on `host` and `port` until SIGTERM; a worker that dies is replaced."""
    _allow_many_files()
    server = Granian(
        "broadsheet.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=KILL_AFTER,
        log_dictconfig=settings.LOGGING,
        log_level=LogLevels.warning,
    )
    load: Callable[[], WSGIApplication] = partial(load_application, os.getpid())
    server.serve(target_loader=load, wrap_loader=False)


def load_application(parent: int) -> WSGIApplication:
    """Return the application in a worker that the process `parent` started, and tie its life to that one's."""
    from broadsheet.site.wsgi import application  # a worker that was not forked has no Django before this

    name_process("broadsheet web")
    die_with_parent(parent)
    return application


def _allow_many_files() -> None:
    """Raise the soft limit on open files: every connection is one, and 1,024 is a common default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
