"""Nothing asks what time or what day it is while it is imported: a process lives on past midnight, a test run too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.places import ROOT

CLOCKS = {"now", "today", "localdate", "localtime", "utcnow", "time_ns", "fresh_stamp"}


def _run_when_imported(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield every node that runs on import: not what functions do, but their decorators and their defaults."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            yield from _run_when_imported([*node.decorator_list, *defaults])
        elif isinstance(node, ast.Lambda):
            yield from _run_when_imported([*node.args.defaults, *filter(None, node.args.kw_defaults)])
        else:
            yield node
            yield from _run_when_imported(ast.iter_child_nodes(node))


def _asks(node: ast.AST) -> bool:
    """Whether it is a call that tells the time or the day."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        is_time = node.func.attr == "time" and not node.args and not node.keywords
        return node.func.attr in CLOCKS or (is_time and ast.unparse(node.func) == "time.time")
    return isinstance(node.func, ast.Name) and node.func.id in CLOCKS


def _asked_by(source: str) -> list[int]:
    """Return the lines that ask while the source is imported."""
    return [node.lineno for node in _run_when_imported([ast.parse(source)]) if _asks(node)]  # type: ignore[attr-defined]


def test_nothing_asks_the_clock_when_it_is_imported() -> None:
    """What is asked then is the day before, for whatever runs after midnight."""
    files = [path for place in ("src", "tests", "benchmarks", "tools") for path in (ROOT / place).rglob("*.py")]
    assert len(files) > 200
    found = [
        f"{path.relative_to(ROOT)}:{line}" for path in files for line in _asked_by(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import time\nSTART = time.time()", [2]),
        ("class Plan:\n    first = today()", [2]),
        ("def plan(first=timezone.now()): ...", [1]),
        ("@parametrize('day', [today()])\ndef test(day): ...", [1]),
        ("plan = lambda: today()", []),
        ("def plan():\n    return today()", []),
        ("class Plan:\n    def first(self):\n        return today()", []),
    ],
)
def test_what_asks_is_found(source: str, lines: list[int]) -> None:
    """And what is only run later is not."""
    assert _asked_by(source) == lines
