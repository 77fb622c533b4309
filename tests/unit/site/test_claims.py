"""What a server makes sure of before anything is started."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from broadsheet.site.claims import claiming
from broadsheet.site.demonstrate import refuse_another_publication
from broadsheet.site.environment import read_settings
from broadsheet.site.home import is_in_hand
from broadsheet.site.mistakes import Mistake
from broadsheet.site.processes import Child
from broadsheet.site.serve import START_ATTEMPTS, Start
from tests.places import free_port


def settings(home: Path, **values: str) -> Mapping[str, Any]:
    return read_settings({"BROADSHEET_HOME": str(home), "BROADSHEET_PORT": str(free_port()), **values})


def refusal(home: Path, **values: str) -> str:
    with pytest.raises(Mistake) as refused, claiming(settings(home, **values)):
        pass
    return str(refused.value)


def test_the_port_and_the_home_are_held_and_let_go(tmp_path: Path) -> None:
    claimed = settings(tmp_path)
    port = claimed["BROADSHEET_PORT"]
    with claiming(claimed):
        assert is_in_hand(tmp_path)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port))
    assert not is_in_hand(tmp_path)
    socket.create_server(("127.0.0.1", port)).close()


def test_the_server_itself_gets_the_port(tmp_path: Path) -> None:
    claimed = settings(tmp_path)
    with claiming(claimed), socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as site/web.py does
        server.bind(("127.0.0.1", claimed["BROADSHEET_PORT"]))
        server.listen()
        for _ in range(20):  # nobody is sent to the socket that only holds the port
            socket.create_connection(server.getsockname(), timeout=5).close()


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "ready to share"])
def test_a_port_that_somebody_has(tmp_path: Path, shared: bool) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refusal(tmp_path, BROADSHEET_PORT=str(port))
    assert f"Port {port} on 127.0.0.1 is taken" in said
    assert f"BROADSHEET_PORT={port + 1}" in said


def test_a_port_that_was_just_left_is_free(tmp_path: Path) -> None:
    """After a restart the kernel remembers old connections for a minute; that is no reason to wait."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(server.getsockname()):
            accepted, _address = server.accept()
            accepted.close()
    with claiming(settings(tmp_path, BROADSHEET_PORT=str(port))):
        pass


def test_a_home_in_use(tmp_path: Path) -> None:
    with claiming(settings(tmp_path)):
        assert f"by process {os.getpid()}" in refusal(tmp_path)


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    assert "BROADSHEET_HOST" in refusal(tmp_path, BROADSHEET_HOST="192.0.2.1")


def test_no_home(tmp_path: Path) -> None:
    assert "broadsheet init" in refusal(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


STRANGERS: list[dict[str, str]] = [
    {"BROADSHEET_HOST": "0.0.0.0"},  # noqa: S104 - it is refused
    {"BROADSHEET_HOST": "::"},
    {"BROADSHEET_HOST": "192.0.2.1"},
    {"BROADSHEET_ADDRESS": "https://slipway.example"},
]


@pytest.mark.parametrize("values", STRANGERS)
def test_what_strangers_must_not_see(tmp_path: Path, values: dict[str, str]) -> None:
    assert "BROADSHEET_DEBUG" in refusal(tmp_path, BROADSHEET_DEBUG="yes", **values)
    (tmp_path / "this-is-a-demo").touch()
    assert "everybody knows" in refusal(tmp_path, **values)


@pytest.mark.parametrize(
    "values", [{}, {"BROADSHEET_HOST": "127.0.0.2"}, {"BROADSHEET_ADDRESS": "http://localhost:8000"}]
)
def test_a_demo_on_this_machine(tmp_path: Path, values: dict[str, str]) -> None:
    (tmp_path / "this-is-a-demo").touch()
    with claiming(settings(tmp_path, BROADSHEET_DEBUG="yes", **values)):
        pass


@pytest.mark.parametrize("name", ["broadsheet.env", "broadsheet.sqlite3"])
def test_a_demo_does_not_move_into_a_publication(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(Mistake, match="publication of your own"):
        refuse_another_publication(tmp_path)
    (tmp_path / "this-is-a-demo").touch()
    refuse_another_publication(tmp_path)


class TestStart:
    def start(self, crashes: int, port: int) -> tuple[Start, list[str]]:
        said: list[str] = []
        web = Child("web", lambda: None, crashes=crashes)
        return Start(web, "127.0.0.1", port, said.append, lambda: said.append("ready")), said

    def test_it_waits_for_a_server_that_does_not_answer_yet(self) -> None:
        start, said = self.start(START_ATTEMPTS - 1, free_port())
        start.look()
        assert said == []

    def test_it_gives_up_on_one_that_keeps_crashing(self) -> None:
        start, _said = self.start(START_ATTEMPTS, free_port())
        with pytest.raises(Mistake, match="does not start"):
            start.look()
