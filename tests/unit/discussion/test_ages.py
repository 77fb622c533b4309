"""Discussions close so many days after their article was first published, and open again when the rule changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry, Site

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import (
    ages,
    close_thread,
    follow_age_rule,
    leave_thread_to_age,
    open_thread_again,
)
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import DiscussionSettings, Thread
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.unit.discussion.conftest import Say, post, read

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def rule(article: ArticlePage) -> DiscussionSettings:
    """Discussions close after fourteen days."""
    return set_rule(article, 14)


def set_rule(article: ArticlePage, days: int) -> DiscussionSettings:
    """Let the newsroom say after how many days discussions close."""
    return DiscussionSettings.objects.update_or_create(site=article.get_site(), defaults={"close_after_days": days})[0]


def aged(article: ArticlePage, days: float) -> ArticlePage:
    """Let an article have been published so many days ago."""
    ArticlePage.objects.filter(pk=article.pk).update(first_published_at=NOW - days * DAY)
    return article


def state(article: ArticlePage) -> tuple[bool, int] | None:
    """Whether its thread is closed, and after how many days by its age; None where there is none."""
    return (
        Thread.objects.filter(translation_key=article.translation_key)
        .values_list("is_closed", "closed_after_days")
        .first()
    )


def run(now: datetime = NOW) -> list[tuple[str, int]]:
    """Let the timetable's job run; return what it logged."""
    before = ModelLogEntry.objects.count()
    follow_age_rule(now)
    entries = ModelLogEntry.objects.order_by("pk")[before:]
    assert {entry.user for entry in entries} <= {None}
    return [(entry.action, entry.data["days"]) for entry in entries]


@pytest.mark.usefixtures("rule")
class TestComingOfAge:
    def test_closes_to_the_minute_and_once(self, article: ArticlePage, thread: Thread, say: Say, stan: Client) -> None:
        say()
        aged(article, 14)
        before = versions_of([thread.topic])[thread.topic]
        assert run(NOW - timedelta(seconds=1)) == []
        assert run() == [("broadsheet.close_old_thread", 14)]
        assert run() == []
        assert state(article) == (True, 14)
        assert versions_of([thread.topic])[thread.topic] == before + 1
        assert "This discussion is closed." in read(stan, article.url).words()
        assert post(stan, thread.write_url, body="Too late?").status == 403

    def test_closes_where_nobody_has_written(self, article: ArticlePage, here: str, stan: Client) -> None:
        aged(article, 15)
        assert not Thread.objects.exists()
        run()
        assert state(article) == (True, 14)
        assert post(stan, here, body="The first?").status == 403

    def test_counts_from_the_earliest_version_that_is_live(self, article: ArticlePage, publication: FrontPage) -> None:
        front = FrontPage.objects.get(locale__language_code="nb")
        version = aged(factories.translate(article, factories.make_section(front, "Havna"), "Fergen"), 20)
        aged(article, 3)
        version.unpublish()
        assert run() == []
        ArticlePage.objects.get(pk=version.pk).get_latest_revision().publish()
        aged(version, 20)
        assert run() == [("broadsheet.close_old_thread", 14)]
        assert Thread.objects.get().translation_key == article.translation_key

    def test_leaves_drafts_and_aliases_alone(self, article: ArticlePage, section: Section) -> None:
        alias = article.create_alias(parent=section, update_slug="again")
        ArticlePage.objects.filter(pk=alias.pk).update(first_published_at=NOW - 99 * DAY)
        draft = factories.make_article(section, "A draft", publish=False)
        ArticlePage.objects.filter(pk=draft.pk).update(first_published_at=NOW - 99 * DAY)
        assert run() == []
        assert not Thread.objects.exists()

    def test_leaves_what_a_moderator_opened_again(self, article: ArticlePage, thread: Thread, mo: User) -> None:
        aged(article, 30)
        run()
        open_thread_again(thread, by=mo)
        assert run() == []
        assert state(article) == (False, 0)
        leave_thread_to_age(thread, by=mo)
        assert run() == [("broadsheet.close_old_thread", 14)]

    def test_leaves_what_a_moderator_closed(self, article: ArticlePage, thread: Thread, mo: User) -> None:
        close_thread(thread, by=mo)
        aged(article, 30)
        assert run() == []
        assert state(article) == (True, 0)


class TestAnotherRule:
    def test_lower_closes_more(self, article: ArticlePage, section: Section) -> None:
        older, younger = aged(article, 10), aged(factories.make_article(section, "Younger"), 4)
        set_rule(article, 14)
        assert run() == []
        set_rule(article, 7)
        assert run() == [("broadsheet.close_old_thread", 7)]
        assert (state(older), state(younger)) == ((True, 7), None)

    def test_higher_opens_what_it_would_not_have_closed(
        self, article: ArticlePage, section: Section, thread: Thread
    ) -> None:
        young, old = aged(article, 10), aged(factories.make_article(section, "Older"), 40)
        set_rule(article, 7)
        assert len(run()) == 2
        before = versions_of([thread.topic])[thread.topic]
        set_rule(article, 30)
        assert run() == [("broadsheet.open_young_thread", 30)]
        assert run() == []
        assert (state(young), state(old)) == ((False, 0), (True, 30))
        assert versions_of([thread.topic])[thread.topic] == before + 1
        assert run(NOW + 20 * DAY) == [("broadsheet.close_old_thread", 30)]
        assert list(broken_promises()) == []

    def test_none_opens_all_that_age_closed_and_nothing_else(
        self, article: ArticlePage, section: Section, mo: User, thread: Thread
    ) -> None:
        by_age, by_hand = aged(article, 40), aged(factories.make_article(section, "By hand"), 40)
        close_thread(Thread.objects.of(by_hand), by=mo)
        set_rule(article, 7)
        run()
        set_rule(article, 0)
        assert run() == [("broadsheet.open_young_thread", 0)]
        assert (state(by_age), state(by_hand)) == ((False, 0), (True, 0))
        assert run() == []

    def test_opens_nothing_that_a_moderator_has_closed_since(
        self, article: ArticlePage, mo: User, thread: Thread
    ) -> None:
        aged(article, 10)
        set_rule(article, 7)
        run()
        close_thread(thread, by=mo)
        set_rule(article, 0)
        assert run() == []
        assert state(article) == (True, 0)

    def test_down_and_up_again_ends_where_it_would_have(self, article: ArticlePage) -> None:
        aged(article, 20)
        for days, closed in ((14, (True, 14)), (7, (True, 14)), (16, (True, 16)), (30, (False, 0)), (7, (True, 7))):
            set_rule(article, days)
            run()
            assert state(article) == closed, days

    def test_of_a_second_name_of_the_same_site_undoes_nothing(self, article: ArticlePage) -> None:
        """Two sites may show one tree; the shortest rule counts, and no run undoes what the one before did."""
        aged(article, 20)
        set_rule(article, 14)
        again = Site.objects.create(hostname="www.slipway.example", root_page=article.get_site().root_page)
        DiscussionSettings.objects.create(site=again)
        run()
        assert run() == []
        DiscussionSettings.objects.filter(site=again).update(close_after_days=30)
        assert run() == []
        assert state(article) is not None
        assert Thread.objects.get().is_closed
        assert ages.follow_age_rule(NOW) == 0


def test_a_run_does_so_much_and_the_next_goes_on(
    article: ArticlePage, section: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ages, "BATCH", 2)
    monkeypatch.setattr(ages, "RUN", 4)
    for number in range(6):
        aged(factories.make_article(section, f"Story {number}"), 30)
    set_rule(article, 14)
    assert [len(run()) for _ in range(3)] == [4, 2, 0]
    set_rule(article, 0)
    assert [len(run()) for _ in range(3)] == [4, 2, 0]


def test_where_nothing_is_due_it_costs_the_same_however_much_was_closed(article: ArticlePage, section: Section) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            follow_age_rule(NOW)
        return len(asked)

    set_rule(article, 14)
    few = queries()
    for number in range(5):
        aged(factories.make_article(section, f"Story {number}"), 30)
    run()
    assert queries() == few
