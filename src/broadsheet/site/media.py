"""Uploaded pictures, served by the application itself: one folder, known types, nothing a browser could run."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

# Documents are not among them: Wagtail serves those itself, because a collection may be private.
PUBLIC_FOLDERS = ("images", "original_images", "avatar_images")
TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
# A name is given to one upload only, but a deleted one may come back; a day is how long it then lives on.
DAY = 24 * 3600


class PictureResponse(FileResponse):
    """A file in pieces large enough that few pictures need more than a handful."""

    block_size = 64 * 1024


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponse | PictureResponse:
    """Answer with the picture at `path` below MEDIA_ROOT; anything else there is, or is not, answers 404."""
    file = _picture(path)
    status = file.stat()
    tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    kind = TYPES[file.suffix.lower()]
    response: HttpResponse | PictureResponse
    if _is_known(request, tag, int(status.st_mtime)):
        response = HttpResponseNotModified()
    elif request.method == "HEAD":
        response = HttpResponse(content_type=kind, headers={"Content-Length": str(status.st_size)})
    else:
        response = PictureResponse(file.open("rb"), content_type=kind)
    response["ETag"] = tag
    response["Last-Modified"] = http_date(status.st_mtime)
    response["Cache-Control"] = f"public, max-age={DAY}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _picture(path: str) -> Path:
    """Return the file that `path` names. Raises Http404 unless it is a picture that really lies in a public folder."""
    root = Path(os.path.realpath(settings.MEDIA_ROOT))
    folder, _, name = path.partition("/")
    if folder not in PUBLIC_FOLDERS or "\0" in path or path.endswith("/") or Path(name).suffix.lower() not in TYPES:
        raise Http404
    file = Path(os.path.realpath(root / folder / name))  # follows `..` and links, so that what we check is what we open
    if not file.is_relative_to(root / folder) or not os.path.isfile(file) or file.suffix.lower() not in TYPES:
        raise Http404
    return file


def _is_known(request: HttpRequest, tag: str, modified: int) -> bool:
    tags = request.headers.get("If-None-Match")
    if tags is not None:
        return tag in (known.strip().removeprefix("W/") for known in tags.split(","))
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and modified <= since
