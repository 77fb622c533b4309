"""`/healthz`: well or not, why, and nothing that is nobody's business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from broadsheet.site import health
from broadsheet.site.models import Heartbeat, TimetableEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_started", health.time.monotonic() - 3600)


def hear_of(*, worker: timedelta, timetable: timedelta) -> None:
    Heartbeat.objects.create(name="worker", beat_at=timezone.now() - worker)
    TimetableEntry.objects.create(name="any", finished_at=timezone.now() - timetable)


LATELY, LONG_AGO = timedelta(minutes=1), timedelta(minutes=6)


def test_well(stan: Client, long_running: None) -> None:
    hear_of(worker=LATELY, timetable=LATELY)
    answer = stan.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "problems": [], "seconds_since": {"worker": 60, "timetable": 60}}
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


@pytest.mark.parametrize(
    ("worker", "timetable", "silent"), [(LONG_AGO, LATELY, "worker"), (LATELY, LONG_AGO, "timetable")]
)
def test_a_silent_process(
    stan: Client, long_running: None, worker: timedelta, timetable: timedelta, silent: str
) -> None:
    hear_of(worker=worker, timetable=timetable)
    answer = stan.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [f"{silent} was last heard of 360 seconds ago"]


def test_never_heard_of(stan: Client, long_running: None) -> None:
    answer = stan.get("/healthz")
    assert answer.status_code == 503
    assert len(answer.json()["problems"]) == 2


def test_after_a_start_the_processes_are_given_time(stan: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_started", health.time.monotonic())
    hear_of(worker=timedelta(days=1), timetable=timedelta(days=1))
    assert stan.get("/healthz").status_code == 200


@pytest.fixture
def no_database() -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise OperationalError("connection to server at 192.0.2.7 failed: password of user broadsheet")

    with connection.execute_wrapper(refuse):
        yield


def test_no_database(stan: Client, no_database: None) -> None:
    answer = stan.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["the database does not answer"]
    assert "192.0.2.7" not in answer.content.decode()


def test_only_looking(stan: Client) -> None:
    assert stan.post("/healthz").status_code in (403, 405)
