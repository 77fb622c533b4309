"""Idempotency keys: one submission, one answer, however often and however fast it is sent."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.accounts.models import Profile
from broadsheet.gate.keys import Answer, Key, answer_once, forget_old_keys
from broadsheet.gate.models import AnsweredKey

KEY = Key.of("test:1", "a form's own key", "Hello")


def write_a_name(name: str = "Gus") -> str:
    """Write something whose rows can be counted."""
    return Profile.objects.create(name=name).public_id


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_and_writes_nothing() -> None:
    first, second = (answer_once(KEY, write_a_name) for _ in range(2))
    assert (first.is_repeat, second.is_repeat) == (False, True)
    assert first.reference == second.reference
    assert Profile.objects.count() == 1


@pytest.mark.django_db
def test_another_scope_is_another_submission() -> None:
    assert not answer_once(KEY, write_a_name).is_repeat
    assert not answer_once(Key("test:2", KEY.digest), write_a_name).is_repeat


@pytest.mark.django_db
def test_a_write_that_fails_leaves_no_trace() -> None:
    def fail() -> str:
        write_a_name()
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        answer_once(KEY, fail)
    assert (Profile.objects.count(), AnsweredKey.objects.count()) == (0, 0)
    assert not answer_once(KEY, write_a_name).is_repeat


@pytest.mark.django_db
def test_a_constraint_that_the_write_itself_breaks_is_its_own_error() -> None:
    taken = Profile.objects.create(name="Gus").public_id
    with pytest.raises(IntegrityError):
        answer_once(KEY, lambda: Profile.objects.create(name="Gus", public_id=taken).public_id)
    assert not AnsweredKey.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("senders", [2, 100])
def test_of_many_at_once_one_writes_and_all_get_its_answer(senders: int) -> None:
    ready = threading.Barrier(senders)

    def send() -> Answer:
        try:
            ready.wait(30)
            return answer_once(KEY, write_a_name)
        finally:
            connection.close()

    with ThreadPoolExecutor(senders) as threads:
        answers = [sent.result(60) for sent in [threads.submit(send) for _ in range(senders)]]
    assert Counter(answer.is_repeat for answer in answers) == {False: 1, True: senders - 1}
    assert {answer.reference for answer in answers} == {Profile.objects.get().public_id}


@pytest.mark.django_db(transaction=True)
def test_when_the_first_fails_the_second_is_a_first() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def change_ones_mind() -> str:
        inside.set()
        go_on.wait(10)
        raise RuntimeError("changed my mind")

    def send(write: Callable[[], str]) -> Answer:
        try:
            return answer_once(KEY, write)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(send, change_ones_mind)
        assert inside.wait(10)
        second = threads.submit(send, write_a_name)
        go_on.set()
        with pytest.raises(RuntimeError):
            first.result(20)
        assert second.result(20) == Answer(Profile.objects.get().public_id, is_repeat=False)


@pytest.mark.django_db
def test_keys_are_forgotten_after_a_day() -> None:
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    for hours in (1, 23, 25, 200):
        AnsweredKey.objects.create(scope="test", digest=str(hours), created_at=now - timedelta(hours=hours))
    assert forget_old_keys(now) == 2
    assert set(AnsweredKey.objects.values_list("digest", flat=True)) == {"1", "23"}


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_keys_are_equal_only_when_all_parts_are(parts: list[str], others: list[str]) -> None:
    assert (Key.of("test", *parts) == Key.of("test", *others)) == (parts == others)


def test_a_key_can_be_made_of_what_no_database_takes() -> None:
    assert Key.of("test", "\0\ud800") != Key.of("test", "\0\ud801")
