"""The settings of one publication: read from the environment and from its home, each checked, each with a hint."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

SETTINGS_FILE = "broadsheet.env"
# These hold passwords, and an error message ends up in a log.
CONFIDENTIAL = ("BROADSHEET_FRONTEND_CACHE", "BROADSHEET_MAIL", "BROADSHEET_SECRET_KEY", "DATABASE_URL")


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


def _host(value: str) -> str:
    address = "127.0.0.1" if value == "localhost" else value.strip("[]")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise ValueError(
            "give an IP address of this machine: 127.0.0.1 behind a proxy, 0.0.0.0 for all of them"
        ) from None


Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Whoever is trusted says where others come from. A range as wide as this is everybody, not one's own proxies.
WIDEST_TRUST = {4: 8, 6: 7}


def _proxies(value: str) -> tuple[Network, ...]:
    try:
        networks = tuple(ipaddress.ip_network(word) for word in _words("" if value == "none" else value))
    except ValueError:
        raise ValueError(
            "give addresses or networks with commas between, such as 127.0.0.1,10.0.7.0/24,fd00:7::/64, or none"
        ) from None
    if any(network.prefixlen < WIDEST_TRUST[network.version] for network in networks):
        raise ValueError("give the addresses of your own proxies; this would trust what strangers say of themselves")
    return networks


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:  # its message would repeat a piece of a password
        return False


_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]+(?<!-)(\.(?!-)[a-z0-9-]+(?<!-))*|[0-9a-f:.]+", re.IGNORECASE)


def _address(value: str) -> str:
    if not value:
        return value
    parts = urlsplit(value)
    beside_host = (parts.path.strip("/"), parts.query, parts.fragment, parts.username, parts.password)
    if (
        parts.scheme not in ("http", "https")
        or not _HOST_NAME.fullmatch(parts.hostname or "")
        or any(beside_host)
        or not _has_good_port(parts)
    ):
        raise ValueError("give scheme and host, such as https://slipway.example")
    return f"{parts.scheme}://{parts.netloc.lower()}"


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def _languages(value: str) -> tuple[str, ...]:
    codes = _words(value.lower())
    if not codes or not all(_LANGUAGE.fullmatch(code) for code in codes) or len(set(codes)) < len(codes):
        raise ValueError("give language codes with commas between, each once, such as en,nb,ar")
    return codes


def _mail(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or not _has_good_port(parts)):
        raise ValueError(
            "give smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465, or leave it empty"
        )
    return value


def _database(value: str) -> str:
    parts = urlsplit(value)
    is_postgres = parts.scheme in ("postgres", "postgresql") and parts.path.strip("/")
    if value and not (is_postgres and _has_good_port(parts)):
        raise ValueError("give postgres://user:password@host:5432/name, or leave it empty for SQLite")
    return value


def _caches(value: str) -> tuple[SplitResult, ...]:
    caches = tuple(urlsplit(word) for word in _words(value))
    if not all(_is_cache(parts) for parts in caches):
        raise ValueError(
            "give where each cache in front takes PURGE, such as http://127.0.0.1:6082, or cloudflare://token@zone; "
            "with commas between several"
        )
    return caches


def _is_cache(parts: SplitResult) -> bool:
    beside_host = (parts.path.strip("/"), parts.query, parts.fragment, parts.password)
    is_named = bool(_HOST_NAME.fullmatch(parts.hostname or "")) and _has_good_port(parts) and not any(beside_host)
    if parts.scheme == "cloudflare":
        return is_named and bool(parts.username) and parts.port is None
    return is_named and parts.scheme in ("http", "https") and not parts.username


def _sender(value: str) -> str:
    if value and not re.fullmatch(r"[^\r\n]*[^\s@<>]+@[^\s@<>]+>?", value):
        raise ValueError("give an e-mail address, such as newsroom@slipway.example")
    return value


def _text(value: str) -> str:
    return value


SETTINGS: tuple[Setting, ...] = (
    Setting("BROADSHEET_HOME", "where all data lives", "broadsheet-data", _text),
    Setting("BROADSHEET_ADDRESS", "the publication's public address; empty is this machine and the port", "", _address),
    Setting("BROADSHEET_HOST", "the IP address the server listens on", "127.0.0.1", _host),
    Setting("BROADSHEET_PORT", "the port the server listens on", "8000", _whole(1, 65535)),
    Setting(
        "BROADSHEET_TRUSTED_PROXIES",
        "whose X-Forwarded-For is believed: addresses and networks, or none",
        "127.0.0.0/8,::1",
        _proxies,
    ),
    Setting("BROADSHEET_WORKERS", "how many web processes run", "2", _whole(1, 64)),
    Setting(
        "BROADSHEET_PAGE_STORE_MB",
        "how many megabytes of finished pages are kept in memory, by all web processes together",
        "256",
        _whole(0, 1_000_000),
    ),
    Setting(
        "BROADSHEET_FRONTEND_CACHE",
        "the caches in front that are told to forget a page when it changes; empty is none",
        "",
        _caches,
    ),
    Setting("BROADSHEET_LANGUAGES", "the languages articles appear in, the first is the main one", "en", _languages),
    Setting("BROADSHEET_TIME_ZONE", "the time zone that dates are shown in", "UTC", _time_zone),
    Setting("BROADSHEET_SECRET_KEY", "signs cookies and links; made by init and kept in the home", "", _text),
    Setting("BROADSHEET_MAIL", "where mail is handed in; empty writes it to files in the home", "", _mail),
    Setting("BROADSHEET_MAIL_FROM", "the sender of mail; empty is newsroom@ the address's host", "", _sender),
    Setting("BROADSHEET_DEBUG", "show developers' error pages; never in public", "no", _yes_or_no),
    Setting("BROADSHEET_LOG", "how the log is written", "json", _one_of("json", "text")),
    Setting("BROADSHEET_LOG_LEVEL", "what the log leaves out", "info", _one_of("debug", "info", "warning", "error")),
    Setting("DATABASE_URL", "a PostgreSQL database in place of SQLite", "", _database),
)


def read_settings(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return every setting by name: from `environment`, else from the home's `broadsheet.env`, else its default.

    Raises SettingError, naming every wrong value and every BROADSHEET_ name that does not exist, each with a hint.
    """
    given = given_settings(environment)
    known = {setting.name for setting in SETTINGS}
    wrong = [
        f"{name} is not a setting. {_nearest(name, known)}"
        for name in sorted(given)
        if name.startswith("BROADSHEET_") and name not in known
    ]
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        value = given.get(setting.name, "").strip() or setting.default
        try:
            values[setting.name] = setting.read(value)
        except ValueError as error:
            wrong.append(f"{setting.name} is {_shown(setting, value)}: {error}.")
    if values.get("BROADSHEET_FRONTEND_CACHE") and values.get("BROADSHEET_PAGE_STORE_MB") == 0:
        wrong.append("BROADSHEET_FRONTEND_CACHE is told of pages that BROADSHEET_PAGE_STORE_MB keeps, which is 0.")
    if wrong:
        raise SettingError("\n".join(wrong))
    values["BROADSHEET_HOME"] = home_of(environment)
    values["BROADSHEET_ADDRESS"] = values["BROADSHEET_ADDRESS"] or f"http://127.0.0.1:{values['BROADSHEET_PORT']}"
    return values


def given_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what was written, unread: the home's `broadsheet.env`, and over it the environment."""
    return {**_written_in(home_of(environment) / SETTINGS_FILE), **environment}


def home_of(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that holds all data of the publication."""
    return Path(environment.get("BROADSHEET_HOME") or SETTINGS[0].default).absolute()


def read_setting(name: str, value: str) -> Any:
    """Return `value` as the setting `name` reads it. Raises SettingError with a hint."""
    setting = next(setting for setting in SETTINGS if setting.name == name)
    try:
        return setting.read(value.strip() or setting.default)
    except ValueError as error:
        raise SettingError(f"{_shown(setting, value)}: {error}.") from None


def write_settings(path: Path, values: Mapping[str, str]) -> None:
    """Write settings to `path`, readable by its owner only, whole or not at all; an empty value is left out.

    Raises SettingError for a value that a line of the file cannot hold.
    """
    if odd := [name for name, value in values.items() if not value.isprintable() or '"' in value or "\\" in value]:
        raise SettingError(f"{', '.join(odd)}: leave out line ends, double quotes and backslashes.")
    lines = [
        "# The settings of this publication: docs/operate/settings.md explains them. Keep this file to yourself.\n"
    ]
    lines += [f'{name}="{value}"\n' for name, value in values.items() if value]
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`, an IP address or a name."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _shown(setting: Setting, value: str) -> str:
    return "not right" if setting.name in CONFIDENTIAL else repr(value)


def _written_in(path: Path) -> dict[str, str]:
    """Read NAME=value lines; a value may stand in double quotes. No file, no settings."""
    if not path.is_file():
        return {}
    if not os.access(path, os.R_OK):
        raise SettingError(f"{path} may not be read by this user: run as the user who owns it.")
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().removeprefix('"').removesuffix('"') for name, _, value in pairs}


def _nearest(name: str, known: set[str]) -> str:
    # Without what all of them begin with, which would make any two of them alike.
    ends = {one.removeprefix("BROADSHEET_"): one for one in known}
    near = difflib.get_close_matches(name.removeprefix("BROADSHEET_"), sorted(ends), n=1)
    return f"Did you mean {ends[near[0]]}?" if near else "docs/operate/settings.md lists those there are."
