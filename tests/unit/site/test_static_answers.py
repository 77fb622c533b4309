"""Static files in front of everything: the smallest form, kept for ever, and nothing that was not collected."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from broadsheet.delivery.asgi import Message, Receive, Scope, Send, answer_plainly
from broadsheet.site.static import SENT_AT_ONCE, StaticFiles
from tests.wire import Got, Wire, ask

HASHED = "site/broadsheet.0123456789ab.css"
LARGE = "site/film.0123456789ab.webm"


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    await answer_plainly(send, 200, f"elsewhere: {scope['path']}")


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    site = tmp_path / "static" / "site"
    site.mkdir(parents=True)
    (tmp_path / "static" / HASHED).write_text("body{}")
    (tmp_path / "static" / f"{HASHED}.br").write_bytes(b"br")
    (tmp_path / "static" / f"{HASHED}.gz").write_bytes(b"gzip")
    (tmp_path / "static" / LARGE).write_bytes(b"film" * SENT_AT_ONCE)
    (site / "broadsheet.css").write_text("body{}")
    (tmp_path / "broadsheet.env").write_text("secret")
    return StaticFiles(elsewhere, str(tmp_path / "static"), "/static/")


def get(files: StaticFiles, path: str, **about: Any) -> Got:
    return ask(files, path, **about)


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"), [("gzip, br", "br", b"br"), ("gzip", "gzip", b"gzip"), ("", None, b"body{}")]
)
def test_a_hashed_file_is_kept_for_ever_in_the_smallest_form(
    files: StaticFiles, accepted: str, encoding: str | None, body: bytes
) -> None:
    answer = get(files, f"/static/{HASHED}", headers=[("Accept-Encoding", accepted)])
    assert (answer.status, answer.body, answer.headers.get("content-encoding")) == (200, body, encoding)
    assert answer.headers["content-type"] == 'text/css; charset="utf-8"'
    assert answer.headers["content-length"] == str(len(body))
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers


def test_whoever_has_it_is_told_so(files: StaticFiles) -> None:
    known = get(files, f"/static/{HASHED}").headers
    for wish in (("If-None-Match", known["etag"]), ("If-Modified-Since", known["last-modified"])):
        answer = get(files, f"/static/{HASHED}", headers=[wish])
        assert (answer.status, answer.body, answer.is_whole) == (304, b"", True)


def test_a_name_that_may_change_its_content_is_not_kept_for_ever(files: StaticFiles) -> None:
    assert "immutable" not in get(files, "/static/site/broadsheet.css").headers["cache-control"]


def test_head_and_a_part(files: StaticFiles) -> None:
    head = get(files, f"/static/{LARGE}", method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(4 * SENT_AT_ONCE))
    part = get(files, f"/static/{LARGE}", headers=[("Range", "bytes=4-7")])
    assert (part.status, part.body) == (206, b"film")
    assert get(files, f"/static/{LARGE}", method="POST").status == 405


def test_a_large_file_comes_in_pieces(files: StaticFiles) -> None:
    got: list[Message] = []

    async def take(message: Message) -> None:
        got.append(message)

    assert get(files, f"/static/{LARGE}", takes=take).body == b"film" * SENT_AT_ONCE
    assert len(got) > 4


def test_who_does_not_take_it_loses_it(files: StaticFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_nothing() -> Got:
        async def take(message: Message) -> None:
            raise TimeoutError

        wire = Wire(f"/static/{LARGE}", takes=take)
        await wire.ask(files)
        return wire.got

    assert not asyncio.run(read_nothing()).is_whole


@pytest.mark.parametrize(
    "path",
    ["/", "/static/", "/static/../broadsheet.env", "/static/none.css", "/static//etc/passwd", "/static/site",
     f"/static/{HASHED}.br", "/static/\0"],
)  # fmt: skip
def test_anything_else_is_not_for_us(files: StaticFiles, path: str) -> None:
    assert get(files, path).text == f"elsewhere: {path}\n"


def test_a_server_starts_without_static_files(tmp_path: Path) -> None:
    assert get(StaticFiles(elsewhere, str(tmp_path / "none"), "/static/"), "/").status == 200
