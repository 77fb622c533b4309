"""Static files: hashed names, the names inside ES modules hashed too, compressed once when they are collected."""

from __future__ import annotations

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # it bears no types
    """Names every file by its content, so that a browser may keep it for ever, and rewrites `import`s to those names.

    A name that was never collected raises in production; with BROADSHEET_DEBUG on, Django serves the plain name.
    """

    support_js_module_import_aggregation = True
