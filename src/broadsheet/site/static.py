"""Static files: hashed names, the names inside ES modules hashed too, compressed once when they are collected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from servestatic.storage import CompressedManifestStaticFilesStorage

PACKAGE = Path(__file__).resolve().parents[1]

# What explains, for who reads the source. A block of code begins with two stars, as JSDoc has it: `/*` is in globs too.
_EXPLAINS = {
    ".js": re.compile(r"/\*\*.*?\*/|^[ \t]*//.*?$", re.MULTILINE | re.DOTALL),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
}
_AROUND = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)


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
    """Return a script or style as browsers get it: without what explains it, each line where it stands in the source.

    A third of what is written is for people; a browser that names a line of an error names the same one.
    """
    text = file.read_text(encoding="utf-8")
    return _AROUND.sub("", _EXPLAINS[file.suffix].sub(lambda found: "\n" * found[0].count("\n"), text))


def _is_ours(file: Path) -> bool:
    return file.suffix in _EXPLAINS and PACKAGE in file.resolve().parents
