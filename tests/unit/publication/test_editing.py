"""The editor's form of an article: what it offers, and what it does not take."""

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.test import Client
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from broadsheet.publication.models import ArticlePage, FrontPage, Person, ProvenanceStep, Section, StandardPage
from tests.cast import signed_in
from tests.factories import make_article, make_section, make_user

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


HOSTILE_ID = 'x"><img src=x onerror=alert(1)>'


def _form_of(title: str, story: list[dict[str, Any]]) -> dict[str, Any]:
    """What the editor's form sends of a new article; the ids of its blocks are whatever somebody wrote into it."""
    none = inline_formset([])
    body = {"body-count": str(len(story))}
    for at, block in enumerate(story):
        body |= {f"body-{at}-deleted": "", f"body-{at}-order": str(at)}
        body |= {f"body-{at}-{name}": value for name, value in block.items()}
    lists = {"provenance_steps": none, "bylines": none, "comments": none}
    return nested_form_data({"title": title, "slug": "forged", "tags": "", **lists}) | body


def _spoken(block_id: str) -> dict[str, str]:
    turn = {"deleted": "", "order": "0", "type": "question", "id": block_id, "value-voice": ""}
    return (
        {"type": "interview", "id": block_id, "value-voices-count": "1", "value-exchanges-count": "1"}
        | {"value-voices-0-deleted": "", "value-voices-0-order": "0", "value-voices-0-id": block_id}
        | {"value-voices-0-value-name": "Nora Vik", "value-voices-0-value-role": ""}
        | {"value-exchanges-0-deleted": "", "value-exchanges-0-order": "0", "value-exchanges-0-id": block_id}
        | {"value-exchanges-0-value-count": "1"}
        | {f"value-exchanges-0-value-0-{name}": value for name, value in turn.items()}
        | {"value-exchanges-0-value-0-value-text": rich_text("<p>Did she wait?</p>")}
    )


def test_an_id_that_a_form_invents_is_no_markup(as_ed: Client, section: Section) -> None:
    """A writer's forged form must not act in the browser of the editor who opens the draft."""
    writer = signed_in(make_user("wilma", "Writer"))
    sent = _form_of("Forged", [_spoken(HOSTILE_ID)])
    answer = writer.post(f"/admin/pages/add/publication/articlepage/{section.pk}/", sent)
    assert answer.status_code == 302

    article = ArticlePage.objects.get()
    stored = json.dumps(list(article.get_latest_revision_as_object().body.raw_data))
    assert "Did she wait?" in stored
    assert "onerror" not in stored
    assert "onerror" not in as_ed.get(f"/admin/pages/{article.pk}/edit/").content.decode()


def test_an_id_that_was_stored_another_way_is_no_markup(as_ed: Client, stan: Client, section: Section) -> None:
    exchanges = [{"type": "item", "id": HOSTILE_ID, "value": [
        {"type": "question", "id": HOSTILE_ID, "value": {"voice": "", "text": "<p>Did she wait?</p>"}},
    ]}]  # fmt: skip
    voices = [{"type": "item", "id": HOSTILE_ID, "value": {"name": "Nora Vik", "role": ""}}]
    interview = {"type": "interview", "id": HOSTILE_ID, "value": {"voices": voices, "exchanges": exchanges}}
    article = make_article(section, body=[interview, {"type": "text", "id": HOSTILE_ID, "value": "<p>Once.</p>"}])

    assert "onerror" not in as_ed.get(f"/admin/pages/{article.pk}/edit/").content.decode()
    pages = [stan.get(article.url or "").content.decode() for _time in range(2)]
    assert "Did she wait?" in pages[0]
    assert "onerror" not in pages[0]
    assert BeautifulSoup(pages[0], "html.parser").select("[data-block]") == BeautifulSoup(
        pages[1], "html.parser"
    ).select("[data-block]")


def test_an_id_of_ours_stays_what_it_is(section: Section) -> None:
    article = make_article(section, body=[{"type": "text", "id": "0a1B-_9", "value": "<p>Once.</p>"}])

    assert [block.id for block in article.body] == ["0a1B-_9"]


def test_a_draft_is_offered_to_those_who_write_only(
    as_ed: Client, as_mo: Client, as_tess: Client, section: Section
) -> None:
    make_article(section, "Not written yet", publish=False)
    make_article(section, "The ferry keeps its hours")

    def offered(client: Client) -> list[bool]:
        page = client.get(f"/admin/choose-page/{section.pk}/").content.decode()
        return [title in page for title in ("Not written yet", "The ferry keeps its hours")]

    assert offered(signed_in(make_user("wilma", "Writer"))) == offered(as_ed) == [True, True]
    assert offered(as_mo) == offered(as_tess) == [False, True]
