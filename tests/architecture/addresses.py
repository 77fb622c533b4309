"""The addresses as Django knows them, each with the module that owns it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.source import module_of

SITE_URLS = "broadsheet.site.urls"


@dataclass(frozen=True)
class Route:
    """One route: its whole pattern, its full name, the view behind it and the module whose `urls.py` lists it."""

    pattern: str
    name: str
    view: Callable[..., Any]
    listed_by: str

    @property
    def view_module(self) -> str:
        """The dotted name of the file the view is written in."""
        return str(inspect.unwrap(_function(self.view)).__module__)

    @property
    def owner(self) -> str | None:
        """The module of ours that the view belongs to; None for a view of Django, Wagtail or allauth."""
        return module_of(self.view_module)

    @property
    def lister(self) -> str | None:
        """The module of ours that lists it; where Wagtail lists it for us in its admin, the one that asked it to."""
        return module_of(self.listed_by) or self.owner


@functools.cache
def routes() -> tuple[Route, ...]:
    """Return every route of the publication, those of the packages we include too."""
    found = tuple(_walk(get_resolver(), "", "", SITE_URLS))
    assert len(found) > 50, "the addresses were not found"
    return found


@functools.cache
def our_routes() -> tuple[Route, ...]:
    """Return the routes that are listed by one of our modules, or by Wagtail's admin for one of them."""
    return tuple(route for route in routes() if route.lister)


@functools.cache
def _owners() -> dict[str, str]:
    return {route.name: route.lister for route in our_routes() if route.name and route.lister}


def owner_of_name(name: str) -> str | None:
    """Return the module that owns the URL name; None for a name of a package we include."""
    return _owners().get(name)


def _walk(resolver: URLResolver, prefix: str, namespace: str, listed_by: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, pattern, inner, _lister(entry, listed_by))
        elif isinstance(entry, URLPattern):
            yield Route(pattern, f"{namespace}{entry.name}" if entry.name else "", entry.callback, listed_by)


def _lister(resolver: URLResolver, outer: str) -> str:
    """Return the name of the file that lists what `resolver` includes; a plain list belongs to who wrote it down."""
    return getattr(resolver.urlconf_name, "__name__", outer)


def _function(view: Callable[..., Any]) -> Callable[..., Any]:
    return getattr(view, "view_class", view)
