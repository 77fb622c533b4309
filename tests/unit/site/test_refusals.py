"""Refusals: one place says no, to people as a page and to programs as JSON, with the status the refusal has."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import FrontPage
from broadsheet.site import urls
from broadsheet.site.refusals import answer_refusal

# A member who asks for the newsroom is refused by a view.
REFUSED = "/admin/login/"


def too_long(request: HttpRequest) -> HttpResponse:
    """Refuse, with all that a refusal can say."""
    raise Refusal("body-too-long", format_lazy(_("At most {limit} <b>characters</b>."), limit=7), field="body")


def broken(request: HttpRequest) -> HttpResponse:
    """Fail as a bug does."""
    raise ZeroDivisionError


urlpatterns = [path("too-long/", too_long), path("broken/", broken), *urls.urlpatterns]


def test_a_person_gets_a_page_with_the_sentence(as_rita: Client) -> None:
    answer = as_rita.get(REFUSED)
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "Your account has no access to the newsroom." in answer.content.decode()


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        ("application/json", True),
        ("application/json, text/html;q=0.5", True),
        ("text/html, application/json;q=0.9", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
        ("nonsense;;;", False),
    ],
)
def test_a_program_gets_json_when_it_prefers_that(as_rita: Client, accept: str, is_json: bool) -> None:
    answer = as_rita.get(REFUSED, headers={"Accept": accept})
    assert answer.status_code == 403
    assert (answer["Content-Type"] == "application/json") == is_json
    assert "Accept" in answer["Vary"]


@override_settings(ROOT_URLCONF=__name__)
def test_json_says_which_refusal_it_is_and_about_what(stan: Client) -> None:
    answer = stan.get("/too-long/", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json() == {"code": "body-too-long", "sentence": "At most 7 <b>characters</b>.", "field": "body"}


def test_a_sentence_is_text_on_a_page(rf: RequestFactory, publication: FrontPage) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    answer = answer_refusal(request, Refusal("test", "At most <b>7</b>."))
    assert "At most &lt;b&gt;7&lt;/b&gt;." in answer.content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_a_bug_is_not_a_refusal(stan: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        stan.get("/broken/")


def test_a_refusal_is_kept_by_no_cache(as_rita: Client) -> None:
    assert as_rita.get(REFUSED)["Cache-Control"] == "private, no-store"


def test_a_refusal_is_logged_as_news_and_not_as_an_error(as_rita: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "broadsheet"):
        as_rita.get(REFUSED)
    assert [
        (entry.levelname, entry.getMessage()) for entry in caplog.records if entry.name == "broadsheet.refusals"
    ] == [("INFO", "Refused GET /admin/login/: not-of-the-newsroom")]
