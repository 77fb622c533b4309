"""The same-site check: no page of another site may act here in its visitor's name.

Every request that may change something (any method but GET, HEAD, OPTIONS and TRACE) is asked, in this order:

1. `Sec-Fetch-Site`, which every current browser sends to https and loopback addresses and no page can forge:
   `same-origin` (our own page) and `none` (the person, not a page) pass. `same-site`, `cross-site` and anything else
   are refused: a neighbour below the same domain is not us, and what no browser sends deserves no trust.
2. Where it is missing (plain http on another address than loopback, an old browser): `Origin`. It must be our own.
   `null` is refused: that is how a sandboxed frame or a page that hides where it comes from presents itself.
3. Where that is missing too: `Referer`. It must lie on our own origin.
4. None of the three: no browser that posts a form sends none of them, so this is a program (a webhook, a script). It
   carries nobody's cookies unawares and passes.

A header that is there but empty or malformed is not missing: it is refused. "Our own" is the publication's public
address; and a loopback name, with its very port, when the request was made to it. `Host` alone is not enough, or a page
that somebody put between over http on the public name could act over https.

The check covers every address, the admin's and the sign-in's too, which keep Django's token besides. The answer comes
from Django's `CSRF_FAILURE_VIEW`, so the two ways to fail look alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import get_callable
from django.views.decorators.csrf import csrf_exempt

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OWN_FETCHES = frozenset({"same-origin", "none"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_PORTS = {"http": 80, "https": 443}

# What CSRF_FAILURE_VIEW is given as `reason`, to tell this refusal from a missing token.
CROSS_SITE = "Another site's page made this request."

Origin = tuple[str, str, int]  # scheme, host, port

# Marks a view for readers that needs no token: `SameSiteMiddleware` has checked every unsafe request before it.
guarded = csrf_exempt


class SameSiteMiddleware:
    """Refuses, before the view, an unsafe request that another site's page has made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer with CSRF_FAILURE_VIEW in place of the view; here language and visitor are known already."""
        if is_own(request):
            return None
        answer: HttpResponse = get_callable(settings.CSRF_FAILURE_VIEW)(request, reason=CROSS_SITE)
        return answer


def is_own(request: HttpRequest) -> bool:
    """Whether the request is safe, or was made by one of our own pages, by the person, or by a program."""
    if request.method in SAFE_METHODS:
        return True
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in OWN_FETCHES
    origin = request.headers.get("Origin")
    if origin is not None:
        return _origin(origin, is_bare=True) in own_origins(request)
    referer = request.headers.get("Referer")
    return referer is None or _origin(referer) in own_origins(request)


def own_origins(request: HttpRequest) -> frozenset[Origin | None]:
    """Return the publication's public origin and, when the request was made to a loopback name, that one."""
    asked = _origin(f"{request.scheme}://{request.get_host()}")
    loopback = {asked} if asked and asked[1] in LOOPBACK_NAMES else set()
    return frozenset({_origin(settings.PUBLIC_ADDRESS), *loopback} - {None})


def _origin(address: str, *, is_bare: bool = False) -> Origin | None:
    """Read scheme, host and port of an http address; None when it is none, or is not bare but should be."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    if is_bare and address.lower() != f"{parts.scheme}://{parts.netloc}".lower():
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]
