"""A request of the front in the words of WSGI, which Django reads."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

from broadsheet.delivery.addresses import Key
from broadsheet.delivery.asgi import Header, Scope
from broadsheet.delivery.shown import IN_ENVIRON, Showing
from broadsheet.site.intake import Body, Unwelcome

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

# As nginx: with an underscore in it a name would become that of another header, which only our own proxy may send.
_IN_NAMES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_IN_NO_VALUE = frozenset(b"\0\r\n")
# The body has arrived whole, however it was cut into pieces; its length is what we counted.
_ABOUT_THE_WAY = frozenset([b"content-length", b"transfer-encoding"])
# Of these a request has one. Two would be read differently by us and by what stands in front of us.
_ONCE = frozenset([b"host", b"content-type", b"authorization"])
_PORTS = {"http": 80, "https": 443}
_PROTOCOLS = {"1": "HTTP/1.0", "1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2.0"}


def environ_of(scope: Scope, scheme: str, body: BinaryIO | Body, length: int) -> WSGIEnvironment:
    """Return the request in `scope` as WSGI has it, with a `body` of `length` bytes.

    `scheme` is what readers use, which a proxy in front may have ended. Raises Unwelcome for a request that says a
    thing twice which can be said once.
    """
    host, port = scope.get("server") or ("localhost", 80)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": _PROTOCOLS.get(scope["http_version"], "HTTP/1.1"),
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "CONTENT_LENGTH": str(length) if length else "",
        **_surroundings(scheme, body),
        **_variables(scope["headers"]),
    }


def environ_of_key(key: Key, scheme: str, showing: Showing) -> WSGIEnvironment:
    """Return the request for a page in nobody's name; what is shown is noted in `showing`."""
    parts = urlsplit(f"{scheme}://{key.host}")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": key.path.encode().decode("latin-1"),
        "QUERY_STRING": key.query,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or _PORTS[scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": key.host,
        IN_ENVIRON: showing,
        **_surroundings(scheme, BytesIO()),
    }


def declared_length(headers: Iterable[Header]) -> int | None:
    """Return the length a request says its body has, 0 for one without, None for one that says only at its end.

    Raises Unwelcome for what is no length.
    """
    lengths = {value.strip() for name, value in headers if name.lower() == b"content-length"}
    if any(name.lower() == b"transfer-encoding" for name, _value in headers):
        return None
    if not lengths:
        return 0
    said = lengths.pop()
    if lengths or not said.isdigit() or len(said) > 15:
        raise Unwelcome(400, "The length of this is said in a way that nobody understands.")
    return int(said)


def _surroundings(scheme: str, body: BinaryIO | Body) -> WSGIEnvironment:
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _variables(headers: Iterable[Header]) -> dict[str, str]:
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for name, value in headers:
        if name and _IN_NAMES.issuperset(name) and _IN_NO_VALUE.isdisjoint(value):
            found[name.lower()].append(value)
    if any(len(found[name]) > 1 for name in _ONCE if name in found):
        raise Unwelcome(400, "This says twice what a request says once.")
    return {_variable(name): _joined(name, values) for name, values in found.items() if name not in _ABOUT_THE_WAY}


def _variable(name: bytes) -> str:
    variable = name.decode("ascii").upper().replace("-", "_")
    return variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"


def _joined(name: bytes, values: list[bytes]) -> str:
    return (b"; " if name == b"cookie" else b",").join(values).decode("latin-1")
