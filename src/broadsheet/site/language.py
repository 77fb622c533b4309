"""The language of an answer: its path says which, and nothing else does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.translation import get_language


class PathLanguageMiddleware(LocaleMiddleware):
    """Speaks the language that the path names, else the main one.

    Django's own says of pages in the main language that they differ by what the browser likes. They do not, and a cache
    would keep a copy for every combination of wishes.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Say in which language the answer is."""
        response.headers.setdefault("Content-Language", get_language() or "")
        return response
