"""The headers that tell a browser what our pages may do."""

from __future__ import annotations

import pytest
from django.test import Client

from broadsheet.publication.models import ArticlePage


def policy(client: Client, path: str) -> dict[str, str]:
    """Return the Content-Security-Policy of a page, by directive."""
    header = client.get(path)["Content-Security-Policy"]
    return {part.split()[0]: part.partition(" ")[2] for part in header.split("; ")}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/no/such/page/", "/administrator/"])
def test_readers_pages_run_nothing_inline(article: ArticlePage, stan: Client, path: str) -> None:
    rules = policy(stan, path)
    assert not any("unsafe" in sources or "*" in sources for sources in rules.values())
    assert rules["default-src"] == "'self'"
    assert (rules["object-src"], rules["base-uri"], rules["frame-ancestors"]) == ("'none'", "'none'", "'none'")


def test_only_the_admin_may_run_inline_scripts(as_ed: Client) -> None:
    rules = policy(as_ed, "/admin/")
    assert rules["script-src"] == rules["style-src"] == "'self' 'unsafe-inline'"
    assert rules["frame-ancestors"] == "'self'"
    assert not any("unsafe" in sources for name, sources in rules.items() if name not in ("script-src", "style-src"))


def test_pages_tell_little_and_ask_for_nothing(article: ArticlePage, stan: Client) -> None:
    headers = stan.get(article.url).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_an_editor_sees_a_preview_in_a_frame_of_our_own(as_ed: Client, article: ArticlePage) -> None:
    path = f"/admin/pages/{article.pk}/view_draft/"
    assert as_ed.get(path).status_code == 200
    rules = policy(as_ed, path)
    assert rules["frame-ancestors"] == "'self'"
    assert not any("unsafe" in sources for sources in rules.values())


def test_a_refusal_bears_the_policy_too(stan: Client, db: None) -> None:
    answer = stan.get("/", HTTP_HOST="elsewhere.example")
    assert answer.status_code == 400
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
