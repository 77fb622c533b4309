"""A backup file is looked through before it is trusted: it may come from anywhere."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from broadsheet.site.backup import back_up, restore
from broadsheet.site.mistakes import Mistake

Alter = Callable[[tarfile.TarFile], None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a database of one table, a picture and its settings."""
    folder = tmp_path / "home"
    (folder / "media" / "images").mkdir(parents=True)
    (folder / "media" / "images" / "quay.png").write_bytes(b"a picture")
    (folder / "broadsheet.env").write_text('BROADSHEET_PORT="8001"\n')
    with closing(sqlite3.connect(folder / "broadsheet.sqlite3")) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE line (text)")
        database.execute("INSERT INTO line VALUES ('kept')")
    monkeypatch.setenv("BROADSHEET_HOME", str(folder))
    for name in ("BROADSHEET_LANGUAGES", "BROADSHEET_ADDRESS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    target = tmp_path / "all.tar.gz"
    back_up(target, print)
    return target


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "serve.lock"
    }


def rewritten(file: Path, *, leave_out: str = "", change: Callable[[dict[str, object]], None] | None = None) -> None:
    """Write the archive anew, without a member, or with another manifest."""
    with tarfile.open(file) as archive:
        members = [(member, archive.extractfile(member)) for member in archive]
        contents = [(member, found.read() if found else b"") for member, found in members]
    with tarfile.open(file, "w:gz") as archive:
        for member, content in contents:
            if member.name == "manifest.json" and change:
                manifest = json.loads(content)
                change(manifest)
                content = json.dumps(manifest).encode()
                member.size = len(content)
            if member.name != leave_out:
                archive.addfile(member, io.BytesIO(content))


def with_member(file: Path, member: tarfile.TarInfo, content: bytes = b"evil") -> None:
    with tarfile.open(file) as archive:
        contents = [(one, archive.extractfile(one)) for one in archive]
        known = [(one, found.read() if found else b"") for one, found in contents]
    member.size = len(content) if member.isreg() else 0
    with tarfile.open(file, "w:gz") as archive:
        for one, content_of_one in [*known, (member, content)]:
            archive.addfile(one, io.BytesIO(content_of_one))


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def test_there_and_back(home: Path, file: Path) -> None:
    with closing(sqlite3.connect(home / "broadsheet.sqlite3")) as database, database:
        database.execute("INSERT INTO line VALUES ('lost')")
    (home / "media" / "images" / "quay.png").write_bytes(b"another picture")
    restore(file, print, replace=True)
    with closing(sqlite3.connect(home / "broadsheet.sqlite3")) as database:
        assert database.execute("SELECT text FROM line").fetchall() == [("kept",)]
    assert (home / "media" / "images" / "quay.png").read_bytes() == b"a picture"
    assert (home / "broadsheet.env").stat().st_mode & 0o777 == 0o600


def test_it_remembers_no_owner_and_no_link(home: Path, tmp_path: Path) -> None:
    os.symlink("/etc/hostname", home / "media" / "images" / "link.png")
    back_up(tmp_path / "all.tar.gz", print)
    with tarfile.open(tmp_path / "all.tar.gz") as archive:
        assert {(one.uid, one.gid, one.uname) for one in archive} == {(0, 0, "")}
        assert all(one.isreg() or one.isdir() for one in archive)
        assert archive.getnames()[:3] == ["manifest.json", "database.sqlite3", "broadsheet.env"]


def test_the_mark_of_a_demo_goes_along(home: Path, tmp_path: Path) -> None:
    (home / "this-is-a-demo").touch()
    back_up(tmp_path / "all.tar.gz", print)
    (home / "this-is-a-demo").unlink()
    restore(tmp_path / "all.tar.gz", print, replace=True)
    assert (home / "this-is-a-demo").exists()


@pytest.mark.parametrize(
    "evil",
    [
        member("../outside"),
        member("media/../../outside"),
        member("/tmp/outside"),  # noqa: S108 - a name in an archive
        member("media/link", tarfile.SYMTYPE, "/etc/passwd"),
        member("media/link", tarfile.LNKTYPE, "broadsheet.env"),
        member("media/device", tarfile.CHRTYPE),
        member("media/pipe", tarfile.FIFOTYPE),
        member("serve.lock"),
        member("broadsheet.sqlite3"),
        member("static/evil.js"),
        member("mediaeval/evil.png"),
    ],
    ids=lambda one: f"{one.name} {one.type.decode()}",
)
def test_a_strange_member_changes_nothing(home: Path, file: Path, evil: tarfile.TarInfo, tmp_path: Path) -> None:
    with_member(file, evil)
    before = everything_in(tmp_path)
    with pytest.raises(Mistake, match="damaged or no backup"):
        restore(file, print, replace=True)
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("name", ["manifest.json", "database.sqlite3"])
def test_a_missing_part_is_named(file: Path, name: str) -> None:
    rewritten(file, leave_out=name)
    with pytest.raises(Mistake, match=name.replace(".", r"\.")):
        restore(file, print, replace=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda manifest: manifest.update(sha256="0" * 64), "not the one it was made with"),
        (lambda manifest: manifest.update(format=2, version="9.9"), "later version"),
        (lambda manifest: manifest.update(database="broadsheet.env"), "damaged"),
        (lambda manifest: manifest.update(database="../../etc/passwd"), "damaged"),
        (lambda manifest: manifest.update(database=7), "damaged"),
        (lambda manifest: manifest.clear(), "damaged"),
    ],
)
def test_a_strange_manifest_is_refused(
    home: Path, file: Path, change: Callable[[dict[str, object]], None], words: str
) -> None:
    rewritten(file, change=change)
    before = everything_in(home)
    with pytest.raises(Mistake, match=words):
        restore(file, print, replace=True)
    assert everything_in(home) == before


def test_a_backup_of_the_other_database_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://h/name")
    with pytest.raises(Mistake, match="unset DATABASE_URL"):
        restore(file, print, replace=True)


@pytest.mark.parametrize("target", ["home/media/all.tar.gz", "home/media/images/all.tar.gz", "none/all.tar.gz"])
def test_where_it_cannot_go(tmp_path: Path, target: str) -> None:
    with pytest.raises(Mistake, match="folder"):
        back_up(tmp_path / target, print)


def test_a_damaged_database_is_not_backed_up(home: Path, tmp_path: Path) -> None:
    path = home / "broadsheet.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO line VALUES (?)", [("x" * 3000,) for _ in range(50)])
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096 * 10 : 4096 * 12] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(Mistake, match="damaged"):
        back_up(tmp_path / "all.tar.gz", print)
    assert not (tmp_path / "all.tar.gz").exists()


def test_what_killed_attempts_left_is_swept_a_day_later(home: Path, tmp_path: Path) -> None:
    old, new = home / ".backup-old", home / ".backup-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    back_up(tmp_path / "all.tar.gz", print)
    assert not old.exists()
    assert new.exists()


def test_without_the_programs_of_postgresql_it_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ed:s3cr3t@h/name")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Mistake) as refused:
        back_up(tmp_path / "all.tar.gz", print)
    assert "pg_dump --format=custom" in str(refused.value)
    assert "s3cr3t" not in str(refused.value)
