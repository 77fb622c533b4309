"""A publication names itself and picks its colour, without a line of code."""

import html5lib
import pytest
from django.test import Client
from wagtail.models import Site

from broadsheet.publication.models import ArticlePage, FrontPage, PublicationSettings

pytestmark = pytest.mark.django_db


def sent(**fields: str) -> dict[str, str]:
    return {"name": "The Slipway", "logo": "", "accent": "#0b5d3b", "accent_dark": ""} | fields


def address() -> str:
    return f"/admin/settings/publication/publicationsettings/{Site.objects.get(is_default_site=True).pk}/"


def test_an_editor_picks_one_colour_and_readers_get_all(publication: FrontPage, as_ed: Client, stan: Client) -> None:
    before = stan.get("/publication.css").content.decode()

    answer = as_ed.post(address(), sent(accent=" #0B5D3B "))

    assert answer.status_code == 302
    css = stan.get("/publication.css").content.decode()
    assert "--accent: #0b5d3b;" in css
    assert "#b12a18" in before
    assert "#b12a18" not in css


@pytest.mark.parametrize(
    ("field", "colour"),
    [
        ("accent", "#ffdd00"),
        ("accent", "red"),
        ("accent", ""),
        ("accent", "#12"),
        ("accent", "#;}x{}"),
        ("accent_dark", "#15212b"),
        ("accent_dark", "#zzzzzz"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused(
    publication: FrontPage, as_ed: Client, field: str, colour: str
) -> None:
    answer = as_ed.post(address(), sent(**{field: colour}))

    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert PublicationSettings.objects.get().accent == "#b12a18"


def test_the_refusal_names_a_colour_that_can(publication: FrontPage, as_ed: Client) -> None:
    [sentence] = as_ed.post(address(), sent(accent="#ffdd00")).context["form"].errors["accent"]

    nearest = sentence.rpartition(" ")[2].rstrip(".")
    assert as_ed.post(address(), sent(accent=nearest)).status_code == 302


def test_a_colour_that_came_another_way_writes_no_css(publication: FrontPage, stan: Client) -> None:
    PublicationSettings.objects.update(accent="#;}x{}", accent_dark="}*{x:")

    css = stan.get("/publication.css")

    assert css.status_code == 200
    assert css["Content-Type"] == "text/css; charset=utf-8"
    assert "x{" not in css.content.decode()
    assert "--accent: #b12a18;" in css.content.decode()


def test_colours_are_kept_for_good_under_their_own_address(publication: FrontPage, as_ed: Client, stan: Client) -> None:
    """Pages name the colours they were drawn with, so that nobody asks again and nobody sees old ones."""
    first, second = (_colours_after(as_ed, stan, accent) for accent in ("#0b5d3b", "#1a3f8b"))
    assert first != second
    kept, asked_again = stan.get(second), stan.get(first)
    assert kept["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--accent: #1a3f8b;" in kept.content.decode()
    assert asked_again["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert asked_again.content == kept.content


def _colours_after(editor: Client, reader: Client, accent: str) -> str:
    """The address of the colours in a page, once this accent is chosen."""
    assert editor.post(address(), sent(accent=accent)).status_code == 302
    page = html5lib.parse(reader.get("/").content, namespaceHTMLElements=False)
    links = [link.get("href") for link in page.iterfind(".//link[@rel='stylesheet']")]
    [found] = [str(link) for link in links if "/publication.css?" in link]
    return found


def test_there_are_colours_before_there_is_a_publication(stan: Client) -> None:
    Site.objects.all().delete()

    assert stan.get("/publication.css").status_code == 200


def test_the_name_is_shown_as_it_is_typed(article: ArticlePage, as_ed: Client, stan: Client) -> None:
    name = '<b>Slip & "way"</b></script>'
    assert as_ed.post(address(), sent(name=name)).status_code == 302

    page = stan.get(article.url).content.decode()

    assert "<b>Slip" not in page
    assert 'content="&lt;b&gt;Slip &amp; &quot;way&quot;&lt;/b&gt;&lt;/script&gt;"' in page


def test_an_editor_of_articles_sees_the_form_laid_out_in_tabs(as_ed: Client, article: ArticlePage) -> None:
    page = as_ed.get(f"/admin/pages/{article.pk}/edit/").content.decode()

    for tab in ("Story", "Provenance and bylines", "Corrections", "Promote"):
        assert tab in page
