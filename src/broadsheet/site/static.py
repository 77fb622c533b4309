"""Static files: hashed names, also inside ES modules, compressed once, and served before Django is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from wsgiref.headers import Headers

from django.conf import settings
from rjsmin import jsmin
from servestatic.base import ServeStaticBase
from servestatic.storage import CompressedManifestStaticFilesStorage

from broadsheet.delivery.asgi import Application, Header, Receive, Scope, Send
from broadsheet.site.intake import Gone
from broadsheet.site.line import Line

if TYPE_CHECKING:
    from servestatic.responders import Response, StaticFile

PACKAGE = Path(__file__).resolve().parents[1]

# What of a request has a part in the answer, as WSGI writes it, which servestatic reads.
WISHES = {
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"if-modified-since": "HTTP_IF_MODIFIED_SINCE",
    b"if-none-match": "HTTP_IF_NONE_MATCH",
    b"range": "HTTP_RANGE",
}
SENT_AT_ONCE = 256 * 1024  # bytes

# What explains a style, for who reads the source, and what stands around a line.
_EXPLAINS = re.compile(r"\s*/\*.*?\*/|^[ \t]+|[ \t]+$", re.MULTILINE | re.DOTALL)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # it bears no types
    """Names every file by its content, so that a browser may keep it for ever, and rewrites `import`s to those names.

    Our own scripts and styles go out as `shipped`. A name that was never collected raises in production; with
    BROADSHEET_DEBUG on, Django serves the plain name and the source.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, tuple[Any, str]], **options: Any) -> Iterator[Any]:
        """Name and compress what was collected, ours as it is shipped."""
        own = [name for name, (storage, path) in paths.items() if _is_ours(Path(storage.path(path)))]
        if not options.get("dry_run"):
            for name in own:
                file = Path(self.path(name))
                file.write_text(shipped(file), encoding="utf-8")
        found: Iterator[Any] = super().post_process({**paths, **{name: (self, name) for name in own}}, **options)
        return found


def shipped(file: Path) -> str:
    """Return a script or style as browsers get it: without blanks and what explains it, which are for people."""
    text = file.read_text(encoding="utf-8")
    return str(jsmin(text)) if file.suffix == ".js" else _EXPLAINS.sub("", text)


def _is_ours(file: Path) -> bool:
    return file.suffix in (".js", ".css") and PACKAGE in file.resolve().parents


class StaticFiles(ServeStaticBase):  # type: ignore[misc] # it bears no types
    """The files collected in a folder, answered in the event loop; everything else is led on.

    servestatic knows the files, their forms and headers; they are looked for once, when the server starts.
    """

    def __init__(self, elsewhere: Application, folder: str, prefix: str) -> None:
        os.makedirs(folder, exist_ok=True)
        self._elsewhere = elsewhere
        super().__init__(None, root=folder, prefix=prefix, allow_all_origins=False, add_headers_function=_be_careful)

    def initialize(self) -> None:
        """Do nothing more; servestatic asks for it."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request for a file."""
        # No coroutine of its own: all that is no file passes here, and pages are given in a few microseconds.
        file = self.files.get(scope["path"]) if scope["type"] == "http" else None
        return self._elsewhere(scope, receive, send) if file is None else _answer(file, scope, send)


async def _answer(file: StaticFile, scope: Scope, send: Send) -> None:
    wishes = {WISHES[name]: value.decode("latin-1") for name, value in scope["headers"] if name in WISHES}
    response: Response = file.get_response(scope["method"], wishes)
    line = Line(send)
    headers: list[Header] = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers
        if value is not None
    ]
    if response.file is None:
        await line.put_whole(response.status, headers, b"")
        return
    with cast(BinaryIO, response.file) as file:
        if next((int(value) for name, value in headers if name == b"content-length"), SENT_AT_ONCE + 1) <= SENT_AT_ONCE:
            await line.put_whole(response.status, headers, file.read())
            return
        try:
            await line.put_file(response.status, headers, file)
        except Gone:
            return


def _be_careful(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
