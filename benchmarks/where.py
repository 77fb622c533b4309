"""Where a benchmark ran: the machine, the database, and what that does before it says that something is written."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}  # SQLite's own numbers
IN_MEMORY = ("tmpfs", "ramfs")
# What a promise of durability needs, by the names under which the databases tell it.
NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "sqlite": {"synchronous": ("FULL", "EXTRA")},
    "postgresql": {
        "synchronous_commit": ("local", "remote_write", "on", "remote_apply"),
        "fsync": ("on",),
        "full_page_writes": ("on",),
    },
}


@dataclass(frozen=True)
class Where:
    """A database with its settings that decide what survives, as a connection of ours has them."""

    vendor: str
    settings: dict[str, str]
    disk: str

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
        return f"{machine}, {self.vendor}: {told}{f', on {self.disk}' if self.disk else ''}"

    @property
    def doubts(self) -> list[str]:
        """Why what is acknowledged here might not outlive a loss of power; as far as the settings tell."""
        found = [
            f"{name} is {self.settings[name]}"
            for name, good in NEEDED[self.vendor].items()
            if self.settings[name] not in good
        ]
        return found + ([f"its files lie in memory ({self.disk})"] if self.disk in IN_MEMORY else [])


def where() -> Where:
    """Ask the database of this process's settings, which are those of the server under test."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ("server_version", "synchronous_commit", "fsync", "full_page_writes", "wal_sync_method")
            found = {name: str(_one(cursor, f"SHOW {name}")) for name in names}
            cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
            row = cursor.fetchone()  # none for whoever may not know
            return Where(connection.vendor, found, filesystem_of(Path(row[0])) if row else "")
        found = {
            "sqlite": str(_one(cursor, "SELECT sqlite_version()")),
            "journal": str(_one(cursor, "PRAGMA journal_mode")),
            "synchronous": SYNCHRONOUS[_one(cursor, "PRAGMA synchronous")],
        }
        return Where(connection.vendor, found, filesystem_of(Path(connection.settings_dict["NAME"])))


def filesystem_of(path: Path) -> str:
    """Return the kind of file system that holds a path; empty where the system has no such command."""
    told = subprocess.run(["stat", "-f", "-c", "%T", path], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def _one(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[0]
