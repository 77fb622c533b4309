"""What a picture's file says of a camera, a place or a person does not enter the house."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from broadsheet.publication.models import Picture
from broadsheet.publication.uploads import clean_picture

SECRET = b"Secret"


def exif(orientation: int = 1) -> Image.Exif:
    """Words about a camera, a place on the earth, and which side was up."""
    data = Image.Exif()
    data[0x010F], data[0x0112] = SECRET.decode(), orientation
    place = data.get_ifd(0x8825)
    place[1], place[2] = "N", (59.0, 54.0, 30.5)
    place[3], place[4] = "E", (10.0, 45.0, 12.5)
    return data


def drawn(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    """A picture that is blue in its first quarter."""
    picture = Image.new(mode, size, "red")
    picture.paste("blue", (0, 0, size[0] // 2, size[1] // 2))
    return picture


def jpeg(orientation: int = 1) -> bytes:
    target = io.BytesIO()
    drawn().save(target, "JPEG", exif=exif(orientation), comment=b"Secret words", xmp=b"<x:xmpmeta>Secret</x:xmpmeta>")
    return target.getvalue()


def png() -> bytes:
    words = PngInfo()
    words.add_text("Author", "Secret")
    words.add_text("Comment", "Secret", zip=True)
    words.add_itxt("XML:com.adobe.xmp", "Secret")
    target = io.BytesIO()
    drawn(mode="RGBA").save(target, "PNG", pnginfo=words, exif=exif())
    return target.getvalue()


def webp() -> bytes:
    target = io.BytesIO()
    drawn().save(target, "WEBP", exif=exif(), xmp=b"Secret")
    return target.getvalue()


def avif() -> bytes:
    target = io.BytesIO()
    drawn().save(target, "AVIF", exif=exif(), xmp=b"Secret")
    return target.getvalue()


def moving(kind: str) -> bytes:
    first, *others = (Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue"))
    target = io.BytesIO()
    more = {"comment": b"Secret"} if kind == "GIF" else {}
    first.save(target, kind, save_all=True, append_images=others, duration=[100, 200, 300], loop=0, **more)
    return target.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A small file that claims to be a large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 4096)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("make", "suffix"), [(jpeg, ".jpg"), (png, ".png"), (webp, ".webp"), (avif, ".avif")])
def test_a_picture_loses_what_it_says_and_keeps_what_it_shows(make: Callable[[], bytes], suffix: str) -> None:
    source = make()
    assert SECRET in source or b"eXIf" in source

    clean = clean_picture(io.BytesIO(source), "the quay.bin")

    data = clean.read()
    for word in (SECRET, b"Exif", b"xmp", b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
        assert word not in data
    assert clean.name == f"the quay{suffix}"
    with Image.open(io.BytesIO(data)) as picture:
        assert dict(picture.getexif()) == {}
        assert picture.size == (60, 40)
        red, _green, blue = picture.convert("RGB").getpixel((5, 5))
        assert blue > 200
        assert red < 60


def test_a_picture_taken_on_its_side_is_stood_up() -> None:
    with Image.open(clean_picture(io.BytesIO(jpeg(orientation=6)), "x.jpg")) as picture:
        assert picture.size == (40, 60)
        assert picture.getpixel((35, 5))[2] > 200  # blue has gone from the upper left to the upper right


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_moving_picture_goes_on_moving(kind: str) -> None:
    clean = clean_picture(io.BytesIO(moving(kind)), f"x.{kind.lower()}")

    data = clean.read()
    assert SECRET not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.n_frames == 3
        picture.seek(1)
        picture.load()
        assert picture.info["duration"] == (200 if kind == "GIF" else 300 - 100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.4",
        b"\xff\xd8\xff\xe0 no jpeg",
        b"BM" + bytes(200),
        b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_picture(io.BytesIO(data), "x.jpg")

    assert refusal.value.code == "broken-picture"


def test_a_picture_cut_short_is_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_picture(io.BytesIO(jpeg()[:700]), "x.jpg")

    assert refusal.value.code == "broken-picture"


@pytest.mark.parametrize("size", [(8_001, 8_000), (20_000, 20_000), (65_000, 65_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean_picture(io.BytesIO(png_header(*size)), "x.png")

    assert refusal.value.code in ("too-many-pixels", "broken-picture")


def test_many_frames_count_together(settings: object) -> None:
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 500  # type: ignore[attr-defined]

    clean_picture(io.BytesIO(_still(20, 20)), "x.png")
    with pytest.raises(ValidationError) as refusal:
        clean_picture(io.BytesIO(moving("GIF")), "x.gif")

    assert refusal.value.code == "too-many-pixels"


@pytest.mark.parametrize(("make", "is_taken"), [(jpeg, True), (png, True), (webp, False), (avif, False)])
def test_a_format_that_is_costly_to_write_is_taken_smaller(
    settings: object, make: Callable[[], bytes], is_taken: bool
) -> None:
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 60 * 40 + 100  # type: ignore[attr-defined]

    if is_taken:
        assert clean_picture(io.BytesIO(make()), "x").size > 0
    else:
        with pytest.raises(ValidationError) as refusal:
            clean_picture(io.BytesIO(make()), "x")
        assert refusal.value.code == "too-many-pixels"


def _still(width: int, height: int) -> bytes:
    target = io.BytesIO()
    drawn((width, height)).save(target, "PNG")
    return target.getvalue()


# In the house.


def stored(picture: Picture) -> bytes:
    return Path(picture.file.path).read_bytes()


@pytest.mark.django_db
def test_a_picture_kept_by_a_program_is_cleaned() -> None:
    picture = Picture.objects.create(title="Quay", file=SimpleUploadedFile("quay.jpeg", jpeg(orientation=6)))

    assert SECRET not in stored(picture)
    assert (picture.width, picture.height) == (40, 60)
    assert picture.file_size == len(stored(picture))
    picture.refresh_from_db()
    assert (picture.width, picture.height) == (40, 60)


@pytest.mark.django_db
def test_a_file_put_straight_into_the_field_is_cleaned() -> None:
    picture = Picture.objects.create(title="Quay", file=SimpleUploadedFile("quay.png", png()))

    picture.file.save("other.jpg", io.BytesIO(jpeg(orientation=6)))

    picture.refresh_from_db()
    assert SECRET not in stored(picture)
    assert (picture.width, picture.height) == (40, 60)


@pytest.mark.django_db
def test_a_picture_an_editor_uploads_is_cleaned(as_ed: Client) -> None:
    sent = {"title": "Quay", "file": SimpleUploadedFile("quay.jpg", jpeg(orientation=6), "image/jpeg"), "credit": "Odd"}

    answer = as_ed.post("/admin/images/add/", sent)

    assert answer.status_code == 302
    picture = Picture.objects.get()
    assert SECRET not in stored(picture)
    assert (picture.width, picture.height, picture.credit) == (40, 60, "Odd")
    assert picture.file_size == len(stored(picture))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("quay.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("quay.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("quay.jpg", jpeg()[:700]),
        ("quay.png", png_header(9_000, 9_000)),
        ("quay.html", b"<script>alert(1)</script>"),
    ],
)
def test_what_an_editor_cannot_upload_is_said_beside_the_field(as_ed: Client, name: str, data: bytes) -> None:
    answer = as_ed.post("/admin/images/add/", {"title": "Quay", "file": SimpleUploadedFile(name, data)})

    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]
    assert not Picture.objects.exists()
