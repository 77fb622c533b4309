"""Which campaign a page shows: the nearest one that runs, by the publication's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.delivery.topics import topic_kinds
from broadsheet.funding.actions import create_campaign, reverse_gift, tell_what_began_and_ended
from broadsheet.funding.models import Campaign, Words
from broadsheet.funding.models.campaigns import shown_on, today
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.unit.funding.conftest import Book, a_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(tess: User) -> Any:
    """Makes campaigns: `make("Sails", page=section)`."""

    def make(title: str, **changes: Any) -> Campaign:
        return create_campaign(a_plan(words={"en": Words(title)}, **changes), by=tess)

    return make


def shown(page: ArticlePage | Section | None) -> str:
    """Return the title of the campaign that a page shows."""
    found = shown_on(page)
    return found[0].said().title if found else ""


def test_the_nearest_wins(article: ArticlePage, section: Section, make: Any) -> None:
    assert shown(article) == ""
    make("of all")
    assert shown(article) == "of all"
    make("of the section", page=section, starts_on=today() - timedelta(99))
    assert shown(article) == "of the section"
    make("of the article", page=article, starts_on=today() - timedelta(199))
    assert shown(article) == "of the article"
    assert shown(section) == "of the section"
    assert shown(None) == "of all"


def test_of_two_the_one_that_began_last(article: ArticlePage, make: Any) -> None:
    make("newer", starts_on=today() - timedelta(1))
    make("older", starts_on=today() - timedelta(5))
    assert shown(article) == "newer"
    make("as new, made later", starts_on=today() - timedelta(1))
    assert shown(article) == "as new, made later"


def test_another_sections_campaign_is_not_shown(publication: FrontPage, article: ArticlePage, make: Any) -> None:
    make("of the town", page=factories.make_section(publication, "Town"))
    assert shown(article) == ""


def test_all_languages_of_a_page_show_its_campaign(article: ArticlePage, section: Section, make: Any) -> None:
    front = FrontPage.objects.get(locale__language_code="ar")
    arabic = factories.make_section(front, "الميناء", translation_key=section.translation_key)
    version = factories.translate(article, arabic, "العبّارة")
    make("of the section", page=section)
    assert shown(version) == "of the section"
    make("of the article", page=article)
    assert shown(version) == "of the article"


def test_a_story_in_a_second_place_shows_its_own_campaign(
    publication: FrontPage, article: ArticlePage, make: Any
) -> None:
    town = factories.make_section(publication, "Town")
    alias = article.create_alias(parent=town, update_slug="again")
    make("of the article", page=article)
    assert shown(alias) == "of the article"


def test_a_campaign_of_a_page_that_is_gone_is_shown_nowhere(
    article: ArticlePage, section: Section, make: Any, book: Book
) -> None:
    other = factories.make_article(section, "Another")
    campaign = make("of the article", page=article)
    book(20, campaign=campaign)
    article.delete()
    assert shown(other) == ""
    campaign.refresh_from_db()
    assert (campaign.scope, campaign.page) == ("page", None)


@pytest.mark.parametrize(
    ("moment", "runs"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), False),
    ],
)
def test_it_begins_and_ends_at_the_publications_midnight(
    article: ArticlePage, make: Any, moment: datetime, runs: bool
) -> None:
    """Of Oslo, an hour before London's."""
    first, last = datetime(2026, 12, 1).date(), datetime(2026, 12, 31).date()
    make("December", starts_on=first, ends_on=last)
    with time_machine.travel(moment, tick=False):
        assert (shown(article) == "December") is runs


def test_beginning_and_end_are_told_once(make: Any, settings: Any) -> None:
    first = today() + timedelta(2)
    campaign = make("to come", starts_on=first, ends_on=first)
    names = [campaign.topic, "campaign:all"]
    told = []
    for days in (0, 1, 2, 3, 4):
        with time_machine.travel(datetime.now(UTC) + timedelta(days), tick=False):
            told.append((tell_what_began_and_ended(), tell_what_began_and_ended()))
    assert told == [(0, 0), (0, 0), (1, 0), (1, 0), (0, 0)]
    assert set(versions_of(names).values()) == {2}


def test_a_page_asks_once(article: ArticlePage, fund: Campaign, book: Book) -> None:
    book(20, campaign=fund)
    with CaptureQueriesContext(connection) as captured:
        found = shown_on(article)
    assert found
    assert (found[0].raised, found[0].gifts, len(found[1])) == (2000, 1, 2)
    assert len(captured) == 1


def test_sums_are_ranges_of_an_index(article: ArticlePage, fund: Campaign) -> None:
    """However many gifts there are for others."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads a small table as a whole")
    with CaptureQueriesContext(connection) as captured:
        shown_on(article)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + captured[0]["sql"])
        plan = "\n".join(str(row[3]) for row in cursor.fetchall())
    assert "SCAN U0" not in plan, plan
    assert plan.count("funding_credits") == plan.count("funding_debits") == 2


def test_the_kind_of_topic_tells_what_everybody_may_know(
    fund: Campaign, make: Any, article: ArticlePage, stan: Client
) -> None:
    kind = next(kind for kind in topic_kinds() if kind.name == "campaign")
    coming = make("to come", starts_on=today() + timedelta(2))
    draft = make("of a draft", page=article)
    article.unpublish()
    assert (kind.may_see("all"), kind.may_see(str(fund.pk))) == (True, True)
    assert kind.title(str(fund.pk)) == "The Night Boat Fund"
    assert kind.url(str(fund.pk)) == fund.url
    for hidden in (coming.pk, draft.pk, 999_999, "x", "", "１", "9" * 30, "-1"):
        assert not kind.may_see(str(hidden))
        assert kind.title(str(hidden)) == kind.url(str(hidden)) == ""
    for one in (coming, draft):
        assert stan.get(one.url).status_code == 404


def test_the_kind_of_topic_tells_what_a_campaign_has_got(fund: Campaign, book: Book, tess: User) -> None:
    """Open meters follow it."""
    kind = next(kind for kind in topic_kinds() if kind.name == "campaign")
    donation = book(20, campaign=fund, name="Ada")
    book(5.5, campaign=fund)
    book(100)
    assert kind.figures(str(fund.pk), []) == {"": {"raised": 2550, "gifts": 2, "currency": "EUR"}}
    reverse_gift(donation, by=tess, reason="The bank returned it.")
    assert kind.figures(str(fund.pk), []) == {"": {"raised": 550, "gifts": 1, "currency": "EUR"}}
    assert kind.figures("all", []) == {}
