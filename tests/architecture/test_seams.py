"""What looks upward: a frozen dataclass in the lower module, filled when the apps are ready, and only these."""

from __future__ import annotations

import ast
import dataclasses
import importlib

from tests.architecture.source import SourceFile, may_use, module_of, name_of, python_files

# DESIGN.md's four; a fifth needs a decision like docs/decisions/0003.
SEAMS = {
    "accounts/privacy.py": ("PrivacyPart", "add_privacy_part"),
    "delivery/topics.py": ("TopicKind", "add_topic_kind"),
    "moderation/kinds.py": ("ModeratedKind", "add_moderated_kind"),
    "notification/kinds.py": ("NoticeKind", "add_notice_kind"),
}
SEAM_NAMES = {name for names in SEAMS.values() for name in names}
ADDERS = {adder: place for place, (_, adder) in SEAMS.items()}


def _calls_when_ready() -> list[tuple[SourceFile, ast.Call]]:
    """Return what every AppConfig calls in `ready()`."""
    return [
        (file, call)
        for file in python_files()
        if file.path.name == "apps.py"
        for function in ast.walk(file.tree)
        if isinstance(function, ast.FunctionDef) and function.name == "ready"
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    ]


def test_the_seams_are_those_that_were_decided() -> None:
    """A class calls itself a seam in its docstring; there is no other."""
    found = {
        (file.place, node.name)
        for file in python_files()
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ClassDef) and (ast.get_docstring(node) or "").startswith("A seam:")
    }
    assert found == {(place, name) for place, (name, _) in SEAMS.items()}


def test_a_seam_is_a_frozen_dataclass() -> None:
    """Nobody changes it after it was made known."""
    for place, (name, _) in SEAMS.items():
        seam = getattr(importlib.import_module("broadsheet." + place.removesuffix(".py").replace("/", ".")), name)
        assert dataclasses.is_dataclass(seam)
        assert seam.__dataclass_params__.frozen


def test_seams_are_filled_when_the_apps_are_ready() -> None:
    """By a higher module, or by the owner with a kind of its own, in `AppConfig.ready()`, and nowhere else."""
    filled = [(file, call) for file, call in _calls_when_ready() if name_of(call.func) in ADDERS]
    everywhere = [call for file in python_files() for call in file.calls(*ADDERS)]
    assert {name_of(call.func) for _, call in filled} == set(ADDERS)
    assert len(everywhere) == len(filled)
    for file, call in filled:
        owner = ADDERS[name_of(call.func)].partition("/")[0]
        assert may_use(file.module, owner), f"{file.place} fills a seam of {owner}"


def test_only_seams_are_filled_from_above() -> None:
    """A function of another module of ours that `ready()` hands something to is a seam, or a fifth one in disguise."""
    wrong = []
    for file, call in _calls_when_ready():
        origins = {
            alias.asname or alias.name: node.module or ""
            for node in ast.walk(file.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        called = name_of(call.func)
        origin = module_of(origins.get(called, ""))
        if origin not in (None, file.module) and called not in SEAM_NAMES:
            wrong.append(f"{file.place}:{call.lineno} {origin} {called}")
    assert wrong == []
