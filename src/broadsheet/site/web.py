"""The web processes: granian's workers, each with an event loop and the few threads of the hop."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from broadsheet.site.processes import die_with_parent, name_process

if TYPE_CHECKING:
    from broadsheet.delivery.asgi import Application

BACKLOG = 4096  # connections the kernel holds until a worker takes them
# Open ones per worker, most of them idle between two pages or listening to a stream. granian's own number, a part of
# the backlog, would let a thousand listeners shut out everybody else.
CONNECTIONS = 16_384
LARGEST_HEAD = 32 * 1024  # bytes of all headers of a request, as in nginx; what is read at once may be twice that
FILES = 65_536
KILL_AFTER = 5  # seconds a worker has to finish its answers


def serve_web(host: str, port: int, workers: int) -> None:
    """Serve on `host` and `port` until SIGTERM; a worker that dies is replaced."""
    _allow_many_files()
    server = Granian(
        "broadsheet.site.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        loop=Loops.uvloop,
        http=HTTPModes.http1,  # what proxies speak to us; another protocol would be another parser for strangers to try
        http1_settings=HTTP1Settings(max_buffer_size=LARGEST_HEAD),
        websockets=False,
        workers=workers,
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=KILL_AFTER,
        log_dictconfig=settings.LOGGING,
        log_level=LogLevels.warning,
    )
    load: Callable[[], Application] = partial(load_application, os.getpid())
    server.serve(target_loader=load, wrap_loader=False)


def load_application(parent: int) -> Application:
    """Return the application in a worker that the process `parent` started, and tie its life to that one's."""
    # A worker that was not forked has no Django before this.
    from broadsheet.site.asgi import application, feed, listening

    name_process("broadsheet web")
    # Asked to stop amid its work, granian waits for its threads and keeps Python's lock, which they wait for: it would
    # hold its share of the port, and perhaps the turn to write, for ever. Nobody respawns it either.
    die_with_parent(parent, by=signal.SIGKILL)
    feed.start()
    # The loop is there, but does not run yet: granian has still to say how it wants to be stopped.
    asyncio.get_event_loop().call_soon(_end_when_stopped, listening.end)
    return application


def _end_when_stopped(end: Callable[[], object]) -> None:
    """Call `end` too when the worker is asked to stop, in the running loop.

    granian waits for every answer to come to its end, which a stream does not have, and says so to nobody. Its own
    handler stands in the loop, which hears of signals by a pipe; Python's, which Python calls besides, is free for us.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())


def _allow_many_files() -> None:
    """Raise the soft limit on open files: every connection is one, and 1,024 is a common default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
