"""The publication's addresses, and one that has a bug."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from broadsheet.site import urls

handler500 = urls.handler500


def broken(request: HttpRequest) -> HttpResponse:
    """Fail as a bug does."""
    raise RuntimeError("nobody expected this")


urlpatterns = [path("api/broken", broken), *urls.urlpatterns]
