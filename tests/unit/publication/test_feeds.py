"""Feeds and the map: valid, complete, with absolute addresses, and true until something changes."""

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import feedparser
import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from broadsheet.publication import sitemap
from broadsheet.publication.models import ArticlePage, Biography, FrontPage, PublicationSettings, Section
from tests.factories import interview, make_article, make_person, make_section, translate

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATTACK = "</script><script>alert(1)</script>]]><b>&amp; \" ' \x0b\x1b"


def feed(client: Client, url: str) -> Any:
    """A feed as a feed reader understands it, after a strict look at what readers forgive."""
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert [len(root.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    for entry in root.findall(f"{ATOM}entry"):
        assert [len(entry.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated", "content")] == [1, 1, 1, 1]
        assert entry.findall(f"{ATOM}author") or root.findall(f"{ATOM}author")
    for link in root.iter(f"{ATOM}link"):
        assert link.attrib["href"].startswith("http://testserver/")
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def test_the_feed_has_what_the_page_has(section: Section, stan: Client) -> None:
    person = make_person("Jonas Brekke")
    Biography.objects.create(person=person, locale=section.locale, name="Jonas B.")
    article = make_article(
        section,
        "Ferries & <tides>",
        slug="ferries",
        standfirst="What a <town> loses.",
        body=[
            {"type": "text", "value": '<p>See <a href="/harbour/">here</a> and class="x" too.</p>', "id": "t"},
            interview(("When?", "Then.")),
        ],
        bylines={"interviewer": "Jonas Brekke", "translator": "Clara Finch"},
        steps=[{"kind": "original", "publisher": "Kystblad", "url": "https://kystblad.example/"}],
    )
    article.tags.add("Ferries")
    article.save_revision().publish()

    parsed = feed(stan, "/feed/")

    assert parsed.feed.title == "The Slipway"
    assert parsed.feed.link == "http://testserver/"
    assert parsed.feed.subtitle == "What the tide brought in"
    [entry] = parsed.entries
    assert entry.title == "Ferries & <tides>"
    assert entry.link == "http://testserver/harbour/ferries/"
    assert entry.id.startswith("urn:uuid:")
    assert [author.name for author in entry.authors] == ["Jonas B."]
    assert entry.authors[0].href == "http://testserver/people/jonas-brekke/"
    assert [tag.term for tag in entry.tags] == ["Ferries"]
    assert entry.summary == "What a &lt;town&gt; loses."
    content = entry.content[0].value
    assert "<em>Originally published by" in content
    assert 'href="https://kystblad.example/"' in content
    assert 'href="http://testserver/harbour/"' in content
    assert 'class="x" too' in content.replace("&quot;", '"')
    assert "When?" in content
    assert 'href="http://testserver/harbour/ferries/#exchange-exchange-1"' in content
    assert not re.search(r'(?:href|src)="(?:/|#)', content)


def test_a_feed_names_the_same_article_alike_when_its_address_changes(article: ArticlePage, stan: Client) -> None:
    before = feed(stan, "/feed/").entries[0]
    article.slug, article.title = "moved", "Another headline"
    article.save_revision().publish()

    after = feed(stan, "/feed/").entries[0]

    assert after.id == before.id
    assert after.link != before.link
    assert after.published == before.published
    assert after.updated > before.updated


def test_every_section_and_language_has_its_feed(publication: FrontPage, section: Section, stan: Client) -> None:
    article = make_article(section)
    make_article(make_section(publication, "Town"), "Elsewhere")
    norwegian = make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn")
    translate(article, norwegian, "Fergen")

    assert [entry.title for entry in feed(stan, "/feed/harbour/").entries] == [article.title]
    assert feed(stan, "/feed/harbour/").feed.title == "The Slipway: Harbour"
    in_norwegian = feed(stan, "/nb/feed/")
    assert [entry.title for entry in in_norwegian.entries] == ["Fergen"]
    assert in_norwegian.feed.language == "nb"
    assert in_norwegian.entries[0].link == "http://testserver/nb/havn/fergen/"
    assert stan.get("/feed/havn/").status_code == 404


def test_an_empty_publication_has_a_valid_feed(publication: FrontPage, stan: Client) -> None:
    assert feed(stan, "/feed/").entries == []
    assert feed(stan, "/corrections/feed/").entries == []


def test_an_attack_in_any_field_is_words_in_the_feed(publication: FrontPage, stan: Client) -> None:
    section = make_section(publication, ATTACK, slug="s")
    publication.title = publication.motto = ATTACK
    publication.save_revision().publish()
    article = make_article(
        section,
        ATTACK,
        standfirst=ATTACK,
        slug="a",
        body=[{"type": "quote", "value": {"text": ATTACK, "attribution": ATTACK}, "id": "q"}],
        bylines={"writer": ATTACK},
        steps=[{"kind": "original", "publisher": ATTACK, "url": "javascript:alert(1)"}],
        pending_correction=ATTACK,
    )
    article.tags.add(ATTACK[:90])
    article.save()

    for url in ("/feed/", "/feed/s/", "/corrections/feed/"):
        feed(stan, url)
        raw = stan.get(url).content.decode()
        assert "<script" not in raw
        # What a feed reader makes of the HTML within: the script is still words.
        root = ElementTree.fromstring(raw)  # noqa: S314 - our own
        for element in [*root.iter(f"{ATOM}content"), *root.iter(f"{ATOM}summary")]:
            assert "<script" not in (element.text or "")
            assert "javascript:" not in (element.text or "")


def test_corrections_have_a_feed(article: ArticlePage, stan: Client) -> None:
    article.pending_correction = "It is 1987, not 1978."
    article.save_revision().publish()

    [entry] = feed(stan, "/corrections/feed/").entries

    assert entry.title == "Correction: The ferry keeps its winter hours"
    assert entry.content[0].value == "<p>It is 1987, not 1978.</p>"
    correction = article.corrections.get()
    assert entry.link == f"http://testserver{article.url}#correction-{correction.pk}"


@pytest.mark.parametrize("url", ["/feed/", "/feed/harbour/", "/corrections/feed/", "/sitemap.xml", "/publication.css"])
def test_what_has_not_changed_is_not_sent_again(article: ArticlePage, stan: Client, url: str) -> None:
    tag = stan.get(url)["ETag"]
    assert stan.get(url, headers={"if-none-match": tag}).status_code == 304

    article.save_revision().publish()

    assert stan.get(url, headers={"if-none-match": tag}).status_code == 200


def test_the_host_that_is_asked_does_not_show_in_what_is_answered(article: ArticlePage, stan: Client) -> None:
    for url in ("/feed/", "/sitemap.xml", article.url):
        assert "localhost" not in stan.get(url, headers={"host": "localhost:1234"}).content.decode()


# The map.


def addresses(client: Client, url: str = "/sitemap.xml") -> dict[str, dict[str, str]]:
    """Every address of the map with those of its language versions."""
    answer = client.get(url)
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    return {
        str(entry.findtext(f"{MAP}loc")): {
            link.attrib["hreflang"]: link.attrib["href"] for link in entry.iter("{http://www.w3.org/1999/xhtml}link")
        }
        for entry in root.iter(f"{MAP}url")
    }


def test_the_map_has_every_readable_page_with_its_versions(
    publication: FrontPage, section: Section, stan: Client
) -> None:
    article = make_article(section)
    norwegian = translate(article, make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn"), "Fergen")
    make_article(section, "Draft", publish=False)
    closed = make_article(section, "Closed")
    PageViewRestriction.objects.create(page=closed, restriction_type="login")
    article.create_alias(parent=make_section(publication, "Sea"))

    found = addresses(stan)

    assert {address.removeprefix("http://testserver") for address in found} == {
        "/",
        "/nb/",
        "/ar/",
        "/harbour/",
        "/sea/",
        "/nb/havn/",
        article.url,
        norwegian.url,
    }
    assert found[f"http://testserver{article.url}"] == {
        "en": f"http://testserver{article.url}",
        "nb": f"http://testserver{norwegian.url}",
    }


def test_a_long_map_comes_in_parts(section: Section, stan: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "PAGES_A_PART", 2)
    make_article(section)

    root = ElementTree.fromstring(stan.get("/sitemap.xml").content)  # noqa: S314 - our own

    parts = [str(part.text) for part in root.iter(f"{MAP}loc")]
    assert parts == [f"http://testserver/sitemap.xml?part={number}" for number in (1, 2, 3)]
    assert sum(len(addresses(stan, part.removeprefix("http://testserver"))) for part in parts) == 5
    for wrong in ("0", "4", "x", "-1", "1e9", "９", "9" * 50):
        assert stan.get("/sitemap.xml", {"part": wrong}).status_code == 404


def test_a_publication_without_a_name_still_has_its_feed(article: ArticlePage, stan: Client) -> None:
    PublicationSettings.objects.all().delete()

    assert len(feed(stan, "/feed/").entries) == 1
