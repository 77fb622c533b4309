"""What every answer tells a browser to be careful with: pages out of the store and others, files, mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from broadsheet.delivery.asgi import Scope
from broadsheet.publication.models import ArticlePage
from broadsheet.site.static import StaticFiles
from tests.fronts import Process, a_process
from tests.wire import ask

pytestmark = pytest.mark.django_db(transaction=True)
STRICT = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'")


@pytest.fixture
def process(article: ArticlePage, settings: LazySettings, tmp_path: Path) -> Iterator[Process]:
    """A process of a publication that readers reach by https."""
    settings.IS_ENCRYPTED, settings.PUBLIC_ADDRESS, settings.SECURE_HSTS_SECONDS = True, "https://testserver", 3_600
    settings.MEDIA_ROOT = str(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "quay.png").write_bytes(b"PNG")
    with a_process() as process:
        yield process


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{article}", 200),
        ("{article}?order=oldest", 200),
        ("/", 200),
        ("/feed/", 200),
        ("/publication.css", 200),
        ("/search/?q=ferry", 200),
        ("/accounts/login/", 200),
        ("/robots.txt", 200),
        ("/admin/", 302),
        ("/harbour", 301),
        ("/no/such/page/", 404),
        ("/threads/10938d6f-6de0-473a-a4e7-2041eaeef472/", 404),
        ("//evil.example/", 404),
        ("/media/images/none.png", 404),
        ("/search/?q=%00", 200),
    ],
)
def test_pages_and_mistakes(process: Process, article: ArticlePage, path: str, status: int) -> None:
    for _ in range(2):  # the second may come out of the store
        answer = process.ask(path.format(article=article.url))
        said = answer.headers
        assert answer.status == status
        assert said["x-content-type-options"] == "nosniff"
        assert said["referrer-policy"] == "strict-origin-when-cross-origin"
        assert said["cross-origin-opener-policy"] == "same-origin"
        assert said["strict-transport-security"] == "max-age=3600"
        assert said["x-frame-options"] in ("DENY", "SAMEORIGIN")
        assert "cache-control" in said
        assert "access-control-allow-origin" not in said
        policy = said["content-security-policy"]
        assert "unsafe-inline" not in policy or path.startswith("/admin/")
        if not path.startswith("/admin/"):
            assert all(part in policy for part in STRICT)


def test_uploads(process: Process) -> None:
    said = process.ask("/media/images/quay.png").headers
    assert said["content-security-policy"] == "default-src 'none'; sandbox"
    assert said["x-content-type-options"] == "nosniff"
    assert said["strict-transport-security"] == "max-age=3600"
    assert "public" in said["cache-control"]


def test_a_request_that_cannot_be_understood(process: Process) -> None:
    said = process.ask("/", host="evil.example").headers
    assert (said["x-content-type-options"], said["cache-control"]) == ("nosniff", "no-store")
    assert all(part in said["content-security-policy"] for part in STRICT)


def test_what_never_reaches_django(process: Process) -> None:
    too_much = process.ask("/", method="POST", headers=[("Content-Length", "999999999")])
    twice = process.ask("/", headers=[("Host", "testserver")])
    for answer, status in ((too_much, 413), (twice, 400)):
        assert answer.status == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_static_files(settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "broadsheet.css").write_text("body{}")

    async def elsewhere(scope: Scope, receive: object, send: object) -> None:
        raise AssertionError(scope["path"])

    settings.SECURE_HSTS_SECONDS = 3_600
    said = ask(StaticFiles(elsewhere, str(tmp_path), "/static/"), "/static/broadsheet.css").headers
    assert said["x-content-type-options"] == "nosniff"
    assert said["strict-transport-security"] == "max-age=3600"
    settings.SECURE_HSTS_SECONDS = 0
    said = ask(StaticFiles(elsewhere, str(tmp_path), "/static/"), "/static/broadsheet.css").headers
    assert "strict-transport-security" not in said
