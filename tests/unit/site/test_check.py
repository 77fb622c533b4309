"""`broadsheet check` names what is wrong, goes on, and says so with its exit code."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import Page

from broadsheet.publication.models import FrontPage, Picture
from broadsheet.site.check import EXAMINATIONS, Examination, examine, last_runs
from broadsheet.site.home import having_in_hand
from broadsheet.site.models import Heartbeat, TimetableEntry
from broadsheet.site.tasks import beat

pytestmark = pytest.mark.django_db


def findings(name: str) -> list[str]:
    (examination,) = (one for one in EXAMINATIONS if one.name == name)
    return list(examination.look())


def test_a_publication_that_is_well(publication: FrontPage) -> None:
    said: list[str] = []
    well = [one for one in EXAMINATIONS if one.name != "configuration"]  # which is the tests' own here
    assert examine(said.append, well), said
    assert said == [f"ok    {one.name}" for one in well]


def test_one_that_cannot_be_made_is_a_finding_and_stops_no_other() -> None:
    said: list[str] = []
    broken = Examination("breakage", lambda: [str(1 // 0)])
    assert not examine(said.append, [broken, Examination("the rest", list)])
    assert said == [
        "wrong breakage",
        "        could not be looked at: ZeroDivisionError: integer division or modulo by zero",
        "ok    the rest",
    ]


def test_a_page_tree_out_of_joint(publication: FrontPage) -> None:
    Page.objects.filter(pk=publication.pk).update(numchild=9)
    assert findings("page tree") == [f"wrong child counts of pages {publication.pk}: broadsheet manage fixtree"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL refuses such a row")
def test_a_row_that_names_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("INSERT INTO taggit_taggeditem (object_id, content_type_id, tag_id) VALUES (1, 99999, 99999)")
        try:
            assert any("taggit_taggeditem" in finding for finding in findings("database"))
        finally:
            cursor.execute("DELETE FROM taggit_taggeditem")


def test_a_picture_without_its_file(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    Picture.objects.bulk_create([Picture(title="Quay", file="original_images/quay.png", width=1, height=1)])
    (finding,) = findings("pictures")
    assert finding.endswith("(Quay) is gone: original_images/quay.png")


def test_a_task_whose_worker_was_killed() -> None:
    beat.enqueue()
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=59))
    assert findings("background tasks") == []
    DBTaskResult.objects.update(started_at=timezone.now() - timedelta(minutes=61))
    assert "broadsheet.site.tasks.beat" in findings("background tasks")[0]


def test_tasks_that_wait_count_only_while_serving(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    beat.enqueue()
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=11))
    assert findings("background tasks") == []
    with having_in_hand(tmp_path):
        assert findings("background tasks") == ["1 background tasks have been waiting for more than 10 minutes"]


def test_a_silent_process_counts_only_while_serving(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    Heartbeat.objects.create(name="worker", beat_at=timezone.now() - timedelta(minutes=20))
    assert findings("processes") == []
    with having_in_hand(tmp_path):
        assert findings("processes") == ["the worker was last heard of 20 minutes ago"]


def test_a_job_that_failed() -> None:
    TimetableEntry.objects.create(
        name="publish-scheduled", finished_at=timezone.now(), outcome="failed", detail="ValueError: no"
    )
    assert findings("timetable")[0].endswith("ValueError: no")
    assert any(line.startswith("publish-scheduled") and line.endswith("failed") for line in last_runs())
    assert any(line.startswith("forget-old-keys") and line.endswith("never") for line in last_runs())


def test_a_settings_file_that_others_read(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    (tmp_path / "broadsheet.env").touch(0o600)
    assert findings("settings file") == []
    (tmp_path / "broadsheet.env").chmod(0o640)
    assert "chmod 600" in findings("settings file")[0]
