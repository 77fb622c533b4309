"""The OpenAPI document is whole and true: schemathesis asks by it what it can think of, and finds no answer untold."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.test.client import ClientHandler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from broadsheet.accounts.models import User
from broadsheet.discussion.api.document import MEANINGS
from broadsheet.discussion.models import Comment
from broadsheet.gate.models import Allowance
from broadsheet.publication.models import ArticlePage, FrontPage
from broadsheet.site.api import openapi_document
from tests.unit.discussion.conftest import Decide, Say
from tests.unit.discussion.programs import V1, bot

BRIEF, LONG = 8, 400  # examples of each operation, in each mode


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its path and method."""
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


NAMES = [operation["operationId"] for _path, _method, operation in operations()]
# There are rules on words and names that no schema tells: what fits the document may still be refused there.
WITH_WORDS = {"post_comment", "post_reply", "edit_comment", "preview"}
FIT, UNFIT = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TRIED = [
    (name, mode) for name in NAMES for mode in (FIT, UNFIT) if (name, mode) != ("read_me", UNFIT)
]  # it takes nothing


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer as the server does, within the test's own transaction."""
    response = _HANDLER(environ)
    cookies = [("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values()]
    start_response(f"{response.status_code} {response.reason_phrase}", [*response.items(), *cookies])
    return [response.content]


_HANDLER = ClientHandler(enforce_csrf_checks=False)


class TestTheDocument:
    def test_is_where_it_is_said_to_be(self, publication: FrontPage, stan: Client) -> None:
        answer = stan.get(f"{V1}/openapi.json")
        assert answer["Content-Type"] == "application/json"
        assert answer.json() == openapi_document()
        assert not answer.cookies
        assert stan.get(f"{V1}/openapi.json", headers={"Accept-Language": "nb"}).json() == openapi_document()

    def test_is_valid(self) -> None:
        schemathesis.openapi.from_dict(openapi_document()).validate()

    def test_tells_of_every_operation(self) -> None:
        assert len(NAMES) == len(set(NAMES)) >= 13
        for path, method, operation in operations():
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["tags"], path
            for parameter in operation["parameters"]:
                assert parameter["description"], (path, parameter["name"])
            wanted = set(re.findall(r"{(\w+)}", path))
            assert wanted == {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            if method in ("post", "patch", "put"):
                assert operation["requestBody"]["required"] is True

    def test_tells_of_every_refusal_where_it_may_come(self) -> None:
        told: dict[str, set[str]] = {}
        for _path, method, operation in operations():
            for status, response in operation["responses"].items():
                for code in re.findall(r"`([a-z-]+)`:", response["description"]):
                    assert str(MEANINGS[code][0]) == status
                    told.setdefault(code, set()).add(method)
        assert told.keys() == MEANINGS.keys()
        assert told["token-unknown"] == {"get", "post", "patch", "delete", "put"}
        assert told["cross-site"] == {"post", "patch", "delete", "put"}

    def test_names_no_shape_that_it_does_not_hold(self) -> None:
        text = json.dumps(openapi_document())
        named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
        assert named == openapi_document()["components"]["schemas"].keys()
        for shape in openapi_document()["components"]["schemas"].values():
            assert shape["description"]
        for name in ("Words", "NewComment", "NewVote"):
            assert openapi_document()["components"]["schemas"][name]["additionalProperties"] is False

    def test_says_how_one_signs_in(self) -> None:
        assert openapi_document()["security"] == [{}, {"token": []}, {"session": []}, {"guest": []}]
        assert openapi_document()["components"]["securitySchemes"].keys() == {"token", "session", "guest"}


class TestThePage:
    def test_says_what_there_is(self, publication: FrontPage, stan: Client) -> None:
        answer = stan.get("/api/")
        page = answer.content.decode()
        for path, method, operation in operations():
            assert f"{method.upper()} {path}</code>" in page
            assert operation["summary"] in page.replace("&#x27;", "'")
        assert f'href="{V1}/openapi.json"' in page
        assert not answer.cookies
        assert stan.get(f"{V1}/")["Location"] == "/api/"
        assert stan.get("/api")["Location"] == "/api/"

    def test_fetches_nothing_from_elsewhere(self, publication: FrontPage, stan: Client) -> None:
        page = stan.get("/api/").content.decode()
        assert re.findall(r'(?:src|href)="(?:https?:)?//(?!testserver)[^"]*"', page) == []

    def test_speaks_the_language_asked_for(self, publication: FrontPage, stan: Client) -> None:
        page = stan.get("/api/", headers={"Accept-Language": "ar"}).content.decode()
        assert '<html lang="ar" dir="rtl">' in page


@pytest.mark.django_db
@pytest.mark.parametrize("examples", [BRIEF, pytest.param(LONG, marks=pytest.mark.soak)])
@pytest.mark.parametrize(("name", "mode"), TRIED, ids=[f"{name}-{mode.value}" for name, mode in TRIED])
def test_every_answer_is_told(
    say: Say, decide: Decide, article: ArticlePage, rita: User, name: str, mode: GenerationMode, examples: int
) -> None:
    """Whatever fits the document, and whatever does not, gets an answer that the document holds, and never a 5xx."""
    top, mine = say(), say("mine", by=rita.profile)
    gone = say("gone")
    say("an answer", to=gone)
    decide(gone, "removed")
    ids = [comment.public_id for comment in (top, mine, gone, say("held", held=True))]
    operation = schemathesis.openapi.from_dict(openapi_document()).find_operation_by_id(name)
    operation.app = application
    token = bot(rita).defaults["HTTP_AUTHORIZATION"]
    keys = itertools.count(1)
    not_told = [positive_data_acceptance] if name in WITH_WORDS else []

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode), public_id=st.sampled_from(ids), as_rita=st.booleans())
    def tries(case: Any, public_id: str, as_rita: bool) -> None:
        Allowance.objects.all().delete()
        if "public_id" in (case.path_parameters or {}) and mode is FIT:
            case.path_parameters["public_id"] = public_id
        if "key" in (case.path_parameters or {}) and next(keys) % 4:
            case.path_parameters["key"] = str(article.translation_key)
        if "path" in (case.query or {}) and next(keys) % 2 and mode is FIT:
            case.query["path"] = article.url
        case.call_and_validate(headers={"Authorization": token} if as_rita else {}, excluded_checks=not_told)

    tries()
    assert Comment.objects.filter(pk=top.pk).exists()
