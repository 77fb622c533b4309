"""Finished pages: which answers become one, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broadsheet.delivery.asgi import Header
from broadsheet.delivery.encodings import BROTLI, GZIP, IDENTITY
from broadsheet.delivery.pages import (
    ASK_AGAIN,
    ASK_SOON,
    LARGEST,
    OLDEST,
    Page,
    finished,
    is_known,
    may_be_shared,
    why_not_kept,
)

NOON = datetime(2026, 11, 29, 12, 0, 0, 500_000, tzinfo=UTC)
BODY = b"<p>The last boat leaves at nine.</p>" * 100
HTML: Header = (b"content-type", b"text/html; charset=utf-8")
SHOWN = {"article:12"}


def a_page(headers: list[Header] | None = None, body: bytes = BODY, **about: Any) -> Page:
    return finished(headers or [HTML], body, **{"topics": SHOWN, "until": None, "began": 100.0, "now": NOON, **about})


def said(page: Page, encoding: str = BROTLI) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in page.variant(encoding).start["headers"]}


class TestWhatIsKept:
    def test_a_page_for_everybody(self) -> None:
        assert why_not_kept(200, [HTML, (b"vary", b"Cookie, accept-encoding")], BODY, SHOWN) == ""
        assert why_not_kept(200, [(b"cache-control", b"public, max-age=300")], BODY, SHOWN) == ""

    @pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 304, 400, 403, 404, 410, 500, 503])
    def test_only_what_went_well(self, status: int) -> None:
        assert why_not_kept(status, [HTML], BODY, SHOWN)

    @pytest.mark.parametrize(
        "header",
        [
            (b"set-cookie", b"a=1"),
            (b"cache-control", b"private"),
            (b"cache-control", b"Private, no-store"),
            (b"cache-control", b"no-cache"),
            (b"cache-control", b"max-age=0, No-Store"),
            (b"vary", b"Accept-Language"),
            (b"vary", b"Cookie, User-Agent"),
            (b"vary", b"*"),
            (b"content-encoding", b"gzip"),
        ],
    )
    def test_nothing_that_differs_by_who_asks(self, header: Header) -> None:
        assert why_not_kept(200, [HTML, header], BODY, SHOWN)
        assert not may_be_shared(200, [HTML, header])

    def test_nothing_that_is_a_stream_or_too_large_or_silent(self) -> None:
        assert why_not_kept(200, [HTML], None, SHOWN)
        assert why_not_kept(200, [HTML], b"x" * (LARGEST + 1), SHOWN)
        assert why_not_kept(200, [HTML], BODY, set())

    def test_a_missing_page_is_shared_by_who_waits_for_it_and_so_is_our_mistake(self) -> None:
        assert may_be_shared(404, [HTML, (b"vary", b"Cookie")])
        assert may_be_shared(301, [(b"location", b"/harbour/")])
        assert may_be_shared(500, [(b"cache-control", b"no-store")])
        assert not may_be_shared(404, [(b"cache-control", b"private, no-store")])
        assert not may_be_shared(200, [(b"cache-control", b"no-store")])


class TestWhatIsSaid:
    def test_every_header_of_the_answer_but_what_was_said_of_it_alone(self) -> None:
        headers = [HTML, (b"content-security-policy", b"default-src 'self'"), (b"x-request-id", b"abc"),
                   (b"content-length", b"1"), (b"etag", b'"x"'), (b"last-modified", b"never"),
                   (b"vary", b"Cookie")]  # fmt: skip
        page = a_page(headers)
        answer = said(page)
        assert answer["content-security-policy"] == "default-src 'self'"
        assert answer["content-encoding"] == "br"
        assert answer["content-length"] == str(len(page.variant(BROTLI).body["body"]))
        assert answer["vary"] == "Cookie, Accept-Encoding"
        assert "x-request-id" not in answer
        assert sum(name == b"etag" for name, _value in page.variant(BROTLI).start["headers"]) == 1

    def test_how_long_it_may_be_kept_elsewhere(self) -> None:
        assert said(a_page())["cache-control"] == ASK_AGAIN
        assert (
            said(a_page([HTML, (b"cache-control", b"public, max-age=300")]))["cache-control"] == "public, max-age=300"
        )

    def test_a_cache_that_is_told_of_changes_may_show_it_for_a_second(self) -> None:
        for headers in ([HTML], [HTML, (b"cache-control", ASK_AGAIN.encode())]):
            assert said(a_page(headers, kept=ASK_SOON))["cache-control"] == ASK_SOON
        own = (b"cache-control", b"public, max-age=300")
        assert said(a_page([HTML, own], kept=ASK_SOON))["cache-control"] == "public, max-age=300"

    def test_a_tag_is_strong_and_of_one_form(self) -> None:
        tags = {said(a_page(), encoding)["etag"] for encoding in (BROTLI, GZIP, IDENTITY)}
        assert len(tags) == 3
        assert all(tag.startswith('"') for tag in tags)

    def test_it_changes_with_the_page_and_with_what_is_said_of_it_and_with_nothing_else(self) -> None:
        page = a_page([HTML, (b"x-frame-options", b"DENY")])
        same = a_page([(b"x-frame-options", b"DENY"), HTML], began=900.0, now=NOON + timedelta(days=1))
        assert said(page)["etag"] == said(same)["etag"]
        others = (a_page(), a_page(body=BODY + b"!"), a_page([HTML, (b"x-frame-options", b"SAMEORIGIN")]))
        assert said(page)["etag"] not in {said(other)["etag"] for other in others}

    def test_the_plain_form_is_made_when_it_is_wanted(self) -> None:
        page = a_page()
        assert set(page.variants) == {BROTLI, GZIP}
        assert page.variant(IDENTITY).body["body"] == BODY
        assert "content-encoding" not in said(page, IDENTITY)
        small = a_page(body=b"x")
        assert small.variant(BROTLI).body["body"] == small.variant(GZIP).body["body"] == b"x"
        assert "content-encoding" not in said(small, BROTLI)

    def test_when_it_was_modified_is_said_when_no_other_version_can_have_that_second(self) -> None:
        page = a_page()
        assert "last-modified" not in said(page)
        page.settle()
        for encoding in (BROTLI, GZIP, IDENTITY):
            assert said(page, encoding)["last-modified"] == "Sun, 29 Nov 2026 12:00:00 GMT"
            unchanged = dict(page.variant(encoding).unchanged["headers"])
            assert unchanged[b"last-modified"] == page.modified
            assert unchanged[b"etag"] == page.variant(encoding).etag
            assert unchanged[b"cache-control"] == ASK_AGAIN.encode()
            assert b"content-length" not in unchanged


class TestUntilWhen:
    def test_no_page_grows_old(self) -> None:
        assert a_page().ends == 100.0 + OLDEST.total_seconds()
        assert a_page(until=NOON + timedelta(days=1)).ends == 100.0 + OLDEST.total_seconds()

    def test_it_ends_when_it_says_so(self) -> None:
        assert a_page(until=NOON + timedelta(minutes=5)).ends == 400.0
        assert a_page(until=NOON - timedelta(minutes=5)).ends < 100.0


@pytest.mark.parametrize(
    ("given", "known"),
    [
        (b'"abc-br"', True),
        (b'W/"abc-br"', True),
        (b'"x", "abc-br"', True),
        (b'"x",W/"abc-br" ,"y"', True),
        (b"*", True),
        (b'"abc"', False),
        (b"abc-br", False),
        (b'"ABC-br"', False),
        (b'w/"abc-br"', False),
        (b"", False),
        (b'"' * 100_000, False),
    ],
)
def test_tags_that_a_client_names(given: bytes, known: bool) -> None:
    assert is_known(b'"abc-br"', given) is known
