"""Migrations are named, in one line, free of app code, and say what the models say."""

from __future__ import annotations

import io
import itertools
import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django_linear_migrations.apps import check_max_migration_files

from tests.architecture.source import SourceFile, may_use, module_of, python_files, rows

NAMED = re.compile(r"\d{4}_[a-z][a-z0-9_]*")
# What Django calls a migration that nobody named.
UNNAMED = re.compile(r"\d{4}_(auto_\d|alter_.+_and_more$)")
# A migration has to mean in five years what it means today, so it leans on nothing that follows the models.
LIVELY = ("models", "actions", "views", "forms", "wagtail_hooks", "tasks", "notices")


@pytest.fixture
def migrations(db: None) -> dict[str, list[Migration]]:
    """Every migration of ours, by module, in the order of their numbers."""
    loader = MigrationLoader(connection)
    found: dict[str, list[Migration]] = {}
    for (label, name), migration in sorted(loader.disk_migrations.items()):
        if label in rows() and module_of(migration.__module__):
            found.setdefault(label, []).append(migration)
        assert name
    assert found
    return found


def test_every_module_with_models_has_migrations(migrations: dict[str, list[Migration]]) -> None:
    """A model without a table is found before it is deployed."""
    with_models = {model._meta.app_label for model in apps.get_models() if module_of(model.__module__)}
    assert set(migrations) == with_models


def test_migrations_are_named(migrations: dict[str, list[Migration]]) -> None:
    """A name says the one idea of it."""
    names = [f"{label}.{one.name}" for label, line in migrations.items() for one in line]
    bare = [name.partition(".")[2] for name in names]
    assert [name for name in bare if not NAMED.fullmatch(name) or UNNAMED.match(name)] == []


def test_migrations_stand_in_one_line(migrations: dict[str, list[Migration]]) -> None:
    """Numbers without gaps, each after the one before it, and the last one named in `max_migration.txt`."""
    for label, line in migrations.items():
        assert [one.name[:4] for one in line] == [f"{number:04}" for number in range(1, len(line) + 1)]
        for before, after in itertools.pairwise(line):
            assert (label, before.name) in after.dependencies
    assert check_max_migration_files() == []


def test_migrations_depend_on_what_is_below(migrations: dict[str, list[Migration]]) -> None:
    """A table exists before one of a higher module refers to it, never the other way round."""
    wrong = [
        f"{label}.{one.name} -> {other}"
        for label, line in migrations.items()
        for one in line
        for other, _ in one.dependencies
        if other in rows() and not may_use(label, other)
    ]
    assert wrong == []


def test_migrations_use_no_app_code() -> None:
    """They name our pure functions and fields (defaults, validators, blocks), never our models or what acts on them."""
    files = [file for file in python_files() if file.is_migration]
    assert files
    assert [f"{file.place} {name}" for file in files for name in _lively_imports(file)] == []


def _lively_imports(file: SourceFile) -> list[str]:
    names = [name for _, name in file.imports() if module_of(name)]
    return [name for name in names if set(LIVELY) & set(name.split("."))]


def test_the_models_have_no_change_without_a_migration(db: None) -> None:
    """`makemigrations --check` finds nothing to write."""
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())
