"""The ways to an article: front page, sections, search, archive, people, tags; each shows what one may read only."""

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction

from broadsheet.publication.models import ArticlePage, Biography, FrontPage, Person, Section, StandardPage
from broadsheet.site import settings as product
from tests.factories import make_article, make_person, make_section, translate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _indexed_at_once(settings: Any) -> None:
    """Let the search index hear of a page when it is saved, as the background worker would see to a moment later."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


def titles(client: Client, url: str) -> list[str]:
    """The headlines on a page, in their order."""
    answer = client.get(url)
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.content, "html.parser")
    links = soup.select("main .story h2 a, main .story h3 a")
    return [link.get_text() for link in links]


def dated(section: Section, title: str, *moment: int, **fields: Any) -> ArticlePage:
    """A published article of a day long ago."""
    article = make_article(section, title, **fields)
    at = timezone.make_aware(datetime.datetime(*moment))  # type: ignore[arg-type]
    ArticlePage.objects.filter(pk=article.pk).update(first_published_at=at)
    return article


# Who may read what: each list hides what its reader may not see.

LISTS: dict[str, Callable[[ArticlePage], str]] = {
    "front": lambda article: "/",
    "section": lambda article: "/harbour/",
    "search": lambda article: "/search/?q=secret",
    "archive": lambda article: f"/archive/{timezone.localdate():%Y/%-m}/",
    "person": lambda article: "/people/ada-lunde/",
    "tag": lambda article: "/tags/quay/",
    "feed": lambda article: "/feed/",
    "section feed": lambda article: "/feed/harbour/",
    "map": lambda article: "/sitemap.xml",
    "article": lambda article: "/harbour/secret/",
}


@pytest.fixture
def shown_and_secret(section: Section) -> ArticlePage:
    """Two articles alike, one of which the tests make secret; returns that one."""
    pages = [make_article(section, title, slug=title.lower()) for title in ("Shown", "Secret")]
    for page in pages:
        page.tags.add("quay")
        page.save_revision().publish()
    return ArticlePage.objects.get(slug="secret")


def test_what_is_published_is_found_in_every_list(shown_and_secret: ArticlePage, stan: Client) -> None:
    for name, address in LISTS.items():
        answer = stan.get(address(shown_and_secret))
        assert answer.status_code == 200, name
        text = answer.content.decode().lower()
        assert "secret" in text if name == "article" else "/secret/" in text, name


@pytest.mark.parametrize("how", ["unpublished", "restricted", "restricted section", "draft title"])
def test_what_one_may_not_read_is_in_no_list(shown_and_secret: ArticlePage, stan: Client, how: str) -> None:
    page = shown_and_secret
    urls = {name: address(page) for name, address in LISTS.items()}
    if how == "unpublished":
        page.unpublish()
    elif how == "restricted":
        PageViewRestriction.objects.create(page=page, restriction_type="login")
    elif how == "restricted section":
        PageViewRestriction.objects.create(page=page.section, restriction_type="groups")
    else:
        page.title = page.draft_title = "Hidden plans"
        page.save_revision()

    for name, url in urls.items():
        answer = stan.get(url)
        text = answer.content.decode().lower()
        if how == "draft title":
            assert "hidden plans" not in text, name
        elif name == "article":
            assert answer.status_code in (302, 404)
        else:
            assert "/secret/" not in text, name
            assert answer.status_code in (200, 302, 404)


# Front page and sections.


def test_the_front_page_opens_with_the_newest(publication: FrontPage, stan: Client) -> None:
    harbour, town = (make_section(publication, title) for title in ("Harbour", "Town"))
    for at in range(16):
        dated(harbour if at % 2 else town, f"Story {at:02}", 2026, 1, at + 1)

    context = stan.get("/").context

    assert context["lead"].title == "Story 15"
    assert [story.title for story in context["stories"]] == [f"Story {at:02}" for at in range(14, 8, -1)]
    by_section = {section.title: [article.title for article in articles] for section, articles in context["by_section"]}
    assert by_section == {
        "Harbour": ["Story 07", "Story 05", "Story 03", "Story 01"],
        "Town": ["Story 08", "Story 06", "Story 04", "Story 02"],
    }


def test_an_empty_publication_has_a_front_page(publication: FrontPage, stan: Client) -> None:
    answer = stan.get("/")

    assert answer.status_code == 200
    assert answer.context["lead"] is None


def test_every_language_has_its_own_lists(publication: FrontPage, section: Section, stan: Client) -> None:
    article = make_article(section)
    other = make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn")
    translate(article, other, "Fergen holder rutetidene")

    assert titles(stan, "/") == ["The ferry keeps its winter hours"]
    assert titles(stan, "/nb/") == ["Fergen holder rutetidene"]
    assert titles(stan, "/nb/search/?q=fergen") == ["Fergen holder rutetidene"]
    assert titles(stan, "/search/?q=fergen") == []
    assert titles(stan, "/nb/people/ada-lunde/") == ["Fergen holder rutetidene"]


def test_a_story_in_a_second_section_stands_there_and_once_on_the_front_page(
    publication: FrontPage, article: ArticlePage, stan: Client
) -> None:
    sea = make_section(publication, "Sea")
    article.create_alias(parent=sea)

    assert titles(stan, "/sea/") == [article.title]
    assert titles(stan, "/") == [article.title]


def test_a_list_costs_as_many_queries_however_long_it_is(section: Section, stan: Client, settings: Any) -> None:
    settings.CACHES = product.CACHES  # a look into the cache is a query
    urls = ("/", "/harbour/", "/search/?q=story", "/people/ada-lunde/", "/archive/2026/1/", "/feed/", "/sitemap.xml")
    counts: dict[str, list[int]] = {url: [] for url in urls}
    for start, end in ((0, 8), (8, 14)):
        for at in range(start, end):
            dated(section, f"Story {at}", 2026, 1, at + 1, bylines={"writer": "Ada Lunde", "editor": f"Editor {at}"})
        for url in urls:
            stan.get(url)
            with CaptureQueriesContext(connection) as queries:
                answer = stan.get(url)
            assert answer.content.count(b"/story-") >= min(end, 8)  # the front page shows so many
            counts[url].append(len(queries))

    assert all(few == many for few, many in counts.values()), counts


# Paging.


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ("", 1),
        ("1", 1),
        ("2", 2),
        ("3", 2),
        ("0", 2),
        ("-1", 2),
        ("99999999999999999999999", 2),
        ("9" * 5000, 1),
        ("last", 1),
        ("1.5", 1),
        ("NaN", 1),
        ("1_0", 2),
        ("\x00", 1),
        ("１", 1),
    ],
)
def test_a_page_that_is_not_there_leads_to_one_that_is(section: Section, stan: Client, asked: str, number: int) -> None:
    for at in range(21):
        section.add_child(
            instance=ArticlePage(title=f"S{at}", live=True, first_published_at=timezone.now(), locale=section.locale)
        )

    answer = stan.get("/harbour/", {"page": asked})

    assert answer.status_code == 200
    assert answer.context["articles"].number == number
    assert len(answer.context["articles"]) == (20 if number == 1 else 1)


# Search.


def test_search_finds_the_words_of_headline_standfirst_body_and_interview(section: Section, stan: Client) -> None:
    make_article(section, "Lighthouse repainted", standfirst="White again", body="<p>Three coats of linseed oil.</p>")
    make_article(section, "Other story", body="<p>Nothing alike.</p>")

    for query in ("lighthouse", "WHITE", "linseed", "lighthouse linseed", '"linseed oil"', "linseed, oil!"):
        assert titles(stan, f"/search/?{urlencode({'q': query})}") == ["Lighthouse repainted"], query
    assert titles(stan, "/search/?q=lighthouse+nothing") == []


@pytest.mark.parametrize("word", ["blåbærsyltetøy", "منارة", "маяк", "O'Brien", "rødgrød"])
def test_search_finds_words_of_any_script(section: Section, stan: Client, word: str) -> None:
    make_article(section, "A story", body=f"<p>Here is {word} in it.</p>")

    assert titles(stan, f"/search/?{urlencode({'q': word})}") == ["A story"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        "'",
        '"',
        '""',
        "a'b\"c",
        "*",
        "a*",
        "NEAR(a b)",
        "a AND",
        "AND OR NOT",
        "NOT NOT",
        "title:a",
        "{a b}",
        "^a",
        "-a",
        "+",
        "(((",
        ")",
        "a & b | !c <-> d:*",
        "%",
        "_",
        "\\",
        ";drop table x--",
        "\x00",
        "a\x00b",
        "\ud800",
        "\u202e",
        "😀",
        "́",
        "x" * 100_000,
        "a " * 50_000,
        "ａ１",
        "<script>alert(1)</script>",
    ],
)
def test_any_query_at_all_is_answered(article: ArticlePage, stan: Client, query: str) -> None:
    answer = stan.get("/search/", {"q": query.encode("utf-8", "surrogatepass")})

    assert answer.status_code == 200
    assert len(answer.context["query"]) <= 200
    assert b"<script>alert" not in answer.content


def test_search_takes_a_query_that_is_no_utf8(article: ArticlePage, stan: Client) -> None:
    assert stan.get("/search/?q=%ff%fe%c3").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_lists_are_only_read(article: ArticlePage, stan: Client, method: str) -> None:
    for url in ("/search/", "/archive/", "/people/ada-lunde/", "/corrections/", "/feed/", "/sitemap.xml"):
        assert getattr(stan, method)(url).status_code in (403, 405)


# The archive.


def test_the_archive_counts_months_by_the_publications_clock(section: Section, stan: Client) -> None:
    dated(section, "Old", 2024, 12, 31, 23, 30)
    # 23:30 UTC on New Year's Eve is next year in Oslo, where the tests' publication is.
    late = dated(section, "Midnight", 2025, 1, 1, 0, 30)
    assert ArticlePage.objects.get(pk=late.pk).first_published_at.astimezone(datetime.UTC).year == 2024

    years = stan.get("/archive/").context["years"]

    assert [(year, [(entry["month"].month, entry["count"]) for entry in months]) for year, months in years] == [
        (2025, [(1, 1)]),
        (2024, [(12, 1)]),
    ]
    assert titles(stan, "/archive/2025/1/") == ["Midnight"]
    assert titles(stan, "/archive/2024/12/") == ["Old"]
    assert titles(stan, "/archive/2024/11/") == []


@pytest.mark.parametrize(
    "month", ["2026/0", "2026/13", "0/1", "1/1", "9999/12", "10000/1", f"{2**64}/1", "2026/99999999999"]
)
def test_a_month_that_is_none_is_not_found(publication: FrontPage, stan: Client, month: str) -> None:
    assert stan.get(f"/archive/{month}/").status_code == 404


# People.


def test_a_person_has_a_page_of_their_own(publication: FrontPage, section: Section, stan: Client) -> None:
    person = make_person("Jonas Brekke")
    arabic = FrontPage.objects.get(locale__language_code="ar")
    Biography.objects.create(person=person, locale=arabic.locale, name="يوناس بريكه", text="<p>صحفي</p>")
    Biography.objects.create(person=person, locale=section.locale, text="<p>A <b>reporter</b>.</p>")
    make_article(section, bylines={"interviewer": "Jonas Brekke"})

    english = BeautifulSoup(stan.get("/people/jonas-brekke/").content, "html.parser")
    in_arabic = BeautifulSoup(stan.get("/ar/people/jonas-brekke/").content, "html.parser")

    assert english.h1.get_text() == "Jonas Brekke"  # type: ignore[union-attr]
    assert "<strong>reporter</strong>" in str(english)
    assert in_arabic.h1.get_text() == "يوناس بريكه"  # type: ignore[union-attr]


def test_nobody_is_shown_to_exist_who_stands_by_no_story(section: Section, stan: Client) -> None:
    make_article(section, bylines={"writer": "Hidden Hand"}, publish=False)

    assert stan.get("/people/hidden-hand/").status_code == 404
    assert stan.get("/people/nobody/").status_code == 404


def test_people_of_one_name_have_two_addresses() -> None:
    people = [Person.objects.create(name=name) for name in ("Ada Vik", "Ada Vik", "عمر", "!!!", "Ada Vik")]

    assert [person.slug for person in people] == ["ada-vik", "ada-vik-2", "عمر", "x", "ada-vik-3"]


# Tags.


def test_a_tag_lists_its_articles(section: Section, stan: Client) -> None:
    article = make_article(section)
    article.tags.add("Night boat", "قارب")
    article.save_revision().publish()

    assert titles(stan, "/tags/night-boat/") == [article.title]
    assert titles(stan, "/tags/قارب/") == [article.title]
    assert stan.get("/nb/tags/night-boat/").status_code == 404
    assert stan.get("/tags/other/").status_code == 404


@pytest.mark.parametrize("word", ["!!!", "⛵", "…"])
def test_a_tag_of_signs_has_no_page_and_breaks_none(section: Section, stan: Client, word: str) -> None:
    article = make_article(section)
    article.tags.add("Night boat", word)
    article.save_revision().publish()

    page = stan.get(article.url or "")
    assert page.status_code == 200
    assert f"<span>{word}</span>" in page.content.decode()
    assert stan.get("/feed/").status_code == 200


# Standard pages and mistakes.


def test_a_standard_page_is_read_like_a_story(publication: FrontPage, stan: Client) -> None:
    page = StandardPage(title="Imprint", locale=publication.locale)
    page.body = StandardPage._meta.get_field("body").stream_block.to_python(
        [{"type": "text", "value": "<p>Who we <i>are</i>.</p>"}]
    )
    publication.add_child(instance=page)
    page.save_revision().publish()

    answer = stan.get("/imprint/")

    assert answer.status_code == 200
    assert "<em>are</em>" in answer.content.decode()


@pytest.mark.parametrize(
    "url", ["/nowhere/", "/harbour/nowhere/", "/people/%00/", "/tags/%ff/", "/feed/nowhere/", "/nb/x/"]
)
def test_what_is_not_there_is_not_found(article: ArticlePage, stan: Client, url: str) -> None:
    assert stan.get(url).status_code == 404


def test_reading_sets_no_cookie(article: ArticlePage, stan: Client) -> None:
    for url in ("/", "/harbour/", article.url, "/search/?q=ferry", "/feed/", "/publication.css"):
        answer = stan.get(url)
        assert answer.status_code == 200
        assert not answer.cookies
