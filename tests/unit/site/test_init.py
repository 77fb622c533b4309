"""What `broadsheet init` asks, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broadsheet.site.init import QUESTIONS, collect_answers
from broadsheet.site.mistakes import Mistake


@pytest.fixture(autouse=True)
def _an_operators_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for question in QUESTIONS:
        if question.setting:
            monkeypatch.delenv(question.setting, raising=False)
    monkeypatch.setenv("BROADSHEET_HOME", str(tmp_path))


def answering(*typed: str) -> tuple[Callable[[str, str], str], list[str]]:
    """Return somebody who types these words, and what they were asked."""
    words: Iterator[str] = iter(typed)
    asked: list[str] = []

    def ask(text: str, default: str) -> str:
        asked.append(f"{text} [{default}]")
        return next(words)

    return ask, asked


def test_enter_takes_the_default() -> None:
    ask, asked = answering("Slippen", "", "", "", "ed@slipway.example", "", "")
    assert collect_answers({}, ask, print) == {
        "name": "Slippen",
        "languages": "en",
        "time-zone": "UTC",
        "address": "",
        "email": "ed@slipway.example",
        "editor": "",
        "mail": "",
    }
    assert "Languages, the main one first [en]" in asked


def test_what_was_given_is_not_asked() -> None:
    ask, asked = answering("", "")
    given = {
        "name": "Slippen",
        "languages": "nb",
        "time-zone": "Europe/Oslo",
        "email": "ed@slipway.example",
        "mail": "",
    }
    answers = collect_answers(given, ask, print)
    assert answers["languages"] == "nb"
    assert [text.partition(" ")[0] for text in asked] == ["Public", "First"]


def test_a_wrong_answer_is_asked_again_with_a_hint() -> None:
    said: list[str] = []
    ask, _asked = answering(
        "", "Slippen", "norsk bokmål", "nb", "Oslo", "Europe/Oslo", "", "ed", "ed@a.example", "", ""
    )
    answers = collect_answers({}, ask, said.append)
    assert answers["time-zone"] == "Europe/Oslo"
    hints = ("at most 80", "en,nb,ar", "Europe/Oslo", "ed@slipway.example")
    assert len(said) == len(hints)
    assert all(hint in line for hint, line in zip(hints, said, strict=True))


def test_an_earlier_attempts_settings_are_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "broadsheet.env").write_text('BROADSHEET_TIME_ZONE="Europe/Oslo"\n')
    answers = collect_answers({"name": "Slippen", "email": "ed@slipway.example"}, None, print)
    assert answers["time-zone"] == "Europe/Oslo"


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"email": "ed@slipway.example"}, "--name"),
        ({"name": "Slippen"}, "--email"),
        ({"name": "Slippen", "email": "ed@slipway.example", "languages": ","}, "--languages"),
        ({"name": "Slippen\n", "email": "ed@slipway.example\nBcc: x"}, "--email"),
        ({"name": "Slippen", "email": "ed@slipway.example", "mail": "mail.example"}, "--mail"),
        ({"name": "x" * 81, "email": "ed@slipway.example"}, "--name"),
    ],
)
def test_with_nobody_to_ask_the_option_is_named(given: dict[str, str | None], option: str) -> None:
    with pytest.raises(Mistake, match=option):
        collect_answers(given, None, print)
