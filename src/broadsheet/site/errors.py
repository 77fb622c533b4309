"""The pages of last resort: they ask neither the database nor the publication for anything."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.templatetags.static import static
from django.utils.translation import get_language_bidi

STYLESHEETS = ("site/broadsheet.css",)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that the request could not be understood (Django's handler400)."""
    return _page(request, "400.html", 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that we failed, with the id under which the log tells how (Django's handler500)."""
    return _page(request, "500.html", 500)


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    context = {
        "direction": "rtl" if get_language_bidi() else "ltr",
        "request_id": getattr(request, "request_id", ""),
        "stylesheets": [url for url in map(_stylesheet, STYLESHEETS) if url],
    }
    response = HttpResponse(loader.get_template(template).render(context), status=status)
    response["Cache-Control"] = "no-store"
    return response


def _stylesheet(path: str) -> str:
    try:
        return static(path)
    except ValueError:  # not collected, which may be what failed: the page is read without its looks
        return ""
