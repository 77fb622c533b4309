"""What must not be in the repository, and what every part of it keeps to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE
from tests.places import ROOT

# Written so that this file does not hold what it looks for.
HOSTS = re.compile(
    r"(files\.python" + r"hosted|py" + r"pi\.org|registry\.npm" + r"js|index-" + r"url\s*=|find-" + r"links\s*=)", re.I
)
MACHINE = re.compile(r"(^|[\s\"'(=])/(wor" + r"k|far" + r"m|ho" + r"me|ro" + r"ot|Us" + r"ers)/\w")
SECRETS = [
    re.compile("-----BEGIN " + r"[A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b[sr]k_" + r"(live|test)_[0-9A-Za-z]{10,}"),
    re.compile(r"\bgh[pousr]_" + r"[0-9A-Za-z]{30,}"),
    re.compile(r"\bAK" + r"IA[0-9A-Z]{16}\b"),
    re.compile(r"django-insecure" + r"-\S{10,}"),
]
LIMIT = 2 * 1024 * 1024  # bytes: everybody clones it


def _files() -> list[Path]:
    """Return what is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a clone, but a copy without git")
    found = [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert len(found) > 60
    return found


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in _files():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            found.append((path.relative_to(ROOT).as_posix(), content.decode("utf-8")))
    return found


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}"
        for name, text in _texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_address_of_a_package_index() -> None:
    """Whoever sets this up has an index of their own, which pip knows."""
    assert _lines_with(HOSTS) == []


def test_no_path_of_one_machine() -> None:
    """What works only where it was written is no help to the next."""
    assert _lines_with(MACHINE) == []


@pytest.mark.parametrize("pattern", SECRETS, ids=lambda pattern: pattern.pattern[:16])
def test_no_secret(pattern: re.Pattern[str]) -> None:
    """Keys are made by `init` and kept in the home."""
    assert _lines_with(pattern) == []


def test_nothing_is_huge() -> None:
    """A file beyond the limit belongs elsewhere."""
    assert [str(path) for path in _files() if path.stat().st_size > LIMIT] == []


def test_nothing_is_put_off() -> None:
    """No stub, no note to oneself: what is to do is an issue."""
    assert _lines_with(re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")) == []


def test_requirements_are_locked_with_hashes() -> None:
    """Every package of both lists has one version and its hashes, and both lists agree."""
    versions = {}
    for name in ("base", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        packages = re.findall(r"^([a-zA-Z0-9._-]+)(?:\[[^]]*])?==([^ \\;]+)([^\\]*)\\", text, re.MULTILINE)
        entries = re.findall(r"^\S.*$", re.sub(r"^\s.*$", "", text, flags=re.MULTILINE), re.MULTILINE)
        assert len(packages) == len(entries) > 40
        assert text.count("--hash=sha256:") > len(packages)
        versions[name] = {(package.lower(), version, marker.strip()) for package, version, marker in packages}
    assert versions["base"] <= versions["dev"]


def test_browser_code_is_checked_and_small_in_scope() -> None:
    """Every module of ours says `// @ts-check`, and none writes HTML from text."""
    modules = list(PACKAGE.glob("*/static/**/*.js"))
    assert modules
    unchecked = [path.name for path in modules if "// @ts-check" not in path.read_text(encoding="utf-8")[:300]]
    assert unchecked == []
    unsafe = re.compile(r"\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(")
    assert [path.name for path in modules if unsafe.search(path.read_text(encoding="utf-8"))] == []
