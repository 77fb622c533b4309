"""The settings of one publication: read from the environment and from its home, each checked, each with a hint."""

from __future__ import annotations

import difflib
import os
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingError(Exception):
    """A setting is wrong; the message says which, why, and what would be right."""


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, what it means, its default as one would write it, and how it is read."""

    name: str
    meaning: str
    default: str
    read: Callable[[str], Any]


def _words(value: str) -> tuple[str, ...]:
    return tuple(word for word in value.replace(",", " ").split() if word)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise ValueError(f"give a whole number from {low} to {high}")
        return int(value)

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"give one of {', '.join(choices)}")
        return value

    return read


def _yes_or_no(value: str) -> bool:
    return _one_of("yes", "no")(value) == "yes"


def _time_zone(value: str) -> str:
    if value not in zoneinfo.available_timezones():
        raise ValueError("give a name of the IANA time zone database, such as Europe/Oslo")
    return value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError("give scheme and host, such as https://slipway.example")
    return value.rstrip("/")


def _languages(value: str) -> tuple[str, ...]:
    codes = _words(value)
    if not codes or not all(part.isalnum() for code in codes for part in code.split("-")):
        raise ValueError("give language codes with commas between, such as en,nb,ar")
    return codes


def _mail(value: str) -> str:
    if value in ("", "console", "files"):
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("give smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465, or leave it empty")
    return value


def _database(value: str) -> str:
    if value and urlsplit(value).scheme not in ("postgres", "postgresql"):
        raise ValueError("give postgres://user:password@host:5432/name, or leave it empty for SQLite")
    return value


def _text(value: str) -> str:
    return value


SETTINGS: tuple[Setting, ...] = (
    Setting("BROADSHEET_HOME", "where all data lives", "broadsheet-data", _text),
    Setting("BROADSHEET_ADDRESS", "the publication's public address", "http://127.0.0.1:8000", _address),
    Setting("BROADSHEET_HOST", "the address the server listens on", "127.0.0.1", _text),
    Setting("BROADSHEET_PORT", "the port the server listens on", "8000", _whole(1, 65535)),
    Setting("BROADSHEET_WORKERS", "how many web processes run", "2", _whole(1, 64)),
    Setting("BROADSHEET_LANGUAGES", "the languages articles appear in, the first is the main one", "en", _languages),
    Setting("BROADSHEET_TIME_ZONE", "the time zone that dates are shown in", "UTC", _time_zone),
    Setting("BROADSHEET_SECRET_KEY", "signs cookies and links; made by init and kept in the home", "", _text),
    Setting("BROADSHEET_MAIL", "where mail is handed in: smtp://, smtps://; empty writes it to files in the home", "", _mail),
    Setting("BROADSHEET_MAIL_FROM", "the sender of mail", "", _text),
    Setting("BROADSHEET_DEBUG", "show developers' error pages; never in public", "no", _yes_or_no),
    Setting("BROADSHEET_LOG", "how the log is written", "json", _one_of("json", "text")),
    Setting("BROADSHEET_LOG_LEVEL", "what the log leaves out", "info", _one_of("debug", "info", "warning", "error")),
    Setting("DATABASE_URL", "a PostgreSQL database in place of SQLite", "", _database),
)


def read_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return every setting by name: from `environment`, else from the home's `broadsheet.env`, else its default.

    Raises SettingError, naming every wrong value and every BROADSHEET_ name that does not exist, each with a hint.
    """
    home = Path(environment.get("BROADSHEET_HOME") or "broadsheet-data")
    given = {**_written_in(home / "broadsheet.env"), **environment}
    known = {setting.name for setting in SETTINGS}
    wrong = [
        f"{name} is not a setting. {_nearest(name, known)}"
        for name in sorted(given)
        if name.startswith("BROADSHEET_") and name not in known
    ]
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        value = given.get(setting.name) or setting.default
        try:
            values[setting.name] = setting.read(value)
        except ValueError as error:
            wrong.append(f"{setting.name} is {value!r}: {error}.")
    if wrong:
        raise SettingError("\n".join(wrong))
    values["BROADSHEET_HOME"] = home.absolute()
    return values


def _written_in(path: Path) -> dict[str, str]:
    """Read NAME=value lines; a value may stand in double quotes. No file, no settings."""
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().removeprefix('"').removesuffix('"') for name, _, value in pairs}


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {near[0]}?" if near else "docs/operate/settings.md lists those there are."
