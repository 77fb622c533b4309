"""What every test starts from: a migrated database of its own, an empty cache, the cast, an article to talk about."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import hypothesis
import pytest
from django.core.cache import cache
from django.test import TransactionTestCase
from django.utils import timezone, translation
from pytest_django.plugin import DjangoDbBlocker

from tests.databases import DatabaseOfTests, migrated_cluster
from tests.postgres import PostgresServer
from tests.waiting import left_of_day

pytest_plugins = ["tests.cast"]

# `make test` looks at few examples and always the same, so that it fails on what changed; `make soak` looks further.
hypothesis.settings.register_profile("short", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.register_profile("soak", max_examples=5_000, deadline=None)
hypothesis.settings.load_profile("short")

_server: list[PostgresServer] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one choose the database; tests/settings.py reads the choice, because it is needed before options are."""
    parser.addoption("--database", choices=["sqlite", "postgres"], help="which database the tests run on (sqlite)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a choice that came too late to count."""
    if config.getoption("--database") not in (None, os.environ["TEST_DATABASE"]):
        raise pytest.UsageError("give --database on the command line itself")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the server that all workers share, before they start."""
    is_worker = hasattr(session.config, "workerinput")
    if os.environ["TEST_DATABASE"] == "postgres" and not is_worker and not session.config.getoption("--collect-only"):
        server = PostgresServer()
        archive = migrated_cluster(server)
        _server.append(server)
        server.start(archive)


def pytest_unconfigure() -> None:
    """Stop the server, however the run ended."""
    for server in _server:
        server.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin no test that a day would end in: "today" would be two days to it. What happens then sets its own clock."""
    longest = 120.0 if "journeys" in item.path.parts else 5.0  # seconds
    left = left_of_day(datetime.now(UTC))
    if left < longest:
        time.sleep(left + 0.1)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Put a copy of the migrated template behind Django's connection (in place of migrating an empty one)."""
    database = DatabaseOfTests()
    with pytest.MonkeyPatch.context() as patch:
        # Django would empty every table after a test that commits, and Wagtail's root page with them.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: database.renew())
        with django_db_blocker.unblock():
            database.renew()
        yield
    with django_db_blocker.unblock():
        database.remove()


@pytest.fixture(autouse=True)
def _clean_process() -> Iterator[None]:
    """Leave no language, time zone or cached row to the next test."""
    cache.clear()
    with translation.override("en"):
        yield
    timezone.deactivate()
