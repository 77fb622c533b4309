"""Preparing a home: its settings, its secret, its database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from broadsheet.site.environment import SETTINGS, SETTINGS_FILE, given_settings, read_settings, write_settings

# Called with how many steps are done, and of how many.
Progress = Callable[[int, int], object]


def start_django() -> None:
    """Load settings and applications; takes some seconds."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")
    django.setup()


def adopt_settings(values: Mapping[str, str]) -> None:
    """Let this process run with `values`, nothing written yet. Raises SettingError when one of them is wrong."""
    os.environ.update(values)
    read_settings()


def keep_settings(home: Path, values: Mapping[str, str]) -> None:
    """Write `values` into the home's settings file, with a fresh secret key when neither it nor they have one.

    Defaults are left out, so that a better default of a later version counts; so is where the home is.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = values.get("BROADSHEET_SECRET_KEY") or given_settings().get("BROADSHEET_SECRET_KEY")
    kept = {
        setting.name: values[setting.name]
        for setting in SETTINGS
        if setting.name != "BROADSHEET_HOME" and values.get(setting.name, "") not in ("", setting.default)
    }
    write_settings(home / SETTINGS_FILE, {**kept, "BROADSHEET_SECRET_KEY": secret or secrets.token_urlsafe(48)})


def migrate(progress: Progress) -> None:
    """Bring the database up to date; one that is, stays as it is."""
    from django.core.management.commands.migrate import Command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    total = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    done = 0

    class Migrate(Command):
        def migration_progress_callback(self, action: str, *about: Any, **more: Any) -> None:
            nonlocal done
            if action == "apply_success":
                done += 1
                progress(done, total)

    call_command(Migrate(), interactive=False, verbosity=0, skip_checks=True)
