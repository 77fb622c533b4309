"""Runs what `make test`, `make check` and `make soak` promise, what finds mistakes soonest first.

python -m tools.test [test|check|soak]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.places import ROOT
from tools.needs import Missing, provide_caches, provide_chromium, provide_fonts, provide_postgres

CODE = ["src", "tests", "tools", "benchmarks"]


@dataclass(frozen=True)
class Step:
    """One programme to run: what it looks at, and its command."""

    about: str
    words: Sequence[str]


def _python(about: str, *words: str) -> Step:
    return Step(about, [sys.executable, "-m", *words])


def _pytest(about: str, *words: str) -> Step:
    return _python(about, "pytest", *words)


# Two at least: what only one worker notices is no test of ours. Four at most: each costs a start and a database.
WORKERS = f"--numprocesses={min(4, max(2, os.cpu_count() or 2))}"

CHECKS = [
    _python("style", "ruff", "check", *CODE),
    _python("layout", "ruff", "format", "--check", *CODE),
    _python("types", "mypy"),
    Step("directions", [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"]),
    _python("migrations", "django", "makemigrations", "--check", "--dry-run", "--settings=tests.settings"),
]
TESTS = [
    _pytest("units and architecture, on SQLite", "tests/unit", "tests/architecture", "-m", "not soak", WORKERS),
    _pytest("units, on PostgreSQL", "tests/unit", "-m", "not soak", WORKERS, "--database", "postgres"),
    _pytest("journeys, in Chromium", "tests/journeys", "-m", "not soak"),
]
LONG = ["tests/unit", "-m", "soak or hypothesis", WORKERS, "--hypothesis-profile=soak"]
SOAK = [
    _pytest("the long machines, on SQLite", *LONG),
    _pytest("the long machines, on PostgreSQL", *LONG, "--database", "postgres"),
    _pytest("the long journeys", "tests/journeys", "-m", "soak"),
]
RUNS = {"check": CHECKS, "test": CHECKS + TESTS, "soak": SOAK}


def main(arguments: Sequence[str]) -> int:
    """Do one of RUNS and return its exit status: 0, or that of the first step that failed."""
    name = arguments[0] if arguments else "test"
    try:
        if name != "check":
            provide_postgres()
        if name == "test":
            provide_chromium()
            provide_caches()
            provide_fonts()
    except Missing as missing:
        _say(str(missing))
        return 1
    return next((status for step in RUNS[name] if (status := _run(step))), 0)


def _run(step: Step) -> int:
    _say(f"--- {step.about}")
    started = time.monotonic()
    status = subprocess.run(step.words, cwd=ROOT, check=False).returncode
    if status:
        _say(f"--- {step.about}: failed with status {status} after {time.monotonic() - started:.0f} s")
    return status


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
