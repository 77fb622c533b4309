"""Django behind the server: static files in front, headers it can read, and the scheme that readers see."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from servestatic import ServeStatic

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")


# What a browser says of a form or wishes for is far shorter; reading it takes time with the square of its length.
LONGEST_HEADER = 2_000
# A parameter in a character set of its own, as in `boundary*=utf-7''%41`: for file names in mails.
_OWN_CHARACTERS = re.compile(r";[^;,=]*\*[^;,=]*=")
_CHARACTERS = re.compile(r";\s*charset\s*=\s*\"?([^\";]*)", re.IGNORECASE)


def as_readers_see_it(application: WSGIApplication, scheme: str) -> WSGIApplication:
    """Return `application` as if the connection used `scheme`: a proxy in front ends TLS and speaks plain HTTP to us.

    The scheme comes from the setting, not from a header that anybody could send.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = scheme
        return application(environ, start_response)

    return answer


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


def with_static_files(application: WSGIApplication) -> WSGIApplication:
    """Return `application` with the collected files of STATIC_ROOT in front of it, compressed ones where accepted."""
    os.makedirs(settings.STATIC_ROOT, exist_ok=True)
    files: WSGIApplication = ServeStatic(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        add_headers_function=_take_types_at_their_word,
    )
    return files


def _take_types_at_their_word(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _scheme() -> str:
    return "https" if settings.IS_ENCRYPTED else "http"


_django: Callable[..., Iterable[bytes]] = get_wsgi_application()
application: WSGIApplication = with_static_files(with_readable_headers(as_readers_see_it(_django, _scheme())))
