"""What browsers get of our scripts and styles: everything that does something, and nothing that explains it."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage

from broadsheet.site.static import StaticStorage, shipped

SCRIPT = """// @ts-check
// What it is for.
import { newKey } from "./key.js";

/**
 * A key, of course.
 * @param {HTMLFormElement} form
 */
export function give(form) {
  const address = "https://example.org/*"; // said beside it
  const glob = "/*.txt";
  /** @type {string[]} */
  const found = /** @type {any} */ (form).values;
  return [newKey(), address, glob, ...found];
}
"""


def test_a_script_goes_out_without_what_explains_it(tmp_path: Path) -> None:
    """Statements without the blanks between them, and strings as they are written."""
    file = tmp_path / "give.js"
    file.write_text(SCRIPT, encoding="utf-8")
    assert shipped(file) == (
        'import{newKey}from"./key.js";export function give(form){const address="https://example.org/*";'
        'const glob="/*.txt";const found=(form).values;return[newKey(),address,glob,...found];}'
    )


def test_a_stylesheet_goes_out_without_what_explains_it(tmp_path: Path) -> None:
    """Rules as they are written."""
    file = tmp_path / "a.css"
    file.write_text("@layer a {\n  /* why\n  so */\n  b { color: red; } /* and */\n}\n", encoding="utf-8")
    assert shipped(file) == "@layer a {\nb { color: red; }\n}\n"


def test_collected_files_are_named_by_what_is_shipped(tmp_path: Path) -> None:
    """Ours are shipped, with the names of what they import; what a package brings stays as it came."""
    found = {"discussion/reading.js": _ours("discussion/reading.js"), "discussion/page.js": _ours("discussion/page.js")}
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "widget.js").write_text("// licence\nvar a;\n", encoding="utf-8")
    found["widget.js"] = (FileSystemStorage(foreign), "widget.js")
    storage = StaticStorage(location=tmp_path / "static", base_url="/static/")
    for name, (source, path) in found.items():
        with source.open(path) as file:
            storage.save(name, file)
    named = storage.post_process(found, dry_run=False)
    names = {name: hashed for name, hashed, _processed in named if hashed.endswith(".js")}
    reading = (tmp_path / "static" / names["discussion/reading.js"]).read_text(encoding="utf-8")
    assert "@ts-check" not in reading
    assert Path(names["discussion/page.js"]).name in reading
    assert "// licence" in (tmp_path / "static" / names["widget.js"]).read_text(encoding="utf-8")


def _ours(name: str) -> tuple[FileSystemStorage, str]:
    path = Path(str(finders.find(name)))
    return FileSystemStorage(path.parents[1]), name
