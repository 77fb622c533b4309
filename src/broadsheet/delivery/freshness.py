"""What every answer says of how long it may be kept."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from broadsheet.delivery.pages import ASK_AGAIN


class FreshnessMiddleware:
    """Says of every answer that says nothing else that whoever keeps it asks before it is shown again.

    Nobody is left to guess, as caches do of what says nothing; a way elsewhere is kept for ever otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", ASK_AGAIN)
        return response
