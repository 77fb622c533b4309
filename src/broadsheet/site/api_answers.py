"""What all answers of the API have in common, whoever gives them: the language, JSON for every "no", their privacy."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _

from broadsheet.kernel.refusal import Refusal
from broadsheet.site.refusals import is_of_the_api, json_of


class ApiMiddleware:
    """Lets the API's answers follow Accept-Language, and speak JSON where Django or a library would send a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_of_the_api(request):
            return self.get_response(request)
        # Addresses of pages say in which language; these have none.
        with translation.override(get_language_from_request(request)):
            request.LANGUAGE_CODE = translation.get_language() or ""
            response = self.get_response(request)
            if response.status_code >= 400 and isinstance(response, HttpResponse) and not _is_json(response):
                _say_in_json(request, response)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response


def _is_json(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")


def _say_in_json(request: HttpRequest, response: HttpResponse) -> None:
    response.content = json_of(_refusal(request, response))
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Cache-Control"] = "private, no-store"


def _refusal(request: HttpRequest, response: HttpResponse) -> Refusal:
    """What a status means that came without words of ours."""
    status = response.status_code
    if status == 404:
        return Refusal("no-such-address", _("There is nothing at this address."), status=status)
    if status == 405:
        allowed = ", ".join(sorted(response.headers.get("Allow", "").split(", ")))
        response.headers["Allow"] = allowed
        sentence = _("This address takes other methods: {methods}.").format(methods=allowed)
        return Refusal("method-not-allowed", sentence, status=status)
    if status >= 500:
        sentence = _("Something went wrong here. It is noted as {id}; tell us that, and what you did.")
        return Refusal("failed", sentence.format(id=getattr(request, "request_id", "")), status=status)
    return Refusal("bad-request", _("This request cannot be read."), status=status)
