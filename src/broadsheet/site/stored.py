"""Which pages are kept in the readers' page store, with the parameters that make another page of each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import translation

from broadsheet.delivery.addresses import Stored
from broadsheet.delivery.live import PATH

# By the name of the address. Everything else is answered by Django: forms, search (anybody can make up words that
# nobody else will look for), what is for one person, what is a file.
STORED: Mapping[str, Stored] = {
    # Front pages, sections, articles, standard pages.
    "wagtail_serve": Stored(keyed=("order", "page", "passages", "show")),
    "annotation:passage": Stored(keyed=("after", "before", "order", "show")),
    "discussion:comment": Stored(keyed=("after",), personal=("told",)),
    "discussion:thread": Stored(keyed=("after", "before", "from", "order", "show")),
    "discussion:thread_feed": Stored(),
    "funding:campaign": Stored(keyed=("from", "wall")),
    "funding:support": Stored(keyed=("from", "wall")),
    "publication:archive": Stored(),
    "publication:archive_month": Stored(keyed=("page",)),
    "publication:colours": Stored(keyed=("v",)),
    "publication:corrections": Stored(keyed=("page",)),
    "publication:corrections_feed": Stored(),
    "publication:feed": Stored(),
    "publication:person": Stored(keyed=("page",)),
    "publication:section_feed": Stored(),
    "publication:tag": Stored(keyed=("page",)),
    "sitemap": Stored(keyed=("part",)),
}
# Most of what is asked for besides; no need to look further.
NEVER = ("/static/", "/media/", "/admin/", "/accounts/", "/api/", "/documents/", PATH)
ADDRESSES = 10_000  # paths that are known to be kept or not
USUAL_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=ADDRESSES)
def stored_at(path: str) -> Stored | None:
    """Return what is kept of the pages at a path; None where nothing is."""
    if path.startswith(NEVER):
        return None
    with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
        try:
            return STORED.get(resolve(path).view_name)
        except Resolver404:
            return None


def public_host() -> str:
    """Return what readers' requests name as host: that of the public address, with its port where it is unusual."""
    public = urlsplit(settings.PUBLIC_ADDRESS)
    host = f"[{public.hostname}]" if ":" in (public.hostname or "") else str(public.hostname)
    return host if public.port in (None, USUAL_PORTS[public.scheme]) else f"{host}:{public.port}"


def own_hosts() -> frozenset[str]:
    """Return what our pages' requests name as host: the public one, and this machine with the port we listen on."""
    port = settings.ENVIRONMENT["BROADSHEET_PORT"]
    return frozenset({public_host(), *(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))})
