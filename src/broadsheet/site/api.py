"""The API of the publication: the modules' parts under one address and version, its OpenAPI document, its page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.responses import NinjaJSONEncoder

from broadsheet.accounts.visitor import GUEST_COOKIE, Visitor, admit_by_token
from broadsheet.discussion.api import ROUTER as DISCUSSION
from broadsheet.gate.json_body import check_json_request, read_json, unreadable
from broadsheet.gate.same_site import SAFE_METHODS, guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.site.refusals import answer_refusal

DESCRIPTION = """
The discussions of this publication, for programs: the same rules and the same refusals as on its pages.

**Who you are.** Nobody has to be anybody to read. A member's program sends a token, which they make on their account's
page, as `Authorization: Bearer …`; their browser's session does as well, from our own pages. A guest who writes gets a
cookie, by which they may edit, delete and vote later.

**Refusals** are JSON: a `code` for programs, a `sentence` for people in the language of `Accept-Language`, and the
`field` that it is about. `code` and status do not change within a version; further codes may come.

**Sending again.** Posting and editing want an `Idempotency-Key`. Sent again with the same key, the same submission gets
the first answer. A vote and a deletion may be sent again as they are.

**Paging** goes by cursor: the `after` of one page asks for the next one. A cursor is a text without meaning.

**Limits** are those of the pages: so many comments for a person, a connection and a discussion in ten minutes.
"""
TAGS = [
    {"name": "threads", "description": "Discussions of articles."},
    {"name": "comments", "description": "What is said in them."},
    {"name": "votes", "description": "What readers think of it."},
    {"name": "you", "description": "Who asks."},
]
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "A member's token."},
    "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": "A member."},
    "guest": {"type": "apiKey", "in": "cookie", "name": GUEST_COOKIE, "description": "A guest who has written here."},
}
_CONVERTER = re.compile(r"{\w+:")  # how Django reads a part of a path; of no interest to who writes one
LONGEST_NAME = 60  # characters of a field's name that are said back

Run = Callable[..., HttpResponseBase]


class StrictParser(Parser):
    """Reads bodies as `gate.json_body` does."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body says. Raises Refusal `json-unreadable`."""
        return read_json(request.body)


API = NinjaAPI(
    title="Broadsheet",
    version="1",
    description=DESCRIPTION.strip(),
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,  # ninja's own pages load scripts from other sites
    servers=[{"url": settings.PUBLIC_ADDRESS}],
    parser=StrictParser(),
    openapi_extra={"tags": TAGS, "security": [{}, *({name: []} for name in SECURITY)]},
)


@guarded
@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    """Say what programs may ask here, and where the OpenAPI document is."""
    root = reverse(f"{API.urls_namespace}:api-root").removesuffix("/")
    operations = [
        {"method": operation.methods[0], "path": root + _CONVERTER.sub("{", place), "summary": operation.summary}
        for place, view in DISCUSSION.path_operations.items()
        for operation in view.operations
    ]
    return render(request, "site/api.html", {"operations": operations})


@guarded
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document of the API, for programs and those who write them."""
    return JsonResponse(openapi_document())


@guarded
def no_such_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Say that there is nothing here; an address of the API ends without a slash."""
    sentence = _("There is nothing at this address. What there is stands at {page}.")
    raise Refusal("no-such-address", sentence.format(page=reverse("api")), status=404)


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI document, in English, which those who write programs read."""
    with translation.override("en"):
        made: dict[str, Any] = json.loads(json.dumps(API.get_openapi_schema(), cls=NinjaJSONEncoder))
    for operations in made["paths"].values():
        operations.pop("head", None)  # as GET, without a body
    made["components"]["securitySchemes"] = SECURITY
    return made


def _as_asked(run: Run) -> Run:
    """Let an operation run for who asks, where the request is one of those it takes."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    parameters = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }
    takes_body = any(model.__ninja_param_source__ == "body" for model in operation.models)

    def answer(request: HttpRequest, **place: Any) -> HttpResponseBase:
        try:
            admit_by_token(request)
            _check_right(request)
            _check_parameters(request, parameters)
            if takes_body:
                check_json_request(request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)
        return run(request, **place)

    return answer


def _check_right(request: HttpRequest) -> None:
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    if visitor.token and not visitor.token.may_write and request.method not in SAFE_METHODS:
        raise Refusal(
            "token-reads-only", _("This token may only read. Its owner can make one that writes."), status=403
        )


def _check_parameters(request: HttpRequest, known: set[str]) -> None:
    for name in request.GET:
        if name not in known or len(request.GET.getlist(name)) > 1:
            sentence = _("There is no such parameter here, or it was given more than once.")
            raise Refusal("parameter-unknown", sentence, field=_shown(name))


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return answer_refusal(request, refusal)


def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer what ninja made of a refusal to read the body; anything else is a bug and rises."""
    if isinstance(error.__cause__, Refusal):
        return answer_refusal(request, error.__cause__)
    raise error.__cause__ or error


def _unfit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a request that does not hold what the operation takes, by the first that is wrong with it."""
    first = error.errors[0]
    source, *place = first["loc"]
    is_missing, name = first["type"] == "missing", _shown(str(place[-1]))
    if source == "body" and len(place) == 1:
        refusal = unreadable() if is_missing else Refusal("field-unfit", _("Send an object with named fields."))
    elif first["type"] == "extra_forbidden":
        refusal = Refusal("field-unknown", _("There is a field in it that does not belong here."), field=name)
    elif source == "header":
        sentence = _("The header {name} is missing.").format(name=name)
        refusal = Refusal("header-missing", sentence, status=400, field=name)
    elif is_missing:
        code = "field-missing" if source == "body" else "parameter-missing"
        refusal = Refusal(code, _("Something is missing: {name}.").format(name=name), field=name)
    else:
        refusal = Refusal("field-unfit", _("This is not what the field takes: {name}.").format(name=name), field=name)
    return answer_refusal(request, refusal)


def _shown(name: str) -> str:
    """A name that somebody else chose, fit to be said back."""
    return name[:LONGEST_NAME].encode("utf-8", "replace").decode()


# By its types ninja might hand over a class in place of an error; it never does.
API.add_exception_handler(Refusal, _refused)  # type: ignore[arg-type]
API.add_exception_handler(HttpError, _unreadable)  # type: ignore[arg-type]
API.add_exception_handler(ValidationError, _unfit)  # type: ignore[arg-type]
API.add_decorator(_as_asked, mode="view")
API.add_router("", DISCUSSION)

urlpatterns = [
    path("", api_page, name="api"),
    path("v1/", RedirectView.as_view(pattern_name="api")),
    path("v1/openapi.json", openapi, name="api_openapi"),
    path("v1/", API.urls),
    path("<path:rest>", no_such_address, name="api_nothing"),
]
