"""Pages and documents that one reads with a password: told apart from nothing, and slow to guess."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from broadsheet.accounts.views import GUESSES
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories

PASSWORD = "kelp-and-tar"


@pytest.fixture
def kept(article: ArticlePage) -> PageViewRestriction:
    """The article, kept for those who know the password."""
    kind = PageViewRestriction.PASSWORD
    restriction: PageViewRestriction = PageViewRestriction.objects.create(
        page=article, restriction_type=kind, password=PASSWORD
    )
    return restriction


def door(restriction: PageViewRestriction, page: ArticlePage) -> str:
    return f"/_util/authenticate_with_password/{restriction.pk}/{page.pk}/"


def test_the_password_opens_the_page(kept: PageViewRestriction, article: ArticlePage, stan: Client) -> None:
    asked = stan.get(article.url or "")
    assert article.title not in asked.content.decode()
    assert 'content="noindex"' in asked.content.decode()
    assert 'id="main"' in asked.content.decode()
    assert not asked.cookies

    stan = Client(enforce_csrf_checks=True)  # no token is asked for, and none is needed
    foreign = stan.post(door(kept, article), {"password": PASSWORD}, HTTP_SEC_FETCH_SITE="cross-site")
    assert foreign.status_code == 403
    wrong = stan.post(door(kept, article), {"password": "tar", "return_url": article.url})
    assert "not correct" in wrong.content.decode()
    right = stan.post(door(kept, article), {"password": PASSWORD, "return_url": article.url})
    assert (right.status_code, right["Location"]) == (302, article.url)
    assert article.title in stan.get(article.url or "").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_it_leads_nobody_elsewhere(
    kept: PageViewRestriction, article: ArticlePage, stan: Client, elsewhere: str
) -> None:
    answer = stan.post(door(kept, article), {"password": PASSWORD, "return_url": elsewhere})
    assert answer["Location"] == "/"


def test_the_door_of_one_page_tells_nothing_of_another(
    kept: PageViewRestriction, section: Section, stan: Client
) -> None:
    other = factories.make_article(section, "Open to all")
    draft = factories.make_article(section, "Not written yet", publish=False)
    for page in (other, draft):
        assert stan.get(door(kept, page)).status_code == 404


def test_guessing_is_slow(kept: PageViewRestriction, article: ArticlePage) -> None:
    guesser, other = Client(REMOTE_ADDR="198.51.100.9"), Client(REMOTE_ADDR="198.51.100.10")
    for _try in range(GUESSES.turns - 1):
        GUESSES.take("198.51.100.9")

    sent = {"password": PASSWORD, "return_url": "/"}
    assert [guesser.post(door(kept, article), sent).status_code for _time in range(2)] == [302, 429]
    assert other.post(door(kept, article), sent).status_code == 302


def test_documents_are_guessed_as_slowly(publication: FrontPage) -> None:
    root = Collection.get_first_root_node()
    restriction = CollectionViewRestriction.objects.create(
        collection=root, restriction_type=CollectionViewRestriction.PASSWORD, password=PASSWORD
    )
    path = f"/documents/authenticate_with_password/{restriction.pk}/"
    assert 'id="main"' in Client().get(path).content.decode()
    for _try in range(GUESSES.turns):
        GUESSES.take("198.51.100.9")
    assert Client(REMOTE_ADDR="198.51.100.9").post(path, {"password": PASSWORD}).status_code == 429
