"""Writes the pages of `docs/` that are made from the code, so that they cannot say anything else.

python -m tools.docs
"""

from __future__ import annotations

import argparse
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import django

from tests.places import ROOT

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

# What follows reads Django's addresses.
from broadsheet.site.cli import _parser  # noqa: E402
from tests.architecture.addresses import Route, our_routes  # noqa: E402
from tests.architecture.source import rows  # noqa: E402

DECISIONS = ROOT / "docs" / "decisions"
MADE = "<!-- Made from the code by `make docs`. -->\n\n"


def pages() -> dict[Path, str]:
    """Return every page that is made from the code, with its text."""
    return {
        ROOT / "docs" / "reference" / "addresses.md": _addresses(),
        ROOT / "docs" / "reference" / "commands.md": _commands(),
        DECISIONS / "README.md": _decisions(),
    }


def decisions() -> Iterator[tuple[int, Path, str]]:
    """Yield each decision's number, file and title, in order."""
    for path in sorted(DECISIONS.glob("[0-9]*.md")):
        heading = path.read_text(encoding="utf-8").partition("\n")[0]
        match = re.fullmatch(r"# (\d+)\. (.+)", heading)
        if not match:
            raise ValueError(f"{path.name} does not begin with `# <number>. <title>`")
        yield int(match[1]), path, match[2]


def _decisions() -> str:
    lines = [f"{number}. [{title}]({path.name})" for number, path, title in decisions()]
    return (
        "# Decisions\n\n"
        + MADE
        + "Why it is as it is. Each page says in what situation something was decided, what, and what follows.\n"
        "A decision that no longer holds stays and names the one that replaced it.\n\n" + "\n".join(lines) + "\n"
    )


def commands() -> dict[str, str]:
    """Return the commands of `broadsheet`, each with its sentence."""
    choices = [action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return {action.dest: action.help or "" for action in choices[0]._choices_actions}


def targets() -> dict[str, str]:
    """Return what `make` can be asked for, each with its sentence; '' for one that says nothing."""
    lines = re.findall(r"^([a-z-]+):(?:[^#\n]*## (.+))?", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return dict(lines)


def _commands() -> str:
    head = "| command | what it does |\n|---|---|\n"
    return (
        f"# Commands\n\n{MADE}"
        "`broadsheet --home DIR …` stands for `BROADSHEET_HOME=DIR broadsheet …`; every command takes `--help`.\n"
        f"The exit status is 0, or 1 for what one can put right, or 2 for a wrong option.\n\n{head}"
        + "".join(f"| `broadsheet {name}` | {sentence} |\n" for name, sentence in commands().items())
        + f"\nIn a clone, `make` sets up what it needs first:\n\n{head}"
        + "".join(f"| `make {name}` | {sentence} |\n" for name, sentence in targets().items())
    )


def _addresses() -> str:
    parts = [
        "# Addresses\n\n" + MADE + "Every address that a module of ours answers. Those for readers stand once for "
        "the main language\nand once below the code of each other language, such as `/nb/`. Wagtail's and "
        "allauth's own addresses\n(`/admin/…`, `/documents/…`, `/accounts/…`) are in their documentation.\n"
    ]
    for module in rows():
        routes = sorted({_row(route) for route in our_routes() if route.owner == module and route.lister})
        if routes:
            parts += [f"\n## {module}\n\n| name | address | what it is |\n|---|---|---|\n", *routes]
    return "".join(parts)


def _row(route: Route) -> str:
    return f"| `{route.name}` | `/{_readable(route.pattern)}` | {_promise(route)} |\n"


def _readable(pattern: str) -> str:
    """Return a route's pattern without the marks of regular expressions, as far as one reads past them."""
    return pattern.replace("\\Z", "").replace("^", "").replace("$", "").replace("|", "\\|")


def _promise(route: Route) -> str:
    view = inspect.unwrap(getattr(route.view, "view_class", route.view))
    described = view if inspect.isroutine(view) or inspect.isclass(view) else type(view)
    sentence = (inspect.getdoc(described) or "").partition("\n\n")[0]
    return " ".join(sentence.split()).replace("|", "\\|")


if __name__ == "__main__":
    for page, text in pages().items():
        page.parent.mkdir(exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
