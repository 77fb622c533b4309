"""An article as readers get it: every part in its place, every word as it was typed and none of it more than words."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from broadsheet.publication.models import ArticlePage, Biography, Byline, FrontPage, Person, Picture, Section
from broadsheet.site import settings as product
from tests.factories import interview, make_article, make_person, make_section, translate

pytestmark = pytest.mark.django_db

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&amp;"
RAW = ("<script>alert(1)", "<img src=x", "onerror=alert(1)>'\"")


def get(client: Client, url: str) -> BeautifulSoup:
    answer = client.get(url)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def data_of(soup: BeautifulSoup) -> dict[str, Any]:
    block = soup.find("script", type="application/ld+json")
    assert block is not None
    data: dict[str, Any] = json.loads(block.string or "")
    return data


def make_picture(title: str = "Quay", size: tuple[int, int] = (1600, 1000), **fields: Any) -> Picture:
    file = ContentFile(b"", name="quay.png")
    Image.new("RGB", size, "navy").save(file, "PNG")
    return Picture.objects.create(title=title, file=file, **fields)


def body(*blocks: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"type": kind, "value": value, "id": f"block-{at}"} for at, (kind, value) in enumerate(blocks)]


def words(soup: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(element.get_text().split()) for element in soup.select(selector)]


def test_the_story_stands_as_designed(section: Section, stan: Client) -> None:
    picture = make_picture(description="A quay in the rain", credit="Photograph: Odd Teigen")
    blocks = body(
        ("text", "<p>The <b>first</b> words.</p><h2>Ice</h2><ul><li>one</li><li>two</li></ul>"),
        ("picture", {"picture": picture.pk, "alt": "", "caption": "The quay.", "credit": ""}),
        ("quote", {"text": "I kept two books.", "attribution": "Ingrid"}),
        ("link_card", {"url": "https://example.org/tide", "title": "Tide table", "text": "For March"}),
    )
    talk = interview(("When?", "Then."), ("Why?", "Because."))
    make_article(section, body=[*blocks, talk, *body(("text", "<p>The last words.</p>"))])

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    main = soup.select_one(".cols.body")
    assert main is not None
    assert [element.name for element in main.find_all(recursive=False)][:5] == ["p", "h2", "ul", "figure", "figure"]
    assert words(soup, ".opening") == ["The first words."]
    assert words(soup, ".end") == ["The last words."]
    assert {element["data-block"] for element in main.select("p.opening, h2, ul")} == {"block-0"}
    image = main.select_one("figure img")
    assert image is not None
    assert image["alt"] == "A quay in the rain"
    assert image["loading"] == "lazy"
    assert (image["width"], image["height"]) == ("1200", "750")
    assert [width for _url, width in (part.split() for part in str(image["srcset"]).split(", "))] == [
        "480w",
        "800w",
        "1200w",
    ]
    assert str(image["src"]).endswith(".webp")
    assert words(soup, "figcaption")[:1] == ["The quay. Photograph: Odd Teigen"]
    assert words(soup, ".pull blockquote p") == ["I kept two books."]
    assert words(soup, ".card") == ["Tide tableFor Marchexample.org"]
    assert soup.select_one(".card a")["href"] == "https://example.org/tide"  # type: ignore[index]
    exchange = soup.select_one("#exchange-exchange-1")
    assert exchange is not None
    assert exchange["data-block"] == "exchange-1"
    assert exchange.select_one("a.no")["href"] == "#exchange-exchange-1"  # type: ignore[index]
    assert words(exchange, ".q") == ["Nora VikWhen?"]
    assert words(exchange, ".a .who") == ["Elias Haug"]
    assert words(soup, "a.no") == ["1", "2"]


def test_a_voice_is_named_where_it_speaks_and_its_role_once(section: Section, stan: Client) -> None:
    talk = {
        "type": "interview",
        "id": "talk",
        "value": {
            "voices": [
                {"type": "item", "id": "v1", "value": {"name": "Jonas", "role": ""}},
                {"type": "item", "id": "v2", "value": {"name": "Ingrid", "role": "harbour master"}},
            ],
            "exchanges": [
                {
                    "type": "item",
                    "id": "e1",
                    "value": [
                        {"type": "question", "id": "q1", "value": {"voice": "", "text": "<p>Fuel?</p>"}},
                        {"type": "answer", "id": "a1", "value": {"voice": "Pål", "text": "<p>Mostly.</p>"}},
                        {"type": "answer", "id": "a2", "value": {"voice": "", "text": "<p>Time.</p><p>And more.</p>"}},
                    ],
                },
                {
                    "type": "item",
                    "id": "e2",
                    "value": [{"type": "answer", "id": "a3", "value": {"voice": "", "text": "<p>Also this.</p>"}}],
                },
            ],
        },
    }
    make_article(section, body=[talk])

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    assert words(soup, ".who") == ["Jonas", "Pål", "Ingrid, harbour master", "Ingrid"]
    assert words(soup, "#exchange-e1 .a") == ["PålMostly.", "Ingrid, harbour masterTime.", "And more."]
    parts = data_of(soup)["hasPart"]
    assert [answer["author"]["name"] for answer in parts[0]["acceptedAnswer"]] == ["Pål", "Ingrid"]
    assert parts[1]["acceptedAnswer"] == {
        "@type": "Answer",
        "text": "Also this.",
        "author": {"@type": "Person", "name": "Ingrid"},
    }


@pytest.mark.parametrize(("count", "is_listed"), [(8, False), (9, True)])
def test_a_long_interview_opens_with_its_questions(section: Section, stan: Client, count: int, is_listed: bool) -> None:
    make_article(section, body=[interview(*((f"Question {at}?", "So.") for at in range(count)))])

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    links = [str(link["href"]) for link in soup.select(".questions a")]
    assert len(links) == (count if is_listed else 0)
    assert all(soup.select_one(link) for link in links)


def test_the_head_says_who_made_it_and_where_it_comes_from(section: Section, stan: Client) -> None:
    make_article(
        section,
        kicker="the long interview",
        standfirst="She explains what a town loses.",
        bylines={"interviewer": "Jonas Brekke", "translator": "Clara Finch", "editor": "Mette Rud"},
        steps=[
            {"kind": "interview", "publisher": "Radio Ytterholm", "url": "https://radio.example/1"},
            {"kind": "original", "publisher": "Kystblad", "language": "nb"},
            {"kind": "translated", "language": "nb", "person": "Clara Finch"},
        ],
    )

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    assert words(soup, ".kicker")[0] == "Harbour: the long interview"
    assert words(soup, "h1") == ["The ferry keeps its winter hours"]
    assert words(soup, ".bylines dt") == ["Interviewer", "Translator", "Editor"]
    assert words(soup, ".bylines dd") == ["Jonas Brekke", "Clara Finch", "Mette Rud"]
    assert soup.select_one(".bylines a")["href"] == "/people/jonas-brekke/"  # type: ignore[index]
    [provenance] = words(soup, ".provenance")
    assert provenance.startswith("Interview given to Radio Ytterholm; first published")
    assert provenance.endswith("translated from Norwegian Bokmål by Clara Finch.")
    data = data_of(soup)
    assert [person["name"] for person in data["author"]] == ["Jonas Brekke"]
    assert [person["name"] for person in data["translator"]] == ["Clara Finch"]
    assert [person["name"] for person in data["editor"]] == ["Mette Rud"]
    assert data["sourceOrganization"]["name"] == "Kystblad"
    assert data["translationOfWork"]["inLanguage"] == "nb"
    assert [work["@type"] for work in data["isBasedOn"]] == ["CreativeWork", "Article"]


def test_the_page_says_what_it_is_to_those_who_share_it(section: Section, stan: Client) -> None:
    picture = make_picture(description="A quay")
    article = make_article(section, standfirst="What a town loses.", lead_picture=picture, lead_caption="At six.")
    article.tags.add("Ferries")
    article.save_revision().publish()

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    address = "http://testserver/harbour/the-ferry-keeps-its-winter-hours/"
    assert soup.find("link", rel="canonical")["href"] == address  # type: ignore[index]
    said = {str(tag.get("property") or tag.get("name")): tag.get("content") for tag in soup.find_all("meta")}
    assert said["og:type"] == "article"
    assert said["og:url"] == address
    assert said["og:title"] == "The ferry keeps its winter hours"
    assert said["og:site_name"] == "The Slipway"
    assert said["og:description"] == said["description"] == "What a town loses."
    assert str(said["og:image"]).startswith("http://testserver/media/images/")
    assert said["og:image:alt"] == "A quay"
    assert said["article:section"] == "Harbour"
    assert said["article:tag"] == "Ferries"
    assert said["twitter:card"] == "summary_large_image"
    data = data_of(soup)
    assert data["@type"] == "NewsArticle"
    assert data["@id"] == address
    assert data["headline"] == "The ferry keeps its winter hours"
    assert data["inLanguage"] == "en"
    assert data["image"]["caption"] == "At six."
    assert data["image"]["url"].startswith("http://testserver/media/images/")
    assert data["keywords"] == ["Ferries"]
    assert data["publisher"]["name"] == "The Slipway"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d", data["datePublished"])


def test_language_versions_link_each_other(publication: FrontPage, section: Section, stan: Client) -> None:
    article = make_article(section)
    for code, title in (("nb", "Fergen holder rutetidene"), ("ar", "العبارة")):
        front = FrontPage.objects.get(locale__language_code=code)
        other = make_section(front, "Havn" if code == "nb" else "ميناء", slug=f"havn-{code}")
        translate(article, other, title, slug=f"fergen-{code}")

    english = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")
    arabic = get(stan, "/ar/havn-ar/fergen-ar/")

    assert english.html["lang"] == "en"  # type: ignore[index]
    assert (arabic.html["lang"], arabic.html["dir"]) == ("ar", "rtl")  # type: ignore[index]
    links = {str(link["hreflang"]): str(link["href"]) for link in english.select(".versions a")}
    assert links == {"nb": "/nb/havn-nb/fergen-nb/", "ar": "/ar/havn-ar/fergen-ar/"}
    for soup in (english, arabic):
        alternates = {str(link["hreflang"]): str(link["href"]) for link in soup.select("link[rel=alternate][hreflang]")}
        assert alternates == {
            "en": "http://testserver/harbour/the-ferry-keeps-its-winter-hours/",
            "nb": "http://testserver/nb/havn-nb/fergen-nb/",
            "ar": "http://testserver/ar/havn-ar/fergen-ar/",
            "x-default": "http://testserver/harbour/the-ferry-keeps-its-winter-hours/",
        }
    assert [version["inLanguage"] for version in data_of(english)["workTranslation"]] == ["nb", "ar"]


def test_a_version_that_is_not_published_is_not_linked(publication: FrontPage, section: Section, stan: Client) -> None:
    article = make_article(section)
    other = make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn")
    make_article(other, "Utkast", translation_key=article.translation_key, publish=False)

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    assert soup.select(".versions") == []
    assert "Utkast" not in str(soup)
    assert stan.get("/nb/havn/utkast/").status_code == 404


def test_an_attack_in_any_field_is_words(publication: FrontPage, stan: Client) -> None:
    section = make_section(publication, ATTACK, slug="s", introduction=ATTACK)
    picture = make_picture(ATTACK, description=ATTACK, credit=ATTACK)
    person = Person.objects.create(name=ATTACK[:100], slug="x")
    Biography.objects.create(person=person, locale=section.locale, text=f"<p>{ATTACK}</p>")
    talk = interview((ATTACK, ATTACK), voices=(ATTACK, ATTACK + "2"))
    article = make_article(
        section,
        ATTACK,
        slug="a",
        kicker=ATTACK[:80],
        standfirst=ATTACK,
        lead_picture=picture,
        lead_alt=ATTACK,
        lead_caption=ATTACK,
        lead_credit=ATTACK,
        seo_title=ATTACK,
        search_description=ATTACK,
        body=[
            *body(
                ("text", f"<p>{ATTACK}</p><p><a href='javascript:alert(1)'>x</a></p>"),
                ("picture", {"picture": picture.pk, "alt": ATTACK, "caption": ATTACK, "credit": ATTACK}),
                ("quote", {"text": ATTACK, "attribution": ATTACK}),
                ("link_card", {"url": "javascript:alert(1)", "title": ATTACK, "text": ATTACK}),
            ),
            talk,
        ],
        steps=[
            {
                "kind": "original",
                "publisher": ATTACK,
                "url": "javascript:alert(1)",
                "language": "<b>",
                "person": ATTACK,
                "licence": ATTACK,
            }
        ],
        pending_correction=ATTACK,
    )
    Byline.objects.create(page=article, person=person, role="writer")
    article = ArticlePage.objects.get(pk=article.pk)
    article.tags.add(ATTACK[:90])
    article.save_revision().publish()

    for url in ("/s/a/", "/s/", "/", "/people/x/", "/corrections/", "/search/?q=alert", "/archive/"):
        soup = get(stan, url)
        for script in soup.find_all("script"):
            assert script.get("src") or script.get("type") == "application/ld+json"
        assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
        assert not soup.select("img[src=x]")
        links = [str(tag.get("href") or tag.get("src") or "") for tag in soup.find_all(True)]
        assert not [link for link in links if "script:" in link.lower()]
        assert not soup.select("[style]")
    data = data_of(get(stan, "/s/a/"))
    assert data["headline"] == ATTACK
    assert data["hasPart"][0]["author"]["name"] == ATTACK


def test_an_unreadable_picture_is_left_out_and_the_page_stands(section: Section, stan: Client) -> None:
    picture = make_picture()
    make_article(
        section,
        lead_picture=picture,
        body=body(
            ("picture", {"picture": picture.pk, "alt": "", "caption": "Lost", "credit": ""}), ("text", "<p>Stays.</p>")
        ),
    )
    picture.file.storage.delete(picture.file.name)
    picture.renditions.all().delete()

    soup = get(stan, "/harbour/the-ferry-keeps-its-winter-hours/")

    assert words(soup, ".body p[data-block]") == ["Stays."]
    assert soup.select("main img") == []


def test_a_link_to_a_page_that_is_withdrawn_keeps_its_words(section: Section, stan: Client) -> None:
    other = make_article(section, "The other story")
    make_article(section, body=f'<p>See <a linktype="page" id="{other.pk}">there</a>.</p>')
    url = "/harbour/the-ferry-keeps-its-winter-hours/"
    assert get(stan, url).select_one(".body p a")["href"] == "/harbour/the-other-story/"  # type: ignore[index]

    other.unpublish()

    assert words(get(stan, url), ".body p[data-block]") == ["See there."]
    assert get(stan, url).select(".body p[data-block] a") == []


def full_article(section: Section, size: int) -> ArticlePage:
    """An article with `size` of everything."""
    pictures = [make_picture(f"Picture {at}", (640, 400)) for at in range(size)]
    others = [make_article(section, f"Linked {size}-{at}") for at in range(size)]
    blocks: Iterable[tuple[str, Any]] = [
        pair
        for picture, other in zip(pictures, others, strict=True)
        for pair in (
            ("text", f'<p>See <a linktype="page" id="{other.pk}">this</a>.</p>'),
            ("picture", {"picture": picture.pk, "alt": "", "caption": "c", "credit": ""}),
            ("quote", {"text": "words", "attribution": ""}),
        )
    ]
    talk = interview(*((f"Q{at}", f"A{at}") for at in range(size * 4)))
    article = make_article(
        section,
        f"Full {size}",
        slug=f"full-{size}",
        lead_picture=pictures[0],
        body=[*body(*blocks), talk],
        steps=[{"kind": "republished", "publisher": f"P{at}"} for at in range(size)],
    )
    for at in range(size):
        person = make_person(f"Person {size} {at}")
        Biography.objects.create(person=person, locale=section.locale, name=f"P {at}")
        Byline.objects.create(page=article, person=person, role="editor", sort_order=at)
        article.corrections.create(text=f"Correction {at}")
    article.tags.add(*(f"tag {size} {at}" for at in range(size)))
    article.save()
    return article


def test_an_article_costs_as_many_queries_whatever_it_holds(section: Section, stan: Client, settings: Any) -> None:
    settings.CACHES = product.CACHES  # a look into the cache is a query
    counts = []
    for size in (1, 6):
        full_article(section, size)
        get(stan, f"/harbour/full-{size}/")  # makes the renditions
        with CaptureQueriesContext(
            connection,
        ) as queries:
            soup = get(stan, f"/harbour/full-{size}/")
        assert len(soup.select(".bylines dt")) == 2
        assert len(soup.select(".body figure img")) == size
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 25, counts
