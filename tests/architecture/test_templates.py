"""Templates follow the rows like Python does: what they extend, include, load and link to."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.template.base import Lexer, TokenType
from django.utils.text import smart_split

from tests.architecture.addresses import owner_of_name
from tests.architecture.source import PACKAGE, may_use, module_of, python_files

# The frame of every page, which anybody may fill.
FRAME = "base.html"
# Names that a tag takes beside templates and libraries.
LOAD_WORDS = {"from"}


@dataclass(frozen=True)
class Use:
    """One tag of a template that leans on something else."""

    place: str
    user: str
    tag: str
    name: str


@functools.cache
def _template_files() -> dict[str, tuple[str, Path]]:
    """Return every template of ours by name, with the module whose folder holds it; not those that dress another's."""
    found = {}
    for folder in PACKAGE.glob("*/templates"):
        for path in folder.rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in _names_of_packages():
                found[name] = (folder.parent.name, path)
    assert len(found) > 20, "the templates were not found"
    return found


@functools.cache
def _names_of_packages() -> set[str]:
    """Return the names of the templates that the packages we include bring; site dresses some of them."""
    folders = [Path(config.path, "templates") for config in apps.get_app_configs() if not module_of(config.name)]
    found = {path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.html")}
    assert len(found) > 200, "the packages' templates were not found"
    return found


@functools.cache
def _libraries() -> dict[str, str]:
    """Return every tag library of ours with its module."""
    return {
        file.path.stem: file.module
        for file in python_files()
        if file.path.parent.name == "templatetags" and file.path.stem != "__init__"
    }


def _uses() -> Iterator[Use]:
    for name, (module, path) in _template_files().items():
        for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
            if token.token_type == TokenType.BLOCK:
                tag, *words = smart_split(token.contents)
                yield from (Use(name, module, tag, word) for word in _names(tag, words))


def _names(tag: str, words: list[str]) -> list[str]:
    if tag == "load":
        return words[-1:] if LOAD_WORDS & set(words) else words
    return words[:1] if tag in ("extends", "include", "url") else []


def _is_quoted(word: str) -> bool:
    return word[0] == word[-1] and word[0] in "'\""


def test_templates_load_what_is_below() -> None:
    """A template loads tags of its own module and of those on lower rows."""
    loads = [use for use in _uses() if use.tag == "load" and use.name in _libraries()]
    assert loads
    assert [use for use in loads if not may_use(use.user, _libraries()[use.name])] == []


def test_templates_extend_and_include_what_is_below() -> None:
    """Only the frame of the page may be extended by a module below the one that owns it."""
    uses = [use for use in _uses() if use.tag in ("extends", "include") and _is_quoted(use.name)]
    ours = [(use, _template_files()[use.name[1:-1]][0]) for use in uses if use.name[1:-1] in _template_files()]
    assert ours
    assert [use for use, owner in ours if use.name[1:-1] != FRAME and not may_use(use.user, owner)] == []


def test_templates_name_what_they_include() -> None:
    """A name that is computed hides whom the template leans on."""
    assert [use for use in _uses() if use.tag in ("extends", "include", "url") and not _is_quoted(use.name)] == []


def test_templates_link_to_what_is_below() -> None:
    """A template names an address of its own module or of one below; the frame, which site owns, links to all."""
    links = [(use, owner_of_name(use.name[1:-1])) for use in _uses() if use.tag == "url" and _is_quoted(use.name)]
    assert any(owner for _, owner in links)
    assert [use for use, owner in links if owner and not may_use(use.user, owner)] == []


def test_tags_draw_templates_of_their_own_module() -> None:
    """An inclusion tag's template lies in the folder of the module that owns the tag."""
    seen, wrong = 0, []
    for file in python_files():
        if file.path.parent.name != "templatetags":
            continue
        for call in file.calls("inclusion_tag"):
            owner = _template_files()[call.args[0].value][0]  # type: ignore[attr-defined]
            seen += 1
            if not may_use(file.module, owner):
                wrong.append(f"{file.place}:{call.lineno}")
    assert seen
    assert wrong == []


def test_templates_lie_in_a_folder_that_is_a_module() -> None:
    """`module_of` knows every owner, so that none of the tests above looks away."""
    assert {owner for owner, _ in _template_files().values()} <= {
        module_of(f"broadsheet.{owner}") for owner, _ in _template_files().values()
    }
