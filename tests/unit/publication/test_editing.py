"""The editor's form of an article: what it offers, and what it does not take."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.test import Client

from broadsheet.publication.models import ArticlePage, FrontPage, Person, ProvenanceStep, StandardPage
from tests.factories import make_article, make_section

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "//elsewhere.example"),
        ("url", "/harbour/"),
        ("url", "https://user:pass@elsewhere.example/"),
        ("url", "not an address"),
        ("language", "Norwegian Bokmål"),
        ("language", "<b>"),
        ("kind", "stolen"),
        ("publisher", "x" * 201),
    ],
)
def test_a_step_takes_no_nonsense(article: ArticlePage, field: str, value: str) -> None:
    step = ProvenanceStep(page=article, **({"kind": "original"} | {field: value}))

    with pytest.raises(ValidationError) as refusal:
        step.full_clean()

    assert set(refusal.value.error_dict) == {field}


@pytest.mark.parametrize("url", ["https://example.org/a?b=c#d", "http://blåbær.example/", "https://example.org:8443/ø"])
def test_a_step_takes_what_is_on_the_web(article: ArticlePage, url: str) -> None:
    ProvenanceStep(page=article, kind="original", url=url, language="pt-BR").full_clean()


def test_a_step_may_lack_everything(article: ArticlePage) -> None:
    ProvenanceStep(page=article, kind="adapted").full_clean()


def test_the_form_offers_languages_by_name(as_ed: Client, publication: FrontPage) -> None:
    article = make_article(make_section(publication), steps=[{"kind": "translated", "language": "nb"}])

    soup = BeautifulSoup(as_ed.get(f"/admin/pages/{article.pk}/edit/").content, "html.parser")

    line = soup.select_one("#id_provenance_steps-0-language")
    assert line is not None
    assert line["value"] == "nb"
    offered = {option["value"]: option["label"] for option in soup.select(f"datalist#{line['list']} option")}
    assert offered["nb"] == "Norwegian Bokmål"


@pytest.mark.parametrize(
    ("kind", "value", "is_taken"),
    [
        ("link_card", {"url": "https://example.org/", "title": "Tide", "text": ""}, True),
        ("link_card", {"url": "javascript:alert(1)", "title": "Tide", "text": ""}, False),
        ("link_card", {"url": "ftp://example.org/", "title": "Tide", "text": ""}, False),
        ("link_card", {"url": "https://example.org/", "title": "", "text": ""}, False),
        ("quote", {"text": "", "attribution": ""}, False),
        ("quote", {"text": "x" * 1001, "attribution": ""}, False),
    ],
)
def test_the_body_takes_no_nonsense(kind: str, value: dict[str, Any], is_taken: bool) -> None:
    block = ArticlePage._meta.get_field("body").stream_block
    sent = block.to_python([{"type": kind, "value": value, "id": "1"}])

    if is_taken:
        assert block.clean(sent)[0].block_type == kind
    else:
        with pytest.raises(ValidationError):
            block.clean(sent)


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("/archive/", True),
        ("https://example.org/", True),
        ("javascript:alert(1)", False),
        ("//elsewhere.example/", False),
        ("/\\elsewhere.example/", False),
        ("archive", False),
    ],
)
def test_the_navigation_takes_paths_and_web_addresses(url: str, is_taken: bool) -> None:
    block = FrontPage._meta.get_field("navigation").stream_block
    sent = block.to_python([{"type": "address", "value": {"url": url, "label": "Way"}, "id": "1"}])

    if is_taken:
        assert block.clean(sent)[0].value["url"] == url
    else:
        with pytest.raises(ValidationError):
            block.clean(sent)


def test_a_draft_is_previewed_before_it_has_an_address(as_ed: Client, publication: FrontPage) -> None:
    section = make_section(publication)
    article = make_article(section, publish=False, pending_correction="It is 1987.")

    answer = as_ed.get(f"/admin/pages/{article.pk}/view_draft/")

    assert answer.status_code == 200
    assert "The ferry keeps its winter hours" in answer.content.decode()


def test_an_article_that_was_never_saved_is_previewed(as_ed: Client, publication: FrontPage) -> None:
    section = make_section(publication)
    url = f"/admin/pages/add/publication/articlepage/{section.pk}/preview/"
    sent = {"title": "New", "slug": "new", "body-count": "0", "tags": "", "kicker": "", "standfirst": "A line."}
    for name in ("provenance_steps", "bylines", "comments"):
        sent |= {
            f"{name}-TOTAL_FORMS": "0",
            f"{name}-INITIAL_FORMS": "0",
            f"{name}-MIN_NUM_FORMS": "0",
            f"{name}-MAX_NUM_FORMS": "1000",
        }

    assert as_ed.post(url, sent).json()["is_valid"]
    answer = as_ed.get(url)

    assert answer.status_code == 200
    assert "A line." in answer.content.decode()


def test_somebody_who_stands_by_a_story_is_not_deleted(as_ed: Client, article: ArticlePage) -> None:
    person = Person.objects.get()

    answers = [
        as_ed.post(f"/admin/snippets/publication/person/delete/{person.pk}/", follow=True),
        as_ed.post(f"/admin/bulk/publication/person/delete/?id={person.pk}", follow=True),
    ]

    assert Person.objects.filter(pk=person.pk).exists()
    assert all("This person stands by an article." in answer.content.decode() for answer in answers)


def test_a_standard_page_below_another_is_reached(publication: FrontPage, stan: Client) -> None:
    about = StandardPage(title="About us", locale=publication.locale)
    publication.add_child(instance=about)
    about.add_child(instance=StandardPage(title="House rules", locale=publication.locale))

    assert stan.get("/about-us/house-rules/").status_code == 200
