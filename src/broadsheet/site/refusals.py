"""The one place where a "no" becomes an answer: a page for people, JSON for the API and programs that prefer it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from broadsheet.gate.same_site import CROSS_SITE
from broadsheet.gate.size import check_form_size
from broadsheet.kernel.refusal import Refusal

LOG = logging.getLogger("broadsheet.refusals")
API = "/api/"  # what every address of the API begins with


class RefusalMiddleware:
    """Answers a Refusal that a view lets rise; views that show their form again catch it themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a Refusal; anything else is a bug and rises."""
        return answer_refusal(request, exception) if isinstance(exception, Refusal) else None


class FormSizeMiddleware:
    """Refuses a form that is larger than any of ours before anything takes it apart."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer in place of the view; here language and visitor are known already."""
        try:
            check_form_size(request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)
        return None


def answer_refusal(request: HttpRequest, refusal: Refusal, words: str = "") -> HttpResponse:
    """Say the refusal's sentence, with its status, in the form that the client prefers; a person gets `words` back."""
    LOG.info("Refused %s %s: %s", request.method, request.path, refusal.code)
    response: HttpResponse
    if is_of_the_api(request) or _prefers_json(request):
        response = HttpResponse(json_of(refusal), status=refusal.status, content_type="application/json")
    else:
        response = render(request, "refusal.html", {"refusal": refusal, "words": words}, status=refusal.status)
    patch_vary_headers(response, ["Accept"])
    response["Cache-Control"] = "private, no-store"
    if refusal.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def is_of_the_api(request: HttpRequest) -> bool:
    """Whether a request is for the API, whose every answer but its own page is for programs."""
    return request.path_info.startswith(API)


def json_of(refusal: Refusal) -> str:
    """Return a refusal as programs get it."""
    return json.dumps({"code": refusal.code, "sentence": str(refusal.sentence), "field": refusal.field})


def refuse_forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: another site's page made the request, or the form's token is missing or old."""
    if reason == CROSS_SITE:
        sentence = _("This was sent from another site, so nothing was done. Open the page here and send it again.")
        # A comment may have taken its writer half an hour. Halves of characters cannot be sent back.
        words = request.POST.get("body", "").encode("utf-8", "replace").decode()
        return answer_refusal(request, Refusal("cross-site", sentence, status=403), words)
    sentence = _(
        "This form has been open too long, or cookies are switched off. Go back, reload the page and send it again."
    )
    return answer_refusal(request, Refusal("form-expired", sentence, status=403))


def _prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
