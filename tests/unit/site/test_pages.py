"""The pages: each one whole, in its own language and direction, with nothing in it that the strict policy refuses."""

from __future__ import annotations

import json
from types import SimpleNamespace
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from wagtail.images.tests.utils import get_test_image_file

from broadsheet.discussion.models import Thread
from broadsheet.publication.models import Correction, FrontPage, Picture, PublicationSettings, Section, StandardPage
from broadsheet.site import errors
from broadsheet.site.stories import front_stories_of
from tests import factories

PAGES = [
    "/",
    "/harbour/",
    "/harbour/the-ferry/",
    "/about/",
    "/search/",
    "/search/?q=ferry",
    "/search/?q=nothing-like-it",
    "/archive/",
    "/archive/2026/3/",
    "/people/ada-lunde/",
    "/tags/boats/",
    "/corrections/",
    "/no/such/page/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/nb/",
    "/nb/havna/fergen/",
    "/nb/search/",
    "/nb/accounts/login/",
    "/nb/no/such/page/",
    "/ar/",
    "/ar/archive/",
    "/ar/corrections/",
    "/ar/accounts/login/",
]
MEMBERS_PAGES = ["/accounts/profile/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/"]

EXPECTED = {"/nb/": ("nb", "ltr"), "/ar/": ("ar", "rtl")}


@pytest.fixture
def paper(publication: FrontPage) -> SimpleNamespace:
    """A publication with an article in two languages, and one of everything that pages are made for."""
    norwegian = FrontPage.objects.get(locale__language_code="nb")
    harbour = factories.make_section(publication, "Harbour")
    havna = factories.make_section(norwegian, "Havna", translation_key=harbour.translation_key)
    ferry = factories.make_article(harbour, "The ferry", standfirst="It keeps its hours.")
    ferry.tags.add("boats")
    ferry.save()
    fergen = factories.translate(ferry, havna, "Fergen")
    Correction.objects.create(page=ferry, text="It is ten metres, not nine.")
    about = StandardPage(title="About", locale=publication.locale)
    publication.add_child(instance=about)
    return SimpleNamespace(front=publication, harbour=harbour, ferry=ferry, fergen=fergen, about=about)


def page(client: Client, address: str) -> Element:
    """Return what a browser makes of the page at the address."""
    document: Element = html5lib.parse(client.get(address).content, namespaceHTMLElements=False)
    return document


def words(element: Element | None) -> str:
    """Return the text of an element, on one line."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def links_in(document: Element, path: str) -> dict[str, str]:
    """Return the links below `path`: their words and where they lead."""
    return {words(link): link.get("href", "") for link in document.iterfind(f"{path}//a")}


def language_links(document: Element) -> dict[str | None, str | None]:
    """Return where the head of the page leads for each language."""
    return {link.get("hreflang"): link.get("href") for link in document.iterfind(".//nav//a[@hreflang]")}


def alternates(document: Element) -> dict[str | None, str | None]:
    """Return the versions that the page tells search engines of."""
    found = document.iterfind(".//link[@rel='alternate'][@hreflang]")
    return {link.get("hreflang"): link.get("href") for link in found if link.get("hreflang") != "x-default"}


# --- every page ----------------------------------------------------------------------------------------------------


def test_pages_are_whole_and_say_their_language_and_direction(paper: SimpleNamespace, stan: Client) -> None:
    documents = {address: page(stan, address) for address in PAGES}
    problems = {address: problems_of(document) for address, document in documents.items()}
    assert {address: found for address, found in problems.items() if found} == {}
    said = {address: (document.get("lang"), document.get("dir")) for address, document in documents.items()}
    assert said == {address: EXPECTED.get(address[:4], ("en", "ltr")) for address in PAGES}


def test_a_members_pages_are_whole(paper: SimpleNamespace, as_rita: Client) -> None:
    for address in MEMBERS_PAGES:
        document = page(as_rita, address)
        assert problems_of(document) == [], address
        assert links_in(document, ".//nav[@class='index in-side']")["Public name"] == "/accounts/profile/"


def problems_of(document: Element) -> list[str]:
    """Return where the page breaks what holds for all: one h1, a title, a way past the head, nothing inline."""
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    skip = document.find("./body/a[@class='skip']")
    claims = {
        "one h1": len(document.findall(".//h1")) == 1,
        "a title": bool(words(document.find(".//title"))),
        "a way past the head": skip is not None and skip.get("href") == "#main",
        "a main part": document.find("./body/main[@id='main']") is not None,
        "every id once": len(ids) == len(set(ids)),
    }
    return [claim for claim, holds in claims.items() if not holds] + inline_parts(document)


def inline_parts(document: Element) -> list[str]:
    """Return what the content policy refuses: styles and programs within the page, and addresses elsewhere."""
    found = [str(e.tag) for e in document.iter("style")]
    found += [str(e.attrib) for e in document.iter("script") if not e.get("src") and "json" not in e.get("type", "")]
    for element in document.iter():
        if isinstance(element.tag, str):
            found += [f"{element.tag} {name}" for name in element.attrib if name == "style" or name.startswith("on")]
            found += [src for name in ("src", "srcset") if (src := element.get(name, "")) and "//" in src]
    return found


# --- languages -----------------------------------------------------------------------------------------------------


def test_an_article_leads_to_its_versions_and_else_to_the_front_page(paper: SimpleNamespace, stan: Client) -> None:
    document = page(stan, "/harbour/the-ferry/")
    assert language_links(document) == {"en": "/harbour/the-ferry/", "nb": "/nb/havna/fergen/", "ar": "/ar/"}
    assert alternates(document) == {
        "en": f"{settings.PUBLIC_ADDRESS}/harbour/the-ferry/",
        "nb": f"{settings.PUBLIC_ADDRESS}/nb/havna/fergen/",
    }


def test_the_version_leads_back(paper: SimpleNamespace, stan: Client) -> None:
    document = page(stan, "/nb/havna/fergen/")
    assert alternates(document)["en"] == f"{settings.PUBLIC_ADDRESS}/harbour/the-ferry/"


def test_a_version_that_is_a_draft_is_not_told_of(paper: SimpleNamespace, stan: Client) -> None:
    paper.fergen.unpublish()
    document = page(stan, "/harbour/the-ferry/")
    assert language_links(document)["nb"] == "/nb/"
    assert "nb" not in alternates(document)


def test_lists_are_the_same_list_in_another_language(paper: SimpleNamespace, stan: Client) -> None:
    assert language_links(page(stan, "/archive/")) == {"en": "/archive/", "nb": "/nb/archive/", "ar": "/ar/archive/"}


def test_a_word_that_only_one_language_files_under_leads_to_the_front_pages(
    paper: SimpleNamespace, stan: Client
) -> None:
    assert language_links(page(stan, "/tags/boats/"))["ar"] == "/ar/"


def test_the_current_language_is_marked(paper: SimpleNamespace, stan: Client) -> None:
    current = page(stan, "/nb/").findall(".//nav//a[@hreflang][@aria-current]")
    assert [link.get("hreflang") for link in current] == ["nb"]


def test_a_publication_in_one_language_offers_no_choice(db: None, stan: Client) -> None:
    factories.make_publication("en")
    assert language_links(page(stan, "/")) == {}


# --- ways in -------------------------------------------------------------------------------------------------------

SECTIONS = ".//nav[@class='sections']"


def test_without_a_choice_the_navigation_is_every_section_and_the_archive(paper: SimpleNamespace, stan: Client) -> None:
    assert links_in(page(stan, "/"), SECTIONS) == {"Harbour": "/harbour/", "Archive": "/archive/"}


def test_the_newsroom_chooses_its_navigation(paper: SimpleNamespace, stan: Client) -> None:
    paper.front.navigation = [
        ("page", {"page": paper.about, "label": ""}),
        ("page", {"page": paper.harbour, "label": "By the sea"}),
        ("address", {"url": "https://choir.example/", "label": "The choir"}),
    ]
    paper.front.save()
    found = links_in(page(stan, "/"), SECTIONS)
    assert found == {"About": "/about/", "By the sea": "/harbour/", "The choir": "https://choir.example/"}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//elsewhere.example/", "https://choir@elsewhere.example/"])
def test_a_way_that_no_form_would_take_is_not_drawn(paper: SimpleNamespace, stan: Client, address: str) -> None:
    paper.front.navigation = [("address", {"url": address, "label": "The choir"})]
    paper.front.save()
    assert links_in(page(stan, "/"), SECTIONS) == {}


def test_the_navigation_says_where_one_is(paper: SimpleNamespace, stan: Client) -> None:
    def current(address: str) -> list[tuple[str, str | None]]:
        links = page(stan, address).iterfind(f"{SECTIONS}//a[@aria-current]")
        return [(words(link), link.get("aria-current")) for link in links]

    assert current("/") == []
    assert current("/harbour/") == [("Harbour", "page")]
    assert current("/harbour/the-ferry/") == [("Harbour", "true")]


def test_the_foot_leads_to_the_standing_pages(paper: SimpleNamespace, stan: Client) -> None:
    assert links_in(page(stan, "/"), ".//footer")["About"] == "/about/"


def test_who_is_signed_in_finds_the_way_out_and_only_the_newsroom_the_way_in(
    paper: SimpleNamespace, stan: Client, as_rita: Client, as_ed: Client
) -> None:
    path = ".//div[@class='strip']"
    assert "Sign in" in links_in(page(stan, "/"), path)
    assert {"Account", "Sign out"} <= links_in(page(as_rita, "/"), path).keys()
    assert "Newsroom" not in links_in(page(as_rita, "/"), path)
    assert links_in(page(as_ed, "/"), path)["Newsroom"] == "/admin/"


# --- identity ------------------------------------------------------------------------------------------------------


def test_the_name_is_the_one_in_the_pages_language(paper: SimpleNamespace, stan: Client) -> None:
    assert words(page(stan, "/").find(".//h1")) == "The Slipway"
    assert words(page(stan, "/nb/").find(".//h1")) == "Slippen"


def test_a_logo_takes_the_place_of_the_name_and_says_it(paper: SimpleNamespace, stan: Client) -> None:
    identity = PublicationSettings.objects.get()
    identity.logo = Picture.objects.create(title="Logo", file=get_test_image_file(size=(400, 120)))
    identity.save()
    logo = page(stan, "/").find(".//h1//img")
    assert logo is not None
    assert logo.get("alt") == "The Slipway"


def test_a_colour_of_ones_own_brings_its_stylesheet(paper: SimpleNamespace, stan: Client) -> None:
    def stylesheets() -> list[str]:
        return [link.get("href", "") for link in page(stan, "/").iterfind(".//link[@rel='stylesheet']")]

    assert not any(url.startswith("/publication.css") for url in stylesheets())
    PublicationSettings.objects.update(accent="#1f6b3a")
    cache.clear()
    assert stylesheets()[-1].startswith("/publication.css?v=")


# --- lists ---------------------------------------------------------------------------------------------------------


def test_lists_count_what_is_said(paper: SimpleNamespace, stan: Client) -> None:
    Thread.objects.create(translation_key=paper.ferry.translation_key, comment_count=3)
    for address in ("/", "/harbour/", "/archive/", "/people/ada-lunde/"):
        counts = [words(a) for a in page(stan, address).iterfind(".//main//a") if "#discussion" in a.get("href", "")]
        assert counts == ([] if address == "/archive/" else ["3 comments"]), address


def test_an_article_tells_machines_how_much_is_said(paper: SimpleNamespace, stan: Client) -> None:
    Thread.objects.create(translation_key=paper.ferry.translation_key, comment_count=3)
    data = page(stan, "/nb/havna/fergen/").find(".//script[@type='application/ld+json']")
    assert json.loads(words(data))["commentCount"] == 3


def test_a_list_asks_no_more_of_the_database_when_it_is_longer(paper: SimpleNamespace, stan: Client) -> None:
    def queries() -> int:
        stan.get("/harbour/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            stan.get("/harbour/")
        return len(asked)

    few = queries()
    for number in range(8):
        factories.make_article(paper.harbour, f"Story {number}", bylines={"writer": f"Writer {number}"})
    assert queries() == few


def test_long_lists_have_pages_that_keep_the_query(paper: SimpleNamespace, stan: Client) -> None:
    for number in range(21):
        factories.make_article(paper.harbour, f"Story {number}")
    document = page(stan, "/harbour/")
    assert links_in(document, ".//nav[@class='paging']") == {"Older": "?page=2"}
    assert links_in(page(stan, "/harbour/?page=2"), ".//nav[@class='paging']") == {"Newer": "?page=1"}


def test_a_search_shows_what_was_asked_and_how_much_was_found(paper: SimpleNamespace, stan: Client) -> None:
    call_command("update_index", verbosity=0)
    document = page(stan, "/search/?q=%3Cferry%3E")
    field = document.find(".//input[@type='search']")
    assert field is not None
    assert field.get("value") == "<ferry>"
    assert words(document.find(".//p[@role='status']")) == "1 article holds these words."


def test_the_front_page_joins_what_fills_no_row(paper: SimpleNamespace, rf: RequestFactory) -> None:
    quay = factories.make_section(paper.front, "Quay")
    letters = factories.make_section(paper.front, "Letters")
    row = [factories.make_article(quay, f"Quay {number}") for number in range(3)]
    letter = factories.make_article(letters, "A letter")
    lead = factories.make_article(paper.harbour, "The newest")
    by_section = [(quay, row), (letters, [letter]), (paper.harbour, [paper.ferry])]
    desks = front_stories_of(lead, [], by_section, rf.get("/")).desks
    assert [(desk.title, len(desk.stories)) for desk in desks] == [("Quay", 3), ("More from the paper", 2)]
    assert [story.article for story in desks[1].stories] == [letter, paper.ferry]


def test_the_most_discussed_are_named_once_two_are_talked_about(paper: SimpleNamespace, stan: Client) -> None:
    other = factories.make_article(paper.harbour, "The crane")
    Thread.objects.create(translation_key=paper.ferry.translation_key, comment_count=2)
    assert page(stan, "/").find(".//ol[@class='ranked']") is None
    Thread.objects.create(translation_key=other.translation_key, comment_count=5)
    ranked = page(stan, "/").find(".//ol[@class='ranked']")
    assert words(ranked) == "The crane5 comments The ferry2 comments"


# --- nothing yet ---------------------------------------------------------------------------------------------------


def test_an_empty_publication_welcomes_a_stranger_and_shows_its_editor_where_to_begin(
    publication: FrontPage, stan: Client, as_rita: Client, as_ed: Client
) -> None:
    for reader in (stan, as_rita):
        assert "The first edition is being written" in words(page(reader, "/").find(".//main"))
    assert links_in(page(as_ed, "/"), ".//main") == {"Open the newsroom": "/admin/"}


def test_an_empty_section_says_so(section: Section, stan: Client) -> None:
    assert "Nothing has been published in this section yet." in words(page(stan, section.url).find(".//main"))


# --- no ------------------------------------------------------------------------------------------------------------


def test_the_page_of_last_resort_asks_nobody_and_names_the_request() -> None:
    request = HttpRequest()
    request.request_id = "5f3a"  # type: ignore[attr-defined]
    answer = errors.server_error(request)  # without the database, which tests refuse unless they ask for it
    assert answer.status_code == 500
    assert "5f3a" in answer.content.decode()


def test_a_request_that_cannot_be_read_is_told_so(stan: Client) -> None:
    answer = stan.get("/", HTTP_HOST="elsewhere.example")
    assert answer.status_code == 400
    assert "We could not read that" in answer.content.decode()


def test_a_lost_reader_is_offered_the_search(paper: SimpleNamespace, stan: Client) -> None:
    answer = stan.get("/no/such/page/")
    assert answer.status_code == 404
    assert b'action="/search/"' in answer.content


def test_robots_find_the_map_and_not_the_newsroom(stan: Client) -> None:
    lines = stan.get("/robots.txt").content.decode().splitlines()
    assert "Disallow: /admin/" in lines
    assert f"Sitemap: {settings.PUBLIC_ADDRESS}/sitemap.xml" in lines


def test_old_browsers_find_the_picture(stan: Client) -> None:
    assert stan.get("/favicon.ico")["Location"].endswith("site/favicon.svg")
