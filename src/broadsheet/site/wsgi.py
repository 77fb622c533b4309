"""Django behind the server: static files in front, and the scheme that readers see."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from servestatic import ServeStatic

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")


def as_readers_see_it(application: WSGIApplication, scheme: str) -> WSGIApplication:
    """Return `application` as if the connection used `scheme`: a proxy in front ends TLS and speaks plain HTTP to us.

    The scheme comes from the setting, not from a header that anybody could send.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = scheme
        return application(environ, start_response)

    return answer


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
application: WSGIApplication = with_static_files(as_readers_see_it(_django, _scheme()))
