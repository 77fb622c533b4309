"""What the operator's caches hear: PURGE on one line for each address, through Wagtail's backends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import LazySettings

from broadsheet.site.environment import SettingError, read_setting
from broadsheet.site.purging import NotPurged, PurgeBackend, purge
from broadsheet.site.stored import own_hosts, public_host
from tests.places import free_port

URLS = ["https://slipway.example/ferry/", "https://slipway.example/ferry/?order=oldest"]


class Cache(ThreadingHTTPServer):
    """A cache that takes PURGE."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), Hearing)
        self.status = status
        self.heard: list[tuple[str, str, str]] = []
        self.lines = 0

    @property
    def location(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Hearing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.lines += 1  # type: ignore[attr-defined]

    def do_PURGE(self) -> None:
        self.server.heard.append((self.command, self.headers["Host"], self.path))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *about: object) -> None:  # noqa: A002 - its name there
        pass


@pytest.fixture
def cache() -> Iterator[Cache]:
    with Cache() as cache:
        threading.Thread(target=cache.serve_forever, args=(0.01,), daemon=True).start()
        yield cache
        cache.shutdown()


def tell(settings: LazySettings, *locations: str) -> None:
    settings.WAGTAILFRONTENDCACHE = {
        location: {"BACKEND": "broadsheet.site.purging.PurgeBackend", "LOCATION": location} for location in locations
    }


def test_every_address_on_one_line_under_the_host_that_readers_use(cache: Cache, settings: LazySettings) -> None:
    tell(settings, cache.location)
    purge(URLS)
    assert cache.heard == [
        ("PURGE", "slipway.example", "/ferry/"),
        ("PURGE", "slipway.example", "/ferry/?order=oldest"),
    ]
    assert cache.lines == 1


def test_an_address_that_is_not_kept_is_no_failure(cache: Cache) -> None:
    cache.status = 404
    PurgeBackend({"LOCATION": cache.location}).purge(URLS[0])
    assert len(cache.heard) == 1


def test_a_refusal_is_said_after_all_were_told(cache: Cache, settings: LazySettings) -> None:
    cache.status = 405
    tell(settings, cache.location)
    with pytest.raises(NotPurged, match="answers 405 to PURGE"):
        purge(URLS)
    assert len(cache.heard) == 2


def test_a_cache_that_is_away_does_not_keep_it_from_the_others(cache: Cache, settings: LazySettings) -> None:
    tell(settings, f"http://127.0.0.1:{free_port()}", cache.location)
    with pytest.raises(NotPurged, match="refused"):
        purge(URLS)
    assert len(cache.heard) == 2


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("", []),
        ("http://127.0.0.1:6082", ["http://127.0.0.1:6082"]),
        ("http://10.0.7.1:6082/, https://[fd00:7::1]:6083", ["http://10.0.7.1:6082/", "https://[fd00:7::1]:6083"]),
        ("cloudflare://a-Token_7@0123456789abcdef", ["cloudflare://a-Token_7@0123456789abcdef"]),
    ],
)
def test_where_they_are_is_a_setting(value: str, places: list[str]) -> None:
    assert [parts.geturl() for parts in read_setting("BROADSHEET_FRONTEND_CACHE", value)] == places


@pytest.mark.parametrize(
    "value",
    ["127.0.0.1:6082", "varnish", "ftp://10.0.7.1", "http://10.0.7.1/purge", "http://10.0.7.1:99999",
     "http://ed:s3cr3t@10.0.7.1", "cloudflare://zone", "cloudflare://ed:s3cr3t@zone", "http://10.0.7.1 http://"],
)  # fmt: skip
def test_what_is_no_such_place_is_said_without_repeating_a_secret(value: str) -> None:
    with pytest.raises(SettingError, match="cloudflare://token@zone") as refused:
        read_setting("BROADSHEET_FRONTEND_CACHE", value)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://slipway.example", "slipway.example"),
        ("https://slipway.example:443", "slipway.example"),
        ("http://slipway.example:443", "slipway.example:443"),
        ("http://[fd00:7::1]:8000", "[fd00:7::1]:8000"),
    ],
)
def test_it_is_told_the_host_that_readers_ask_for(settings: LazySettings, address: str, host: str) -> None:
    settings.PUBLIC_ADDRESS = address
    assert public_host() == host
    assert host in own_hosts()
