"""A colleague's own page in the newsroom, and what else may be uploaded there."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from wagtail.documents import get_document_model
from wagtail.users.models import UserProfile

from broadsheet.accounts.models import User
from broadsheet.publication.models import FrontPage

PLACE = b"59.9139N 10.7522E"
REST = {
    "name_email-first_name": "Ed",
    "name_email-last_name": "Moe",
    "locale-preferred_language": "",
    "locale-current_time_zone": "",
    "theme-theme": "system",
    "theme-contrast": "system",
    "theme-density": "default",
}


def portrait(kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = PLACE.decode()
    Image.new("RGB", size, "teal").save(target, kind, exif=exif)
    return target.getvalue()


def sent(name: str, data: bytes) -> dict[str, object]:
    return REST | {"avatar-avatar": SimpleUploadedFile(name, data)}


@pytest.mark.parametrize("size", [(60, 40), (900, 700)])
def test_a_colleagues_picture_says_nothing_of_them(as_ed: Client, ed: User, size: tuple[int, int]) -> None:
    data = portrait(size=size)
    assert PLACE in data

    assert as_ed.post("/admin/account/", sent("me.jpg", data)).status_code == 302

    stored = Path(UserProfile.objects.get(user=ed).avatar.path)
    assert PLACE not in stored.read_bytes()
    with Image.open(stored) as picture:
        assert max(picture.size) == min(max(size), 400)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("me.png", b""),
        ("me.jpg", portrait(size=(900, 700))[:900]),
        ("me.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("me.bmp", portrait("PNG")),
        ("me.html", portrait("PNG")),
        ("me.tiff", portrait("TIFF")),
    ],
)
def test_what_is_no_picture_of_ours_is_said_so(as_ed: Client, ed: User, name: str, data: bytes) -> None:
    assert as_ed.post("/admin/account/", sent(name, data)).status_code == 200
    assert not UserProfile.objects.get(user=ed).avatar


def test_the_page_is_for_the_newsroom(as_ed: Client, as_rita: Client, stan: Client, publication: FrontPage) -> None:
    assert as_ed.get("/admin/account/").status_code == 200
    assert as_rita.get("/admin/account/").status_code == 302
    assert stan.get("/admin/account/").status_code == 302


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [("tides.pdf", True), ("tides.csv", True), ("a.html", False), ("a.svg", False), ("a.js", False), ("a.xml", False)],
)
def test_a_document_is_nothing_that_runs(as_ed: Client, publication: FrontPage, name: str, is_taken: bool) -> None:
    file = SimpleUploadedFile(name, b"high water at nine")

    as_ed.post("/admin/documents/add/", {"title": "Tides", "file": file})

    assert get_document_model().objects.exists() == is_taken
