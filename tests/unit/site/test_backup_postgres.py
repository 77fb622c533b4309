"""Backup and restore of a publication whose database is PostgreSQL."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, connections

from broadsheet.accounts.models import Profile
from broadsheet.site.backup import back_up, restore
from broadsheet.site.mistakes import Mistake

pytestmark = [
    pytest.mark.skipif(os.environ["TEST_DATABASE"] != "postgres", reason="needs the tests' PostgreSQL server"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    named = connection.settings_dict
    user, password = quote(str(named["USER"])), quote(str(named["PASSWORD"]))
    (folder / "broadsheet.env").write_text(
        f'DATABASE_URL="postgres://{user}:{password}@{named["HOST"]}:{named["PORT"]}/{named["NAME"]}"\n'
    )
    monkeypatch.setenv("BROADSHEET_HOME", str(folder))
    return folder


def test_there_and_back(home: Path, tmp_path: Path) -> None:
    Profile.objects.create(name="Gus")
    back_up(tmp_path / "all.tar.gz", print)
    with tarfile.open(tmp_path / "all.tar.gz") as archive:
        assert archive.getnames() == ["manifest.json", "database.pgdump", "broadsheet.env"]
    Profile.objects.create(name="Stan")
    connections.close_all()
    restore(tmp_path / "all.tar.gz", print, replace=True)
    assert [profile.name for profile in Profile.objects.all()] == ["Gus"]


def test_what_the_program_says_is_passed_on(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://nobody:s3cr3t@127.0.0.1:9/none")
    with pytest.raises(Mistake, match="pg_dump failed") as refused:
        back_up(tmp_path / "all.tar.gz", print)
    assert "s3cr3t" not in str(refused.value)
    assert not (tmp_path / "all.tar.gz").exists()
