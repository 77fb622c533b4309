"""The web processes: each an event loop, the few threads of the hop, and a share of the connections."""

from __future__ import annotations

import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType

import uvicorn

from broadsheet.delivery.wire import wire_to
from broadsheet.site.processes import SILENCE, Child, Pulse, Tree

BACKLOG = 4096  # connections the kernel holds until a process takes them
CONNECTIONS = 16_384  # open ones in a process, most of them idle between two pages or listening to a stream
FILES = 65_536
FINISH_WITHIN = 5  # seconds for answers that have begun, when a process is to stop
PATIENCE = 7.0  # seconds for a process to stop; then there are three left for us, whom our own parent gives ten
START_ATTEMPTS = 3  # of a process that has never lasted; by then time will not heal it


def serve_web(host: str, port: int, workers: int, silence: float = SILENCE) -> None:
    """Serve on `host` and `port` until SIGTERM, in processes that share one socket.

    One that dies is replaced, and so is one whose event loop has stood still for `silence` seconds.
    """
    _allow_many_files()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # beside whoever holds it for us (claims.py)
        door.bind((host, port))
        door.listen(BACKLOG)
        children = [_child(door, Pulse(silence)) for _ in range(workers)]
        Tree(children, patience=PATIENCE).run(partial(_give_up_on, children))


def _child(door: socket.socket, pulse: Pulse) -> Child:
    """Return a web process to be started.

    Readers wait for none of them, so that there is no hurry to start it again, but no reason to wait for long either.
    It holds the home and the port for as long as it lives, so it goes with its parent at once, also when it hangs.
    """
    work = partial(_work, door, pulse)
    return Child("web", work, longest_delay=1.0, when_orphaned=signal.SIGKILL, pulse=pulse)


def _give_up_on(children: Sequence[Child]) -> None:
    """End with an error where none of them lasts: whoever has started us may know more, or try again."""
    if all(child.crashes >= START_ATTEMPTS for child in children):
        sys.exit(1)


def _work(door: socket.socket, pulse: Pulse) -> None:
    """Be a web process, and give a sign with every turn of its event loop."""
    from broadsheet.site.asgi import application, feed, front, listening  # one that was not forked has no Django yet

    feed.start()
    config = uvicorn.Config(
        application,
        http=wire_to(front),
        loop="uvloop",
        interface="asgi3",
        lifespan="off",
        ws="none",
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=FINISH_WITHIN,
        proxy_headers=False,  # whom they may be believed of is gate/address.py's to say
        server_header=False,
        access_log=False,
        log_config=None,
    )
    Server(config, end=listening.end, beat=pulse.beat).run(sockets=[door])


class Server(uvicorn.Server):
    """uvicorn's server, which waits for every answer to come to its end: `end` ends those that have none.

    `beat` is called ten times a second, from the event loop.
    """

    def __init__(self, config: uvicorn.Config, *, end: Callable[[], object], beat: Callable[[], object]) -> None:
        super().__init__(config)
        self._end = end
        self._beat = beat

    async def on_tick(self, counter: int) -> bool:
        """Do what is done ten times a second. (`callback_notify` hangs on the wall clock, which may be put back.)"""
        self._beat()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Hear that the process is to stop."""
        self._end()
        super().handle_exit(sig, frame)


def _allow_many_files() -> None:
    """Raise the soft limit on open files: every connection is one, and 1,024 is a common default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
