"""What the documents say is what the code does: settings, commands, addresses, decisions, links."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from broadsheet.discussion.actions import comments, votes
from broadsheet.discussion.api.parameters import MOST
from broadsheet.discussion.forms import KEY_LENGTHS
from broadsheet.discussion.reading import PAGE_LENGTH
from broadsheet.gate.json_body import BODY_LIMIT
from broadsheet.site.api import openapi_document
from broadsheet.site.environment import SETTINGS
from tests.architecture.addresses import our_routes
from tests.places import ROOT
from tools.docs import commands, decisions, pages, targets

DOCS = ROOT / "docs"
ROOT_PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")


def _documents() -> dict[str, str]:
    paths = [*DOCS.rglob("*.md"), *(ROOT / page for page in ROOT_PAGES if (ROOT / page).exists())]
    assert len(paths) > 15
    return {path.relative_to(ROOT).as_posix(): _text(path) for path in paths}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _code_in(text: str) -> str:
    """Return what a document quotes as code: fenced blocks and words between backticks."""
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", text)])


def test_every_setting_is_documented_and_no_other() -> None:
    """The page of settings has a row for each, with what it is when nothing is given."""
    rows = re.findall(r"^\| `([A-Z_]+)` \|", _text(DOCS / "operate" / "settings.md"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == {setting.name for setting in SETTINGS}


def test_every_setting_named_anywhere_exists() -> None:
    """A name that is no setting stops the start, so none may be recommended."""
    known = {setting.name for setting in SETTINGS}
    wrong = {
        (page, name) for page, text in _documents().items() for name in re.findall(r"\bBROADSHEET_[A-Z_]*[A-Z]\b", text)
    }
    assert wrong
    assert {(page, name) for page, name in wrong if name not in known} == set()


def test_every_command_is_documented() -> None:
    """Each command of `broadsheet` is shown in the documents as one types it."""
    said = "\n".join(_code_in(text) for text in _documents().values())
    missing = {command for command in set(commands()) if not re.search(rf"\bbroadsheet {command}\b", said)}
    assert set(commands()) >= {"init", "demo", "serve", "check", "manage", "backup", "restore"}
    assert missing == set()


def test_every_command_that_is_quoted_exists() -> None:
    """Neither `broadsheet` nor `make` is asked for what it does not know."""
    asked, wrong = 0, []
    for page, text in _documents().items():
        code = _code_in(text)
        for program, known in (("broadsheet", set(commands())), ("make", set(targets()))):
            # An account and a folder may be called broadsheet as well: `chown broadsheet broadsheet`.
            words = re.findall(rf"(?:^|[ /]){program} (?!broadsheet)([a-z][a-z-]*)\b(?![=.])", code, re.MULTILINE)
            asked += len(words)
            wrong += [f"{page}: {program} {word}" for word in words if word not in known]
    assert asked > 15
    assert wrong == []


def test_every_command_says_what_it_does() -> None:
    """`##` behind a target of make is its sentence, `help` that of a command."""
    assert {"run", "test", "setup", "soak", "check", "fix", "docs"} <= set(targets())
    assert [name for name, sentence in {**targets(), **commands()}.items() if not sentence] == []


def test_pages_made_from_the_code_are_current() -> None:
    """`make docs` has been run since the last change of addresses or decisions."""
    stale = [str(page.relative_to(ROOT)) for page, text in pages().items() if _text(page) != text]
    assert stale == []


def test_every_address_is_documented() -> None:
    """Its name, and one sentence, which is the promise of its view."""
    said = _text(DOCS / "reference" / "addresses.md")
    rows = dict(re.findall(r"^\| `([^`]+)` \| `[^`]+` \| (.*) \|$", said, re.MULTILINE))
    names = {route.name for route in our_routes() if route.owner}
    assert len(names) > 10
    assert names - set(rows) == set()
    assert [name for name, promise in rows.items() if not promise.endswith((".", "?"))] == []


def test_every_operation_of_the_api_is_documented_and_no_other() -> None:
    """Its method and address, as one asks for it."""
    said = _text(DOCS / "reference" / "api.md")
    rows = set(re.findall(r"^\| `([A-Z]+ /api/v1/[^`]*)` \| .+ \|$", said, re.MULTILINE))
    operations = {
        f"{method.upper()} {path}" for path, methods in openapi_document()["paths"].items() for method in methods
    }
    assert len(operations) > 10
    assert rows == operations


def test_what_the_page_of_the_api_says_of_limits_holds() -> None:
    """Its figures are those of the code."""
    said = " ".join(_text(DOCS / "reference" / "api.md").split())
    for limit in (comments.OF_PROFILE, comments.OF_NETWORK, comments.OF_THREAD):
        assert f"{limit.turns} " in said
        assert limit.within == timedelta(minutes=10)
    assert f"{votes.OF_PROFILE.turns} votes of a person in an hour" in said
    assert votes.OF_PROFILE.within == timedelta(hours=1)
    assert f"`limit` is 1 to {MOST}, else {PAGE_LENGTH}" in said
    assert f"{KEY_LENGTHS[0]} to {KEY_LENGTHS[-1]} visible ASCII characters" in said
    assert f"at most {BODY_LIMIT // 1024} KB" in said


def test_decisions_are_numbered_without_gaps() -> None:
    """Each has its number in its name and in its heading, and the three parts of a decision."""
    listed = list(decisions())
    assert [number for number, _, _ in listed] == list(range(1, len(listed) + 1))
    assert len(listed) > 9
    for number, path, _ in listed:
        assert path.name.startswith(f"{number:04}-")
        text = _text(path)
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name


def test_links_lead_somewhere() -> None:
    """A link to a file or folder of the repository names one that exists."""
    seen, wrong = 0, []
    for page, text in _documents().items():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not re.match(r"[a-z]+:", target):
                seen += 1
                if not ((ROOT / page).parent / target).exists():
                    wrong.append(f"{page} -> {target}")
    assert seen > 10
    assert wrong == []


def test_everything_that_a_readers_browser_keeps_is_documented() -> None:
    """Each name that a script stores something under stands in the page about browsers, and no other."""
    scripts = "\n".join(_text(path) for path in (ROOT / "src").rglob("static/**/*.js"))
    constants = dict(re.findall(r"""const ([A-Z]+) = "(\w+)";""", scripts))
    asked = re.findall(r"""(?<!function )\b(?:keep|localStorage\.setItem)\((?:"(\w+)"|([A-Z]+))""", scripts)
    rows = re.findall(r"^\| `(\w+)` \|", _text(DOCS / "reference" / "browser.md"), re.MULTILINE)
    assert len(rows) > 3
    assert {literal or constants[constant] for literal, constant in asked} == set(rows)


@pytest.mark.parametrize("page", ROOT_PAGES)
def test_the_pages_at_the_root_exist(page: str) -> None:
    """Those that a newcomer looks for."""
    assert _text(ROOT / page).startswith("# ")
