"""What a request asks of a discussion: the same, in one query, as the rows say one by one."""

from __future__ import annotations

import pytest
from django.forms import model_to_dict
from django.http import HttpRequest
from django.test import RequestFactory
from wagtail.models import Site

from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import open_thread
from broadsheet.discussion.asking import settings_of, thread_on
from broadsheet.discussion.models import DiscussionSettings, Thread
from broadsheet.publication.models import ArticlePage, Section
from tests.factories import make_article
from tests.unit.discussion.conftest import Say

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_to_it(article: ArticlePage, rf: RequestFactory) -> HttpRequest:
    return rf.get(article.url)


def test_each_article_has_its_own_thread(
    request_to_it: HttpRequest, article: ArticlePage, section: Section, say: Say, rf: RequestFactory
) -> None:
    other = make_article(section, "Another")
    open_thread(other)
    say()
    say("And so does the ebb.")
    for one in (article, other):
        found = thread_on(rf.get(one.url), one)
        assert model_to_dict(found) == model_to_dict(Thread.objects.of(one))
        assert found.created_at == Thread.objects.of(one).created_at
        assert found.version == versions_of([found.topic]).get(found.topic, 0)
    assert thread_on(request_to_it, article).comment_count == 2
    assert thread_on(request_to_it, other).comment_count == 0


def test_where_nobody_wrote_there_is_none(request_to_it: HttpRequest, section: Section) -> None:
    article = make_article(section, "Silent")
    found = thread_on(request_to_it, article)
    assert found.pk is None
    assert found.translation_key == article.translation_key


@pytest.mark.parametrize("is_decided", [False, True])
def test_the_settings_come_with_it(
    request_to_it: HttpRequest,
    article: ArticlePage,
    is_decided: bool,
    rf: RequestFactory,
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    site = Site.find_for_request(request_to_it)
    if is_decided:
        sentences = {"nb": "Si “det”.", "en": ""}
        DiscussionSettings.objects.create(site=site, edit_minutes=7, invitation_sentences=sentences)
    thread_on(rf.get(article.url), article)  # what a process asks once, of what the database can do, is asked
    with django_assert_num_queries(1):  # type: ignore[operator]
        thread_on(request_to_it, article)
        found = settings_of(request_to_it)
    alone = settings_of(rf.get(article.url))
    assert found.edit_minutes == (7 if is_decided else 15)
    assert model_to_dict(found) == model_to_dict(alone)
    assert found.invitation_sentences == alone.invitation_sentences
