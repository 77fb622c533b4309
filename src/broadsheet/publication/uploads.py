"""Uploaded pictures are painted anew: what the camera, the place and the program wrote into the file stays behind."""

from __future__ import annotations

import io
import warnings
from pathlib import PurePath
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, ImageSequence

# A picture's file says what it is; its name does not.
SUFFIXES: Final = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "AVIF": ".avif"}
# Of all that Pillow reads beside the pixels, what changes how they look. Everything else may name a person or a place.
_LOOK: Final = ("transparency", "icc_profile", "background")
_MOTION: Final = ("loop",)
# Re-encoded once, at a quality at which nobody sees that it was.
_SAVING: Final[dict[str, dict[str, Any]]] = {
    "JPEG": {"quality": 92, "optimize": True, "progressive": True},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 90, "method": 4},
    "GIF": {},
    "AVIF": {"quality": 85, "speed": 8},  # three times as fast as by itself, for a fifth more bytes
}
# Of the pixels that are taken as a JPEG: painting these anew takes so much more memory, some 800 MB for the largest.
_SHARE: Final = {"AVIF": 0.4, "WEBP": 0.6}


class CleanPicture(ContentFile[bytes]):
    """The bytes of a picture that holds its pixels, their colours, and nothing about anybody."""


def clean_picture(file: Any, name: str) -> CleanPicture:
    """Return the picture in `file`, upright and without any metadata; raise ValidationError if it is not one.

    `name` is the name it was uploaded under; the result's name ends as its true format does. Pictures that would unpack
    to more than WAGTAILIMAGES_MAX_IMAGE_PIXELS, all frames together, are refused before they are unpacked; where the
    format is a costly one to write, to more than a part of these.
    """
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _painted_anew(file, name)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except MemoryError:
        raise _too_many_pixels() from None
    except Exception as error:  # Pillow's decoders raise whatever comes to hand on a broken file
        raise ValidationError(_("This file is not a picture that can be read."), code="broken-picture") from error


def _painted_anew(file: BinaryIO, name: str) -> CleanPicture:
    with Image.open(file, formats=tuple(SUFFIXES)) as picture:
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        frames = 1 if picture.format == "MPO" else getattr(picture, "n_frames", 1)
        if picture.width * picture.height * frames > _most_pixels(kind):
            raise _too_many_pixels(kind)
        options = _SAVING[kind] | {"lossless": True} if _is_lossless_webp(file, kind) else _SAVING[kind]
        saved = _moving(picture, kind, options) if frames > 1 else _still(picture, kind, options)
    return CleanPicture(saved, name=str(PurePath(name).with_suffix(SUFFIXES[kind])))


def _still(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    upright.load()
    upright.info = {key: upright.info[key] for key in _LOOK if key in upright.info}
    target = io.BytesIO()
    upright.save(target, kind, **options, icc_profile=upright.info.get("icc_profile"))
    return target.getvalue()


def _moving(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    motion = {key: picture.info[key] for key in _MOTION if key in picture.info}
    profile = picture.info.get("icc_profile")
    frames, durations = [], []
    for frame in ImageSequence.Iterator(picture):
        still = frame.copy()  # before the frame is asked how long it lasts: some formats tell only then
        durations.append(int(frame.info.get("duration", 100)))
        still.info = {key: still.info[key] for key in _LOOK if key in still.info}
        frames.append(still)
    first, *others = frames
    target = io.BytesIO()
    first.save(
        target, kind, **options, **motion, save_all=True, append_images=others, duration=durations, icc_profile=profile
    )
    return target.getvalue()


def _is_lossless_webp(file: BinaryIO, kind: str) -> bool:
    if kind != "WEBP":
        return False
    place = file.tell()
    file.seek(0)
    head = file.read(64)
    file.seek(place)
    return b"VP8L" in head


def _most_pixels(kind: str) -> int:
    return int(settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS * _SHARE.get(kind, 1))


def _too_many_pixels(kind: str = "") -> ValidationError:
    return ValidationError(
        _("This picture has too many pixels. At most %(millions)d million can be taken."),
        code="too-many-pixels",
        params={"millions": _most_pixels(kind) // 1_000_000},
    )
