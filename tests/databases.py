"""Databases for tests: migrated once for each state of the code, then copied for a run, a worker, a test that commits.

What is migrated is kept under `build/`: for SQLite the file, for PostgreSQL an archive of a stopped cluster with the
database in it. Its name is a digest of all that went into it, so it is never out of date; it is moved there when it is
complete, so a killed build leaves nothing that looks like one.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.db import connections

from tests import places, postgres

CACHE = places.ROOT / "build" / "test-databases"
KEPT = 3  # templates of each kind: going back and forth between branches stays quick


def template_key() -> str:
    """Return a digest of what decides how a migrated database looks: migrations, packages, settings and apps."""
    digest = hashlib.sha256()
    files = [path for app in apps.get_app_configs() for path in Path(app.path, "migrations").glob("*.py")]
    ours = places.ROOT / "src" / "broadsheet"
    files += [*ours.glob("*/apps.py"), *ours.glob("site/settings.py"), *ours.glob("site/environment.py")]
    files += [path for path in ours.rglob("*.py") if b"post_migrate" in path.read_bytes()]
    files += [Path(__file__), Path(__file__).with_name("settings.py")]
    for path in sorted(set(files)):
        digest.update(path.read_bytes())
    for package in sorted(f"{one.name} {one.version}" for one in importlib.metadata.distributions()):
        digest.update(package.encode())
    digest.update(sys.version.encode())
    return digest.hexdigest()[:24]


def kept(name: str, build: Callable[[Path], None]) -> Path:
    """Return the kept file `name`; when there is none, `build` writes it, of several who ask at once only one."""
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / name
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            part = CACHE / "unfinished"
            build(part)
            part.replace(path)
            _forget_the_oldest(path.suffix)
        os.utime(path)
    return path


def _forget_the_oldest(suffix: str) -> None:
    by_age = sorted(CACHE.glob(f"*{suffix}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[KEPT:]:
        path.unlink()


def migrate(name: str) -> None:
    """Run all migrations on the database `name`, in a process of their own: they need half a minute and much memory."""
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--settings=tests.settings", "--skip-checks", "--verbosity=0"],
        env={**os.environ, "TEST_DATABASE_NAME": name, "PYTHONPATH": os.pathsep.join(["src", "."])},
        cwd=places.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the migrations fail:\n{done.stdout}{done.stderr}")


class SQLiteCopies:
    """Databases of this process, each a copy of the migrated file."""

    def __init__(self) -> None:
        self.template = kept(f"{template_key()}.sqlite3", _build_sqlite)
        self.numbers = itertools.count()

    def fresh(self) -> str:
        """Return the name of a database as the migrations leave it."""
        path = places.run_folder() / f"{os.getpid()}-{next(self.numbers)}.sqlite3"
        shutil.copyfile(self.template, path)
        return str(path)

    def drop(self, name: str) -> None:
        """Remove a database and what lies beside it."""
        for path in Path(name).parent.glob(f"{Path(name).name}*"):
            path.unlink(missing_ok=True)


def _build_sqlite(target: Path) -> None:
    work = places.run_folder() / "template.sqlite3"
    work.unlink(missing_ok=True)
    migrate(str(work))
    shutil.copyfile(work, target)


def migrated_cluster(server: postgres.PostgresServer) -> Path:
    """Return the archive of a stopped cluster that holds the migrated template, for `server` to start with."""
    return kept(f"{template_key()}-{server.version()}.tar", lambda target: server.make(target, migrate))


class PostgresCopies:
    """Databases of this process on the run's server (tests/postgres.py), each cloned from the migrated one."""

    def __init__(self) -> None:
        self.numbers = itertools.count()

    def fresh(self) -> str:
        """Return the name of a database as the migrations leave it."""
        name = f"test_{os.getpid()}_{next(self.numbers)}"
        with postgres.administration() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres.TEMPLATE}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with postgres.administration() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copies() -> SQLiteCopies | PostgresCopies:
    """Return where this process gets its databases from."""
    return PostgresCopies() if os.environ["TEST_DATABASE"] == "postgres" else SQLiteCopies()


class DatabaseOfTests:
    """The database behind Django's connection: a copy of the template, replaced after a test that committed."""

    def __init__(self) -> None:
        self.copies = copies()
        self.nobodys = str(connections["default"].settings_dict["NAME"])
        self.name = ""

    def renew(self) -> None:
        """Point Django at a fresh copy and drop the one before."""
        before = self.name
        self.name = self.copies.fresh()
        self._connect_to(self.name)
        if before:
            self.copies.drop(before)

    def remove(self) -> None:
        """Drop the copy; nothing is connected to afterwards."""
        self._connect_to(self.nobodys)
        self.copies.drop(self.name)

    def _connect_to(self, name: str) -> None:
        connection = connections["default"]
        connection.close()
        connection.settings_dict["NAME"] = name
        del connections["default"]
