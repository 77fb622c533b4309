"""One file that holds a whole publication: made while it serves, looked through before it replaces anything."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import broadsheet
from broadsheet.site.environment import SETTINGS_FILE, home_of, read_settings
from broadsheet.site.home import DATABASE_FILE, DEMO_MARK, MEDIA_FOLDER, having_in_hand
from broadsheet.site.mistakes import Mistake

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRES = "database.sqlite3", "database.pgdump"
BESIDE = (SETTINGS_FILE, DEMO_MARK)  # files of the home that belong to it, where they exist
WORK_PREFIX = ".backup-"
CHUNK = 1024 * 1024
DAY = 24 * 3600

Say = Callable[[str], object]


def back_up(target: Path, say: Say, *, replace: bool = False) -> None:
    """Write database, uploads and settings into the file `target`, readable by its owner only, whole or not at all.

    The database comes first, as it is at one moment; uploads are only ever added, so those it names are there after.
    Raises Mistake, naming what to do, when something is in the way.
    """
    home, database_url = home_of(), read_settings()["DATABASE_URL"]
    if target.exists() and not replace:
        raise Mistake(f"{target} exists. Give another name, or --replace.")
    if not target.absolute().parent.is_dir():
        raise Mistake(f"There is no folder {target.absolute().parent}.")
    if target.resolve().is_relative_to((home / MEDIA_FOLDER).resolve()):
        raise Mistake(f"{target} is among the uploads, which the backup holds. Give another folder.")
    if not home.is_dir():
        raise Mistake(f"There is no publication in {home}. Set BROADSHEET_HOME to where it is.")
    _sweep(home)
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=home) as work:
        say("Copying the database ...")
        database = _dump(database_url, home, Path(work))
        say("Packing ...")
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            _pack(draft, database, home)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    say(
        f"{target}: {target.stat().st_size / 1e6:.1f} MB. It holds the secret key and people's addresses: keep it safe."
    )


def restore(source: Path, say: Say, *, replace: bool = False) -> None:
    """Put what `source` holds into the home, after reading all of it; what stood there is moved aside.

    Raises Mistake, with nothing changed, for a damaged or strange file, a home in use, and, without `replace`, one that
    holds a publication.
    """
    home = home_of()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with having_in_hand(home), tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=home) as work:
        if not replace and ((home / DATABASE_FILE).exists() or (home / SETTINGS_FILE).exists()):
            raise Mistake(f"{home} holds a publication. Give --replace to move it aside, or set BROADSHEET_HOME.")
        say(f"Looking through {source} ...")
        manifest = _unpack(source, Path(work))
        database_url = _database_url_of(Path(work), manifest)
        aside = home / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        if database_url:
            _run_for_postgres(_pg_restore(Path(work) / POSTGRES), database_url)
        _swap(home, Path(work), aside)
    if aside.exists():
        say(f"What was there before is in {aside}; delete it when all is well.")
    say(f"Restored the publication as it was on {manifest['made_at']}.")
    if manifest["version"] != broadsheet.__version__:
        say(f"It was made by version {manifest['version']}: run `broadsheet manage migrate` before `broadsheet serve`.")


def _sweep(home: Path) -> None:
    """Remove what backups and restores that were killed left behind, a day later: until then they might be at work."""
    for left in home.glob(f"{WORK_PREFIX}*"):
        if time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)


def _dump(database_url: str, home: Path, work: Path) -> Path:
    if database_url:
        _run_for_postgres(["pg_dump", "--format=custom", f"--file={work / POSTGRES}"], database_url)
        return work / POSTGRES
    if not (home / DATABASE_FILE).is_file():
        raise Mistake(f"There is no database in {home}. Set BROADSHEET_HOME to where the publication is.")
    try:
        _copy_sqlite(home / DATABASE_FILE, work / SQLITE)
    except sqlite3.DatabaseError as error:
        raise Mistake(f"The database is damaged ({error}): keep the last good backup.") from None
    return work / SQLITE


def _copy_sqlite(original: Path, copy: Path) -> None:
    """Copy a database as it is at one moment, and look through the copy. Raises sqlite3.DatabaseError for a damage."""
    with (
        closing(sqlite3.connect(f"{original.as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)  # in one step, which reads one state; in WAL mode nobody waits for it, nor it for anybody
        target.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        if (verdict := target.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(verdict)


def _pack(draft: Path, database: Path, home: Path) -> None:
    manifest = {
        "format": FORMAT,
        "version": broadsheet.__version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": database.name,
        "sha256": _digest(database),
    }
    (database.parent / MANIFEST).write_text(json.dumps(manifest, indent=2))
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            archive.add(database.parent / MANIFEST, MANIFEST, filter=_plain)
            archive.add(database, database.name, filter=_plain)
            for name in BESIDE:
                if (home / name).is_file():
                    archive.add(home / name, name, filter=_plain)
            for path in sorted((home / MEDIA_FOLDER).rglob("*")):
                with suppress(FileNotFoundError):  # a picture that an editor deletes meanwhile
                    archive.add(path, path.relative_to(home), recursive=False, filter=_plain)
        file.flush()
        os.fsync(file.fileno())


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Keep files and folders, without who owned them on this machine."""
    if not (member.isreg() or member.isdir()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _unpack(source: Path, work: Path) -> dict[str, Any]:
    """Unpack all of `source` into `work` and return its manifest. Raises Mistake unless it is whole and only ours."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                _refuse_strange(member)
                _write(archive, member, work)
        manifest: dict[str, Any] = json.loads((work / MANIFEST).read_text())
        if manifest["format"] != FORMAT:
            raise Mistake(f"{source} was made by a later version ({manifest['version']}). Upgrade first.")
        if manifest["database"] not in (SQLITE, POSTGRES) or _digest(work / manifest["database"]) != manifest["sha256"]:
            raise Mistake(f"{source} is damaged: its database is not the one it was made with.")
    except FileNotFoundError as error:
        missing = source if not source.exists() else f"{Path(error.filename).name} in {source}: it is no backup"
        raise Mistake(f"There is no {missing}.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise Mistake(f"{source} is damaged or no backup of Broadsheet ({error}).") from None
    return manifest


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, work: Path) -> None:
    """Write one file or folder below `work`, and nothing of it but its bytes: no owner, no rights, no link.

    `TarFile.extract` can be told so only since Python 3.11.4, and Debian 12 has 3.11.2.
    """
    target = work / member.name
    folder = target if member.isdir() else target.parent
    folder.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(member)
    if content is not None:
        with content, target.open("xb") as file:
            shutil.copyfileobj(content, file)


def _refuse_strange(member: tarfile.TarInfo) -> None:
    first = PurePosixPath(member.name).parts[:1]
    is_ours = member.name in (MANIFEST, SQLITE, POSTGRES, *BESIDE) or first == (MEDIA_FOLDER,)
    if not is_ours or ".." in PurePosixPath(member.name).parts or not (member.isreg() or member.isdir()):
        raise ValueError(f"it holds {member.name!r}")


def _database_url_of(work: Path, manifest: dict[str, Any]) -> str:
    """Return where a dump of PostgreSQL goes: where the restored settings or the environment say."""
    url: str = read_settings({**os.environ, "BROADSHEET_HOME": str(work)})["DATABASE_URL"]
    if bool(url) != (manifest["database"] == POSTGRES):
        raise Mistake(
            "The backup holds a PostgreSQL database: set DATABASE_URL to an empty one."
            if not url
            else "The backup holds an SQLite database: unset DATABASE_URL."
        )
    return url


def _swap(home: Path, work: Path, aside: Path) -> None:
    """Move what stands in the home aside, and what was unpacked into its place."""
    old = [*BESIDE, MEDIA_FOLDER, DATABASE_FILE, f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"]
    for name in old:
        if (home / name).exists():
            aside.mkdir(exist_ok=True, mode=0o700)
            (home / name).rename(aside / name)
    for name in (*BESIDE, MEDIA_FOLDER):
        if (work / name).exists():
            (work / name).rename(home / name)
    if (work / SQLITE).exists():
        (work / SQLITE).rename(home / DATABASE_FILE)
    for name in (SETTINGS_FILE, DATABASE_FILE):
        if (home / name).exists():
            (home / name).chmod(0o600)


def _pg_restore(dump: Path) -> list[str]:
    return ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname=", str(dump)]


def _run_for_postgres(command: list[str], database_url: str) -> None:
    """Run a program of PostgreSQL on the database. Raises Mistake with its words, or with how to do it by hand."""
    if shutil.which(command[0]) is None:
        raise Mistake(
            f"{command[0]} is not installed. Install PostgreSQL's client programs (postgresql-client),"
            f" or run where they are, with PGHOST, PGUSER and PGDATABASE set:\n    {' '.join(command)}"
        )
    environment = _environment_naming(database_url)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Mistake(f"{command[0]} failed:\n{done.stderr.strip()}")


def _environment_naming(database_url: str) -> dict[str, str]:
    """Return an environment that names the database: a command line would show the password to every user."""
    parts = urlsplit(database_url)
    named = {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(parts.port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
        "PGSSLMODE": "".join(parse_qs(parts.query).get("sslmode", [])),
    }
    return {**os.environ, **{name: value for name, value in named.items() if value}}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
