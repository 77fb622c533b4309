"""What readers see of funding: the meter, the way to support, the ways of giving, the wall."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation
from wagtail.models import PageViewRestriction, Site

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.funding import epc
from broadsheet.funding.actions import Aim, change_campaign, create_campaign, reverse_gift, take_off_wall
from broadsheet.funding.iban import Origin, compact, is_bic, is_iban, origin_of, reference_of
from broadsheet.funding.models import Campaign, WaysOfGiving, Words
from broadsheet.funding.models.campaigns import today
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.unit.funding.conftest import Book, a_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("publication")]

IBAN = "NO9386011117947"


@pytest.fixture
def account(publication: FrontPage) -> WaysOfGiving:
    """The publication's account."""
    ways = WaysOfGiving.for_site(Site.objects.get(is_default_site=True))
    ways.account_holder, ways.iban = "The Slipway & Sons", "no93 8601-1117 947"
    ways.full_clean()
    ways.save()
    return ways


def read(browser: Client, path: str) -> str:
    """Return the page behind a path."""
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def text_of(page: str) -> str:
    """Return the words of a page."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())


def test_an_article_shows_the_meter_twice(article: ArticlePage, fund: Campaign, book: Book, stan: Client) -> None:
    book(3048, campaign=fund)
    page = read(stan, article.url)
    meters = re.findall(r"<meter ([^>]+)>([^<]+)</meter>", page)
    assert (
        meters
        == [('min="0" max="500000" value="304800" aria-label="€3,048 of €5,000 raised."', "€3,048 of €5,000 raised.")]
        * 2
    )
    assert page.index("<meter") < page.index("<h1") < page.rindex("<meter") < page.index('id="discussion"')
    assert page.count(f'class="btn give" href="{fund.url}?from={article.pk}"') == 2
    assert text_of(page).count("Pay for a crossing") == 2
    assert "✓</tspan> 2,500" in page
    assert "Reached on" in page


def test_without_a_campaign_the_way_is_there(article: ArticlePage, stan: Client) -> None:
    page = read(stan, article.url)
    assert page.count(f'href="/support/?from={article.pk}">Support The Slipway</a>') == 2
    assert "<meter" not in page


def test_a_button_without_words_of_its_own(article: ArticlePage, tess: User, stan: Client) -> None:
    create_campaign(a_plan(words={"en": Words("Sails")}), by=tess)
    assert read(stan, article.url).count(">Support The Slipway</a>") == 2


def test_in_arabic_everything_is_mirrored(
    article: ArticlePage, section: Section, fund: Campaign, tess: User, book: Book, stan: Client
) -> None:
    words = {"en": Words("The Night Boat Fund"), "ar": Words("صندوق قارب الليل", "مراسل واحد", "ادعمنا")}
    change_campaign(fund, a_plan(words=words), by=tess)
    book(3048, campaign=fund)
    front = FrontPage.objects.get(locale__language_code="ar")
    version = factories.translate(article, factories.make_section(front, "الميناء"), "العبّارة")
    page = read(stan, version.url)
    assert "صندوق قارب الليل" in page
    assert 'x="39.04%"' in page
    assert ">٣٬٠٤٨</text>" in page
    assert '<text x="100%" y="20" text-anchor="start">٠</text>' in page
    assert 'value="304800"' in page


def test_words_in_another_language_say_so(article: ArticlePage, section: Section, fund: Campaign, stan: Client) -> None:
    front = FrontPage.objects.get(locale__language_code="nb")
    version = factories.translate(article, factories.make_section(front, "Havnen"), "Ferja")
    assert '<h2 id="fund" lang="en" dir="auto">' in read(stan, version.url)


@pytest.mark.parametrize("raised", [0, 0.01, 25, 2500, 5000, 6500, 100_000])
def test_bar_and_words_are_always_equal(
    article: ArticlePage, fund: Campaign, book: Book, stan: Client, raised: float
) -> None:
    if raised:
        book(raised, campaign=fund)
    page = read(stan, article.url)
    units, top = round(raised * 100), max(round(raised * 100), 500_000)
    assert re.findall(r'max="(\d+)" value="(\d+)"', page) == [(str(top), str(units))] * 2
    assert page.count(f"{100 * units / top:.3f}".rstrip("0").rstrip(".") + '%" y="14"') == 2


def test_the_page_of_a_campaign(fund: Campaign, account: WaysOfGiving, article: ArticlePage, stan: Client) -> None:
    page = read(stan, f"{fund.url}?from={article.pk}")
    words = text_of(page)
    reference = reference_of(Origin(fund.pk, article.pk))
    assert "The Slipway & Sons" in words
    assert "NO93 8601 1117 947" in words
    assert reference in words.replace(" ", "")
    assert f'Back to <a href="{article.url}">' in page
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page or "<svg " in page
    assert "Be the first name here." in words


def test_support_leads_to_what_the_article_shows(
    fund: Campaign, tess: User, article: ArticlePage, section: Section, stan: Client
) -> None:
    create_campaign(a_plan(words={"en": Words("Sails for the harbour")}, page=section), by=tess)
    assert "Sails for the harbour" in read(stan, f"/support/?from={article.pk}")
    assert "The Night Boat Fund" in read(stan, "/support/")


@pytest.mark.parametrize(
    "came_from", ["", "x", "0", "-1", "９", "9" * 30, "1", "2", "99999", "1%00", "%27", "1&from=2", "1.5"]
)
def test_where_one_came_from_is_a_readable_page_or_nothing(
    fund: Campaign, account: WaysOfGiving, stan: Client, came_from: str
) -> None:
    for path in ("/support/", fund.url):
        page = read(stan, f"{path}?from={came_from}")
        assert "Back to" not in page
        assert reference_of(Origin(fund.pk)) in text_of(page).replace(" ", "")


def test_a_draft_is_not_named(fund: Campaign, account: WaysOfGiving, article: ArticlePage, stan: Client) -> None:
    hidden = factories.make_article(article.get_parent().specific, "Not yet", publish=False)
    secret = factories.make_article(article.get_parent().specific, "Friends only")
    PageViewRestriction.objects.create(page=secret, restriction_type=PageViewRestriction.LOGIN)
    for page in (hidden, secret):
        assert page.title not in read(stan, f"/support/?from={page.pk}")


def test_with_nothing_set_up_the_page_says_so(stan: Client) -> None:
    words = text_of(read(stan, "/support/"))
    assert "The Slipway takes no gifts by bank transfer yet" in words
    assert "IBAN" not in words


def test_an_account_is_enough_to_give(account: WaysOfGiving, article: ArticlePage, stan: Client) -> None:
    page = read(stan, f"/support/?from={article.pk}")
    assert reference_of(Origin(0, article.pk)) in text_of(page).replace(" ", "")


def test_another_currency_has_no_code(account: WaysOfGiving, tess: User, stan: Client) -> None:
    crowns = create_campaign(a_plan(currency="NOK"), by=tess)
    page = read(stan, crowns.url)
    assert "NO93 8601 1117 947" in page
    assert 'class="qr"' not in page
    assert "NOK\u00a05,000" in page


def test_a_campaign_that_is_over(fund: Campaign, account: WaysOfGiving, tess: User, book: Book, stan: Client) -> None:
    book(3048, campaign=fund)
    change_campaign(fund, a_plan(ends_on=today() - timedelta(1)), by=tess)
    words = text_of(read(stan, fund.url))
    assert "This campaign has ended." in words
    assert "It ended on" in words
    assert "€3,048 of €5,000 raised." in words
    assert "IBAN" not in words


def test_the_wall_names_those_who_agreed(fund: Campaign, book: Book, tess: User, stan: Client) -> None:
    book(500, campaign=fund, name="Torben Lie", message="For <the> cello.")
    book(250, campaign=fund, message="Nobody shall know.")
    gone = book(120, campaign=fund, name="Nadia Rehn")
    mistake = book(60, campaign=fund, name="Typed Twice")
    book(90, name="For the whole paper")
    take_off_wall(gone, by=tess)
    reverse_gift(mistake, by=tess, reason="Typed twice.")
    page = read(stan, fund.url)
    wall = page[page.index('id="wall"') :]
    assert "Torben Lie" in wall
    assert "For &lt;the&gt; cello." in wall
    assert "€500" in wall
    assert "1 name" in wall
    for hidden in ("Nobody shall know", "Nadia Rehn", "Typed Twice", "For the whole paper"):
        assert hidden not in page


def test_a_long_wall_has_pages(fund: Campaign, book: Book, stan: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(65):
        book(1, campaign=fund, name=f"Giver {number}")
    first, second = read(stan, fund.url), read(stan, f"{fund.url}?wall=2")
    assert (first.count("<bdi>Giver"), second.count("<bdi>Giver")) == (60, 5)
    for odd in ("0", "-1", "x", "9" * 30, "\0"):
        assert stan.get(fund.url, {"wall": odd}).status_code == 200
    with django_assert_max_num_queries(25):
        read(stan, fund.url)


def test_pages_are_the_same_for_everybody(
    fund: Campaign, account: WaysOfGiving, article: ArticlePage, stan: Client, as_rita: Client
) -> None:
    for path in ("/support/", fund.url, f"{fund.url}?from={article.pk}"):
        answer = stan.get(path)
        assert not answer.cookies
        assert answer.content == Client().get(path).content
        assert as_rita.get(path).status_code == 200


@pytest.mark.parametrize("name", ["bcdfghjkmnpq", "x", "all", "UPPERCASE", "bcdfghjkmnp１"])
def test_there_is_no_such_campaign(stan: Client, name: str) -> None:
    assert stan.get(f"/support/{name}/").status_code == 404


def test_nothing_is_taken_by_post(fund: Campaign, stan: Client) -> None:
    for path in ("/support/", fund.url):
        assert stan.post(path, {"amount": "5"}).status_code == 405


def test_hostile_words_are_only_words(fund: Campaign, tess: User, article: ArticlePage, stan: Client) -> None:
    evil = '"><script>alert(1)</script>'
    words = {"en": Words(evil, f"{evil}\n{{{{ 7|add:7 }}}}", evil)}
    change_campaign(fund, a_plan(words=words, aims=[Aim(500_000, {"en": evil})]), by=tess)
    for path in (article.url, fund.url):
        assert "<script>alert" not in read(stan, path)


def test_ways_of_giving_are_announced(account: WaysOfGiving) -> None:
    before = versions_of(["campaign:all"])["campaign:all"]
    account.save()
    assert versions_of(["campaign:all"])["campaign:all"] == before + 1


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [
        ("NO93 8601 1117 947", True),
        ("de89370400440532013000", True),
        ("GB82-WEST-1234-5698-7654-32", True),
        ("NO9386011117948", False),
        ("NO9386011117974", False),
        ("DE89370400440532013001", False),
        ("", False),
        ("NO93", False),
        ("NO９３86011117947", False),
        ("NO93 8601 1117 947" * 5, False),
        ("<script>", False),
    ],
)
def test_an_iban_is_checked(typed: str, is_one: bool) -> None:
    assert is_iban(compact(typed)) is is_one


@pytest.mark.parametrize(
    "fields",
    [
        {"iban": "NO9386011117948"},
        {"iban": IBAN, "account_holder": " "},
        {"bic": "DNB"},
        {"bic": "DNBANOKKXX"},
    ],
)
def test_an_account_that_no_bank_would_find_is_refused(account: WaysOfGiving, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        setattr(account, name, value)
    with pytest.raises(ValidationError):
        account.full_clean()


def test_a_bic() -> None:
    assert is_bic("DNBANOKK")
    assert is_bic("DNBANOKKXXX")


@pytest.mark.parametrize("origin", [Origin(1), Origin(12, 345), Origin(0, 7), Origin(999_999_999, 999_999_999)])
def test_a_reference_says_where_a_gift_came_from(origin: Origin) -> None:
    reference = reference_of(origin)
    assert len(reference) <= 25
    assert origin_of(reference) == origin
    assert origin_of(f" {reference[:4].lower()} {reference[4:]} ") == origin
    for place in range(2, len(reference)):  # one digit typed wrongly
        if reference[place].isdigit():
            wrong = reference[:place] + str((int(reference[place]) + 1) % 10) + reference[place + 1 :]
            assert origin_of(wrong) is None


def test_a_reference_of_somebody_elses() -> None:
    for typed in ("", "RF18539007547034", "Gift", "RF00C1", "C1A2", "RF" + "9" * 100):
        assert origin_of(typed) is None


def test_the_lines_of_a_sepa_transfer() -> None:
    """As EPC069-12 orders them: name and account, no sum, the structured reference."""
    text = epc.transfer_text(holder="Ærlig & Sønner", iban=IBAN, bic="", reference="RF18C1A2")
    assert text.split("\n") == ["BCD", "002", "1", "SCT", "", "Ærlig & Sønner", IBAN, "", "", "RF18C1A2"]
    svg = epc.code_svg(text, '<b>"title"')
    assert svg.startswith("<svg")
    assert "<b>" not in svg
    assert "style=" not in svg


def test_every_language_has_its_page(fund: Campaign, account: WaysOfGiving, stan: Client) -> None:
    for language, direction in (("nb", "ltr"), ("ar", "rtl")):
        with translation.override(language):
            page = read(stan, fund.url)
        assert f'<html lang="{language}" dir="{direction}">' in page
