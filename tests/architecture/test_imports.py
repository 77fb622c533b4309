"""Python imports follow the rows, and every file says what it is for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, SourceFile, layers_contract, module_of, python_files, rows
from tests.places import ROOT

# Values in, values out: no database, no request, no clock.
PURE = ["publication/interview.py", "publication/provenance.py", "annotation/anchoring.py", "funding/ledger.py",
        "moderation/learner.py", "interchange/format.py"]  # fmt: skip
# They run before Django is set up, which takes seconds and wants settings that they check or make first; or they import
# the application in the process that is going to serve it.
BEFORE_DJANGO = {"site/cli.py", "site/demonstrate.py", "site/init.py", "site/serve.py", "site/web.py"}
IMPURE = (
    "django.db",
    "django.http",
    "django.utils.timezone",
    "django.conf",
    "wagtail",
    "time",
    "datetime.datetime.now",
)


def test_the_layers_contract_holds() -> None:
    """import-linter finds no import against the direction, and no module without a row."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_has_no_exceptions() -> None:
    """Nothing is ignored, and a module that the contract does not name breaks it."""
    contract = layers_contract()
    assert contract["exhaustive"] is True
    assert contract["containers"] == ["broadsheet"]
    assert not contract.get("ignore_imports")
    assert not contract.get("exhaustive_ignores")


def test_every_module_has_a_row() -> None:
    """The folders of the package are the modules of the contract, no more and no fewer."""
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(rows())


def test_no_import_of_our_own_inside_a_function() -> None:
    """A cycle is the direction speaking: the code moves instead."""
    found = [
        (file.place, f"{file.place}:{inner.lineno}")
        for file in python_files()
        for function in ast.walk(file.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if _imports_ours(inner) and not (file.path.name == "apps.py" and function.name == "ready")
    ]
    assert [line for place, line in found if place not in BEFORE_DJANGO] == []
    assert {place for place, _ in found} == BEFORE_DJANGO, "the list names a file that no longer needs it"


def _imports_ours(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(module_of(alias.name) for alias in node.names)
    return isinstance(node, ast.ImportFrom) and module_of(node.module or "") is not None


@pytest.mark.parametrize("place", PURE)
def test_pure_modules_know_no_database_and_no_clock(place: str) -> None:
    """What is hard to think about is values in, values out."""
    file = SourceFile(PACKAGE / place)
    if not file.path.exists():
        assert file.module in rows(), "a pure module that is still to come stands in a module that exists"
        return
    found = [name for _, name in file.imports() if name.startswith(IMPURE)]
    assert found == []


def test_the_pure_modules_of_today_exist() -> None:
    """The test above looks at something."""
    assert {"publication/interview.py", "publication/provenance.py"} <= {file.place for file in python_files()}


def test_every_file_begins_with_what_it_is_for() -> None:
    """One sentence, at the top; a folder's empty __init__ and Django's migrations speak for themselves."""
    silent = [
        file.place
        for file in python_files()
        if file.text.strip() and not file.is_migration and not ast.get_docstring(file.tree)
    ]
    assert silent == []


def test_public_functions_state_a_promise() -> None:
    """Every function and class that another file may use has a docstring; what a framework calls is its promise."""
    silent = [
        f"{file.place}:{node.lineno} {node.name}"
        for file in python_files()
        if not file.is_migration
        for node in _public(file.tree)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def _public(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not node.name.endswith("Config")
    ]
