"""The log: one line per event, with the request's id, and nobody's text between the lines."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.client import RequestFactory

from broadsheet.site.logs import RequestLogMiddleware, current_request_id, formatter

EVIL = "harmless\r\n2026-11-23 error forged\x1b[31m\u2028\u202e\x00\x85 end"


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("broadsheet.test", logging.WARNING, __file__, 1, "%s", (message,), None)
    made.__dict__.update(extra)
    return made


class TestLines:
    def test_json_says_when_what_and_about_what(self) -> None:
        line = formatter("json").format(record("hello", method="GET", path="/", status=200, ms=1.5, password="x"))
        entry = json.loads(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry.pop("at"))
        assert entry == {
            "level": "warning",
            "logger": "broadsheet.test",
            "message": "hello",
            "method": "GET",
            "path": "/",
            "status": 200,
            "ms": 1.5,
        }

    @pytest.mark.parametrize("kind", ["json", "text"])
    def test_no_text_forges_a_line(self, kind: str) -> None:
        line = formatter(kind).format(record(EVIL, path=EVIL))
        assert len(line.splitlines()) == 1
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)
        assert "forged" in line

    def test_json_keeps_the_text_as_it_was(self) -> None:
        assert json.loads(formatter("json").format(record(EVIL)))["message"] == EVIL

    def test_lone_surrogates_are_written_too(self) -> None:
        for kind in ("json", "text"):
            assert formatter(kind).format(record("\ud800")).encode("utf-8")

    @pytest.mark.parametrize("kind", ["json", "text"])
    def test_an_error_bears_its_traceback(self, kind: str) -> None:
        try:
            raise ValueError("what happened")
        except ValueError:
            line = formatter(kind).format(record("trouble", exc_info=sys.exc_info()))
        assert "ValueError: what happened" in line
        assert line.count("\n") == (0 if kind == "json" else line.count("\n    "))

    def test_words_of_other_scripts_are_readable(self) -> None:
        assert "Skjæret المزلق Причал" in formatter("text").format(record("Skjæret المزلق Причал"))


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, "broadsheet.requests"):
        yield caplog


@pytest.mark.django_db
class TestRequests:
    def test_every_answer_bears_an_id_of_its_own(self, stan: Client) -> None:
        first, second = stan.get("/healthz"), stan.get("/healthz")
        assert re.fullmatch(r"[0-9a-f]{16}", first["X-Request-ID"])
        assert first["X-Request-ID"] != second["X-Request-ID"]

    def test_a_well_formed_id_of_the_proxy_is_kept(self, stan: Client) -> None:
        assert stan.get("/healthz", headers={"X-Request-ID": "proxy-000_17"})["X-Request-ID"] == "proxy-000_17"

    @pytest.mark.parametrize("given", ["", "short", "x" * 65, "proxy 0017", 'proxy"0017', "proxy-0017\n", "próxy-0017"])
    def test_any_other_is_replaced(self, stan: Client, given: str) -> None:
        assert re.fullmatch(r"[0-9a-f]{16}", stan.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"])

    def test_the_line_says_what_was_asked_without_the_query(self, stan: Client, log: pytest.LogCaptureFixture) -> None:
        stan.get("/no-such-page/?token=secret")
        (line,) = (one for one in log.records if one.name == "broadsheet.requests")
        written = json.loads(formatter("json").format(line))
        assert (written["method"], written["path"], written["status"]) == ("GET", "/no-such-page/", 404)
        assert written["ms"] >= 0
        assert "secret" not in json.dumps(written)

    def test_what_is_logged_meanwhile_bears_the_id(self) -> None:
        def answer(request: HttpRequest) -> HttpResponse:
            return HttpResponse(json.loads(formatter("json").format(record("meanwhile")))["request"])

        answered = RequestLogMiddleware(answer)(RequestFactory().get("/"))
        assert isinstance(answered, HttpResponse)
        assert answered.content.decode() == answered["X-Request-ID"]
        assert current_request_id() == ""
