"""The operator's caches in front, told by Wagtail's backends which addresses to forget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from wagtail.contrib.frontend_cache.backends import HTTPBackend
from wagtail.contrib.frontend_cache.utils import get_backends

PATIENCE = 2.0  # seconds for a cache to take one address; its pages end by themselves after one
NOTHING_THERE = 404  # how some say that they keep nothing under the address


class NotPurged(Exception):
    """A cache did not do as it was told; the message says which and why."""


class PurgeBackend(HTTPBackend):  # type: ignore[misc] # it bears no types
    """Wagtail's for caches that take PURGE, but on one line for all addresses, and with an end to its patience."""

    def purge(self, url: str) -> None:
        """Have one address forgotten. Raises NotPurged."""
        self.purge_batch([url])

    def purge_batch(self, urls: Collection[str]) -> None:
        """Have addresses forgotten. Raises NotPurged, of several refusals with the first."""
        connection = HTTPSConnection if self.cache_scheme == "https" else HTTPConnection
        refusals = []
        try:
            with closing(connection(self.cache_netloc, timeout=PATIENCE)) as line:
                refusals = [status for url in urls if (status := _purge_over(line, url)) >= 400]
        except (OSError, HTTPException) as error:
            raise NotPurged(f"{self.cache_netloc}: {error!r}") from error
        if refusals:
            raise NotPurged(f"{self.cache_netloc} answers {refusals[0]} to PURGE")


def _purge_over(line: HTTPConnection, url: str) -> int:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    line.request("PURGE", target, headers={"Host": parts.netloc})
    answer = line.getresponse()
    answer.read()
    return 200 if answer.status == NOTHING_THERE else answer.status


def purge(urls: Sequence[str]) -> None:
    """Have every cache of BROADSHEET_FRONTEND_CACHE forget these addresses. Raises the last that went wrong."""
    failed: Exception | None = None
    for backend in get_backends().values():
        try:
            backend.purge_batch(urls)
        except Exception as error:  # noqa: BLE001 - another cache can do nothing for it
            failed = error
    if failed:
        raise failed
