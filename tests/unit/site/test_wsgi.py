"""What stands between the server and Django."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIRequest

from broadsheet.site.wsgi import with_readable_headers
from tests.cost import counted

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


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


def readable(**headers: str) -> dict[str, str]:
    """Return what of the headers reaches the application."""
    reached: dict[str, str] = {}

    def noted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reached.update({name: str(environ[name]) for name in headers if name in environ})
        return inner(environ, start_response)

    ask(with_readable_headers(noted), "/", **headers)
    return reached


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded; charset=UTF-8",
        'multipart/form-data; charset="utf-8"; boundary=----x',
        "multipart/form-data; boundary=a*b",
        "text/plain;charset=utf8",
    ],
)
def test_what_browsers_send_is_left_alone(kind: str) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    assert readable(CONTENT_TYPE=kind, HTTP_ACCEPT=accept) == {"CONTENT_TYPE": kind, "HTTP_ACCEPT": accept}


CODECS = ("hex", "undefined", "idna", "punycode", "unicode_escape", "utf-7", "utf-16", "nonsense", "iso-8859-1")
UNREADABLE = [
    *(f"multipart/form-data; boundary=x; charset={codec}" for codec in CODECS),
    *(f"text/plain; charset*={codec}''a" for codec in CODECS),
    *(f"multipart/form-data; boundary*={codec}''%41" for codec in CODECS),
    "text/plain; boundary*0*=undefined''%41",
    'text/plain; Charset = "hex"',
    'text/plain; x="' + ";" * 100_000,
]


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_type_that_only_a_program_makes_up_is_as_good_as_none(kind: str) -> None:
    assert readable(CONTENT_TYPE=kind) == {}


@pytest.mark.parametrize("accept", ["a/b;q*=undefined''%41", "a/b; q *=idna''a", 'a/b;q="' + ";" * 100_000])
def test_so_is_a_wish_for_an_answer(accept: str) -> None:
    assert readable(HTTP_ACCEPT=accept) == {}


@pytest.mark.parametrize("header", ["CONTENT_TYPE", "HTTP_ACCEPT"])
@pytest.mark.parametrize("value", UNREADABLE)
def test_django_fails_over_none_of_them(header: str, value: str) -> None:
    """Nor does it take long."""

    def read(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = WSGIRequest(environ)
        request.get_preferred_type(["text/html", "application/json"])
        return [request.GET["q"].encode()]

    environ: WSGIEnvironment = {"QUERY_STRING": r"q=\ud800+2AA-%41", header: value}
    setup_testing_defaults(environ)
    with counted() as cost:
        body = list(with_readable_headers(read)(environ, lambda status, given, *_: lambda words: None))
    assert body == [rb"\ud800 2AA-A"]
    assert cost.cpu < 1
