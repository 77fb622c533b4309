"""Announcing: the world hears of a change with its commit, of nothing that was rolled back, and of every one."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from broadsheet.delivery.announce import announce, versions_of
from broadsheet.delivery.models import Topic

TOPIC = "article:12"


@pytest.mark.django_db
def test_every_announcement_raises_the_version() -> None:
    assert versions_of([TOPIC]) == {TOPIC: 0}
    for version in (1, 2, 3):
        announce(TOPIC, "published")
        assert versions_of([TOPIC]) == {TOPIC: version}


@pytest.mark.django_db
def test_topics_are_counted_apart_and_say_what_changed() -> None:
    announce(TOPIC, "published")
    announce("thread:7", "comment-posted")
    announce("thread:7", "comment-removed")
    assert versions_of([TOPIC, "thread:7", "thread:8"]) == {TOPIC: 1, "thread:7": 2, "thread:8": 0}
    assert Topic.objects.get(name="thread:7").change == "comment-removed"


@pytest.mark.django_db
def test_all_versions_are_read_at_once(django_assert_num_queries: object) -> None:
    announce(TOPIC, "published")
    with django_assert_num_queries(1):  # type: ignore[operator]
        versions_of([TOPIC, *(f"thread:{number}" for number in range(50))])


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_before_the_commit_and_everybody_after() -> None:
    def heard_elsewhere() -> dict[str, int]:
        with ThreadPoolExecutor(1) as other:
            return other.submit(_read_and_leave).result(20)

    with transaction.atomic():
        announce(TOPIC, "published")
        assert heard_elsewhere() == {TOPIC: 0}
    assert heard_elsewhere() == {TOPIC: 1}


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_announced() -> None:
    announce(TOPIC, "published")

    def fail() -> None:
        with transaction.atomic():
            announce(TOPIC, "published")
            raise RuntimeError("the picture is missing")

    with pytest.raises(RuntimeError):
        fail()
    assert versions_of([TOPIC]) == {TOPIC: 1}


@pytest.mark.django_db(transaction=True)
def test_no_announcement_of_many_at_once_is_lost() -> None:
    speakers, each = 16, 10
    ready = threading.Barrier(speakers)

    def speak() -> None:
        try:
            ready.wait(30)
            for _ in range(each):
                with transaction.atomic():
                    announce(TOPIC, "comment-posted")
        finally:
            connection.close()

    with ThreadPoolExecutor(speakers) as threads:
        for spoken in [threads.submit(speak) for _ in range(speakers)]:
            spoken.result(60)
    assert versions_of([TOPIC]) == {TOPIC: speakers * each}


def _read_and_leave() -> dict[str, int]:
    try:
        return versions_of([TOPIC])
    finally:
        connection.close()
