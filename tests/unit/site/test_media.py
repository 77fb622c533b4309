"""Uploads are served as pictures or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

pytestmark = pytest.mark.django_db  # a page that is not there may have been moved

PICTURE = b"\x89PNG not really"


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "images").mkdir(parents=True)
    (folder / "documents").mkdir()
    (folder / "images" / "quay.width-400.png").write_bytes(PICTURE)
    (folder / "images" / "page.html").write_text("<script>alert(1)</script>")
    (folder / "images" / "drawing.svg").write_text("<svg onload='alert(1)'/>")
    (folder / "documents" / "secret.png").write_bytes(PICTURE)
    (tmp_path / "outside.png").write_bytes(PICTURE)
    (tmp_path / "media-of-others").mkdir()
    (tmp_path / "media-of-others" / "x.png").write_bytes(PICTURE)
    settings.MEDIA_ROOT = str(folder)
    return folder


def test_a_picture(client: Client) -> None:
    answer = client.get("/media/images/quay.width-400.png")
    assert b"".join(answer) == PICTURE  # type: ignore[arg-type]
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert answer["Content-Length"] == str(len(PICTURE))
    assert not answer.cookies


def test_a_picture_that_the_browser_has(client: Client) -> None:
    known = client.head("/media/images/quay.width-400.png")
    for header in ({"If-None-Match": known["ETag"]}, {"If-Modified-Since": known["Last-Modified"]}):
        answer = client.get("/media/images/quay.width-400.png", headers=header)
        assert answer.status_code == 304
        assert answer["ETag"] == known["ETag"]
    changed = client.get("/media/images/quay.width-400.png", headers={"If-None-Match": '"another"'})
    assert b"".join(changed) == PICTURE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "images/none.png",
        "images/page.html",
        "images/drawing.svg",
        "images",
        "images/",
        "documents/secret.png",
        "../outside.png",
        "images/../../outside.png",
        "images/../documents/secret.png",
        "images/%2e%2e/%2e%2e/outside.png",
        "images/..%2f..%2foutside.png",
        "/etc/hostname.png",
        "images//etc/hostname.png",
        "images/../../media-of-others/x.png",
        "images/quay.width-400.png%00.png",
        "images/quay.width-400.png/",
        f"images/{'a' * 5000}.png",
        "images/%ff%fe.png",
        "images/%ed%a0%80.png",
    ],
)
def test_anything_else_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404


def test_a_link_out_of_the_folder_is_not_followed(client: Client, media: Path) -> None:
    os.symlink(media.parent / "outside.png", media / "images" / "link.png")
    os.symlink(media / "images" / "page.html", media / "images" / "page.png")
    assert client.get("/media/images/link.png").status_code == 404
    assert client.get("/media/images/page.png").status_code == 404


def test_only_looking(client: Client) -> None:
    assert client.put("/media/images/quay.width-400.png").status_code in (403, 405)
    looked = client.head("/media/images/quay.width-400.png")
    assert (looked.status_code, looked.content, looked["Content-Length"]) == (200, b"", str(len(PICTURE)))
