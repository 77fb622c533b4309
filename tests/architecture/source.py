"""The source as the architecture tests read it: its modules and their rows, its files, its syntax."""

from __future__ import annotations

import ast
import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT

PACKAGE = ROOT / "src" / "broadsheet"


@functools.cache
def layers_contract() -> dict[str, object]:
    """Return the layers contract of import-linter: the one place that says in which order the modules stand."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["type"] == "layers")


@functools.cache
def rows() -> dict[str, int]:
    """Return every module with the number of its row; the lowest row has the highest number."""
    layers = layers_contract()["layers"]
    assert isinstance(layers, list)
    modules = {module.strip(): row for row, layer in enumerate(layers) for module in layer.split("|")}
    return {module: row for module, row in modules.items() if not module.startswith("__")}


def may_use(user: str, used: str) -> bool:
    """Whether the module `user` may know of the module `used`: itself, or one on a lower row."""
    return user == used or rows()[user] < rows()[used]


def module_of(dotted: str) -> str | None:
    """Return the module that a dotted Python name belongs to; None when it is not ours."""
    first, _, rest = dotted.partition(".")
    name = rest.partition(".")[0]
    return name if first == "broadsheet" and name in rows() else None


@dataclass(frozen=True)
class SourceFile:
    """One Python file of the product."""

    path: Path

    @property
    def module(self) -> str:
        """The module it belongs to; empty for the package's own file."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[0] if len(parts) > 1 else ""

    @property
    def place(self) -> str:
        """Its path below the package, as one would name it in a sentence."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def is_migration(self) -> bool:
        """Whether it is one of Django's migrations."""
        return self.path.parent.name == "migrations" and self.path.name != "__init__.py"

    @functools.cached_property
    def text(self) -> str:
        """Its source."""
        return self.path.read_text(encoding="utf-8")

    @functools.cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text, str(self.path))

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Yield each import statement with the dotted name it brings in."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Yield each call of a function of one of these names, bare or as an attribute."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and name_of(node.func) in names:
                yield node

    def strings(self) -> Iterator[ast.Constant]:
        """Yield each string of the code; docstrings are none."""
        documents = {id(node.body[0].value) for node in ast.walk(self.tree) if _has_docstring(node)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
                yield node


@functools.cache
def python_files() -> tuple[SourceFile, ...]:
    """Return every Python file of the product."""
    files = tuple(SourceFile(path) for path in sorted(PACKAGE.rglob("*.py")))
    assert len(files) > 40, "the product's source was not found"
    return files


def name_of(node: ast.expr) -> str:
    """Return the last part of a name: `c` for `a.b.c` and for `c`, '' for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def first_string(call: ast.Call) -> str | None:
    """Return a call's first argument when it is a plain string."""
    if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
        return call.args[0].value
    return None


def _has_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node, clean=False) is not None
    )
