"""What stands between the server and Django."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import LazySettings

from broadsheet.site.wsgi import as_readers_see_it, with_static_files

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HASHED = "site/broadsheet.0123456789ab.css"


def inner(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [f"{environ['wsgi.url_scheme']} {environ['PATH_INFO']}".encode()]


def ask(application: WSGIApplication, path: str, **headers: str) -> tuple[str, dict[str, str], bytes]:
    environ: WSGIEnvironment = {"PATH_INFO": path, **headers}
    setup_testing_defaults(environ)
    answered: list[tuple[str, dict[str, str]]] = []
    body = application(environ, lambda status, given, *_: answered.append((status, dict(given))))  # type: ignore[arg-type, func-returns-value, return-value]
    text = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return *answered[0], text


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_scheme_is_what_the_settings_say_whatever_a_header_claims(scheme: str) -> None:
    application = as_readers_see_it(inner, scheme)
    for claimed in ("http", "https"):
        answer = ask(application, "/", **{"wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PROTO": claimed})
        assert answer[2] == f"{scheme} /".encode()


@pytest.fixture
def application(settings: LazySettings, tmp_path: Path) -> WSGIApplication:
    settings.STATIC_ROOT = str(tmp_path / "static")
    (tmp_path / "static" / "site").mkdir(parents=True)
    (tmp_path / "static" / HASHED).write_text("body{}")
    (tmp_path / "static" / f"{HASHED}.br").write_bytes(b"br")
    (tmp_path / "static" / "site" / "broadsheet.css").write_text("body{}")
    (tmp_path / "broadsheet.env").write_text("secret")
    return with_static_files(inner)


def test_a_hashed_file_is_kept_for_ever_in_the_smallest_form(application: WSGIApplication) -> None:
    status, headers, body = ask(application, f"/static/{HASHED}", HTTP_ACCEPT_ENCODING="gzip, br")
    assert (status, body, headers["Content-Encoding"]) == ("200 OK", b"br", "br")
    assert "immutable" in headers["Cache-Control"]
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers
    assert ask(application, f"/static/{HASHED}", HTTP_IF_NONE_MATCH=headers["ETag"])[0] == "304 Not Modified"


def test_a_name_that_may_change_its_content_is_not(application: WSGIApplication) -> None:
    assert "immutable" not in ask(application, "/static/site/broadsheet.css")[1]["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/", "/static/", "/static/../broadsheet.env", "/static/none.css", "/static//etc/passwd", "/static/\0"]
)
def test_anything_else_is_for_django(application: WSGIApplication, path: str) -> None:
    assert ask(application, path)[2] == f"http {path}".encode()


def test_a_server_starts_without_static_files(settings: LazySettings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path / "none")
    assert ask(with_static_files(inner), "/")[0] == "200 OK"
