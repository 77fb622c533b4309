"""What a server makes sure of before it starts: it may be seen, the home is its own, the port is free."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from broadsheet.site.environment import is_loopback
from broadsheet.site.home import having_in_hand, is_demo, nothing_in
from broadsheet.site.mistakes import Mistake


@contextmanager
def claiming(settings: Mapping[str, Any]) -> Iterator[None]:
    """Hold the home and the port that `settings` name while the block runs. Raises Mistake when one cannot be had."""
    _refuse_a_careless_address(settings)
    if not settings["BROADSHEET_HOME"].is_dir():
        raise Mistake(nothing_in(settings["BROADSHEET_HOME"]))
    with (
        having_in_hand(settings["BROADSHEET_HOME"]),
        holding_port(settings["BROADSHEET_HOST"], settings["BROADSHEET_PORT"]),
    ):
        yield


def _refuse_a_careless_address(settings: Mapping[str, Any]) -> None:
    """Raise Mistake when what is only for one's own eyes would be open to others."""
    home, public = settings["BROADSHEET_HOME"], urlsplit(settings["BROADSHEET_ADDRESS"]).hostname or ""
    reachable = not is_loopback(settings["BROADSHEET_HOST"]) or not is_loopback(public)
    if reachable and is_demo(home):
        raise Mistake(
            f"{home} holds the demo publication, whose sign-ins everybody knows: it is served on this machine"
            " only.\nUnset BROADSHEET_HOST and BROADSHEET_ADDRESS, or make a publication of your own: broadsheet init."
        )
    if reachable and settings["BROADSHEET_DEBUG"]:
        raise Mistake("BROADSHEET_DEBUG is on, which shows strangers how things work inside: set it to no.")


@contextmanager
def holding_port(host: str, port: int) -> Iterator[None]:
    """Keep others from taking the port while the block runs, also when the server crashes in between.

    The server shares its port with the one who keeps it here (SO_REUSEPORT), so a second one would get a share of the
    readers without a word. A plain bind tells whether somebody is there. Raises Mistake when the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(probe, host, port)
    with socket.socket(family) as guard:  # never listens, so no reader ever lands here
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with suppress(OSError):  # connections of a server before us may linger for a minute: then go without
            guard.bind((host, port))
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
