"""The publication as its mail speaks of it: its name in a language, and addresses that work from a mailbox."""

from __future__ import annotations

from urllib.parse import urlencode, urljoin, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

DEFAULT_PORTS = {"http": "80", "https": "443"}


def public_request() -> HttpRequest:
    """Return a request for the front page of the public address, as an anonymous reader sends it.

    A mail is drawn where nobody has asked for anything; the site's context processors need a request to tell the
    publication's name and everything else that a page is drawn with.
    """
    address = urlsplit(settings.PUBLIC_ADDRESS)
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = "/"
    request.META |= {
        "HTTP_HOST": address.netloc,
        "SERVER_NAME": address.hostname or "",
        "SERVER_PORT": str(address.port or DEFAULT_PORTS[address.scheme]),
        "wsgi.url_scheme": address.scheme,
    }
    return request


def publication_name() -> str:
    """Return the publication's name in the active language, on one line."""
    name = " ".join(render_to_string("accounts/publication_name.txt", {}, public_request()).split())
    return name or public_host()


def public_host() -> str:
    """Return the name that the publication's mail is numbered under; an IP address is none."""
    host = urlsplit(settings.PUBLIC_ADDRESS).hostname or ""
    return host if any(character.isalpha() for character in host) and ":" not in host else "localhost"


def public_url(name: str, **query: str) -> str:
    """Return the whole address of one of our pages, in the active language."""
    return on_public_address(reverse(name)) + (f"?{urlencode(query)}" if query else "")


def on_public_address(url: str) -> str:
    """Return a path of ours as a whole address; a whole address stays as it is."""
    return urljoin(settings.PUBLIC_ADDRESS, url)
