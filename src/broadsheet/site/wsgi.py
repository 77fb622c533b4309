"""Django as the hop asks it: with headers it can read."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")


# What a browser says of a form or wishes for is far shorter; reading it takes time with the square of its length.
LONGEST_HEADER = 2_000
# A parameter in a character set of its own, as in `boundary*=utf-7''%41`: for file names in mails.
_OWN_CHARACTERS = re.compile(r";[^;,=]*\*[^;,=]*=")
_CHARACTERS = re.compile(r";\s*charset\s*=\s*\"?([^\";]*)", re.IGNORECASE)


def with_readable_headers(application: WSGIApplication) -> WSGIApplication:
    """Return `application` as if headers that no browser sends were missing: those that Django fails over.

    It believes any codec that Python knows, also for the address, and reads these before it can answer for itself.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for name in ("CONTENT_TYPE", "HTTP_ACCEPT"):
            if not _is_readable(environ.get(name, "")):
                del environ[name]
        return application(environ, start_response)

    return answer


def _is_readable(header: str) -> bool:
    if len(header) > LONGEST_HEADER or _OWN_CHARACTERS.search(header):
        return False
    return all(_is_utf8(found.strip()) for found in _CHARACTERS.findall(header))


def _is_utf8(characters: str) -> bool:
    try:
        return codecs.lookup(characters).name == "utf-8"
    except (LookupError, ValueError):
        return False


_django: Callable[..., Iterable[bytes]] = get_wsgi_application()
application: WSGIApplication = with_readable_headers(_django)
