"""The treasurer's pages: booked after a second look, once; taken back with a reason; for nobody else's eyes."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client

from broadsheet.accounts.models import User
from broadsheet.funding.export import harmless
from broadsheet.funding.iban import Origin, reference_of
from broadsheet.funding.models import Campaign, Donation, Transfer, raised_for
from broadsheet.funding.models.campaigns import today
from broadsheet.publication.models import ArticlePage, Section
from tests.unit.funding.conftest import Book

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("publication")]

GIFTS, BOOK, EXPORT = "/admin/funding/", "/admin/funding/book/", "/admin/funding/gifts.csv"
CAMPAIGNS, NEW = "/admin/funding/campaigns/", "/admin/funding/campaigns/new/"
KEY = "k" * 24


def typed(**changes: Any) -> dict[str, Any]:
    """Return the fields of the form for a gift of twenty euros."""
    fields = {"amount": "20", "currency": "EUR", "way": "bank", "given_on": today().isoformat(), "key": KEY}
    return {
        "reference": "",
        "campaign": "",
        "name": "",
        "message": "",
        "article": "",
        "do": "book",
        **fields,
        **changes,
    }


def plan(**changes: Any) -> dict[str, Any]:
    """Return the fields of the form for a campaign of two milestones."""
    fields = {"currency": "EUR", "starts_on": today().isoformat(), "ends_on": "", "page": ""}
    words = {"title_en": "The Night Boat Fund", "text_en": "One reporter.", "call_en": "", "title_ar": "صندوق"}
    sums = {"amount_0": "2,500", "for_0_en": "one season", "amount_1": "5 000", "for_1_ar": "العام كلّه"}
    return {**fields, **words, **sums, **changes}


def words_of(answer: HttpResponse) -> str:
    """Return the words of a page."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", answer.content.decode())).split())


def test_a_gift_is_looked_at_and_booked(as_tess: Client, tess: User, fund: Campaign, article: ArticlePage) -> None:
    form = as_tess.get(BOOK)
    key = re.search('name="key" value="([^"]{16,})"', form.content.decode())
    assert key
    gift = typed(campaign=fund.pk, amount="1.234,50", name="Torben Lie", article=article.pk, key=key[1], do="look")
    look = as_tess.post(BOOK, gift)
    assert look.status_code == 200
    assert "Is this right?" in words_of(look)
    assert "€1,234.50" in words_of(look)
    assert not Donation.objects.exists()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', look.content.decode()))
    assert (hidden["amount"], hidden["key"]) == ("1.234,50", key[1])
    booked = as_tess.post(BOOK, gift | {"do": "book"}, follow=True)
    assert "Booked: €1,234.50." in words_of(booked)
    donation = Donation.objects.get()
    assert (donation.transfer.amount, donation.campaign, donation.booked_by) == (123_450, fund, tess)
    assert (donation.name, donation.article.pk if donation.article else 0) == ("Torben Lie", article.pk)
    assert raised_for(fund) == 123_450


def test_a_double_submit_books_once(as_tess: Client, fund: Campaign) -> None:
    for _again in range(3):
        answer = as_tess.post(BOOK, typed(campaign=fund.pk), follow=True)
    assert "it is in the books once" in words_of(answer)
    assert Transfer.objects.count() == 1
    other = as_tess.post(BOOK, typed(campaign=fund.pk, amount="30"))
    assert other.status_code == 422
    assert "This form has booked a gift already." in words_of(other)
    assert raised_for(fund) == 2000


@pytest.mark.parametrize("key", ["", "short", "x" * 65])
def test_without_its_key_a_form_books_nothing(as_tess: Client, key: str) -> None:
    answer = as_tess.post(BOOK, typed(key=key))
    assert "Is this right?" in words_of(answer)
    assert not Transfer.objects.exists()


def test_one_can_change_it_before_it_is_booked(as_tess: Client) -> None:
    answer = as_tess.post(BOOK, typed(do="again", amount="77"))
    assert 'value="77"' in answer.content.decode()
    assert "Is this right?" not in words_of(answer)
    assert not Transfer.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", "1_000", "Write the sum in figures, such as 25."),
        ("amount", "NaN", "Write the sum in figures"),
        ("amount", "-5", "Write the sum in figures"),
        ("amount", "19.999", "EUR has 2 decimals at most."),
        ("amount", "9" * 30, "This is more than the books can hold."),
        ("amount", "0", "Give a sum above zero."),
        ("amount", "", "This field is required."),
        ("currency", "ZZZ", "Select a valid choice."),
        ("currency", "", "Say in which currency it came."),
        ("way", "card", "Select a valid choice."),
        ("given_on", "2999-01-01", "it cannot lie ahead"),
        ("given_on", "yesterday", "Enter a valid date."),
        ("campaign", "999999", "Select a valid choice."),
        ("campaign", "x", "Select a valid choice."),
        ("article", "999999", "Select a valid choice."),
        ("article", "9" * 30, "Select a valid choice."),
        ("name", "x" * 61, "Names have at most 60 characters."),
        ("message", "x" * 200, "This is too long; 140 characters fit."),
        ("name", "a\0b", "Null characters are not allowed."),
    ],
)
def test_bad_input_comes_back_with_the_form(as_tess: Client, field: str, value: str, sentence: str) -> None:
    answer = as_tess.post(BOOK, typed(**{field: value}))
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert not Transfer.objects.exists()


def test_full_width_digits_are_digits(as_tess: Client) -> None:
    as_tess.post(BOOK, typed(amount="１００"))
    assert Donation.objects.get().transfer.amount == 10_000


def test_a_reference_of_ours_fills_in_the_rest(as_tess: Client, fund: Campaign, article: ArticlePage) -> None:
    reference = reference_of(Origin(fund.pk, article.pk))
    as_tess.post(BOOK, typed(reference=f"{reference[:4]} {reference[4:]}".lower(), currency=""))
    donation = Donation.objects.get()
    assert donation.campaign == fund
    assert donation.article
    assert donation.article.pk == article.pk


def test_a_reference_contradicts(as_tess: Client, fund: Campaign, tess: User) -> None:
    as_tess.post(NEW, plan(title_en="Sails"))
    sails = Campaign.objects.latest("pk")
    answer = as_tess.post(BOOK, typed(reference=reference_of(Origin(fund.pk)), campaign=sails.pk))
    assert "for another campaign: The Night Boat Fund." in words_of(answer)
    assert not Transfer.objects.exists()


def test_a_gift_is_taken_back(as_tess: Client, fund: Campaign, book: Book) -> None:
    donation = book(20, campaign=fund, name="Ada")
    path = f"/admin/funding/gifts/{donation.public_id}/"
    assert as_tess.post(f"{path}reverse/", {"reason": " "}).status_code == 422
    assert raised_for(fund) == 2000
    done = as_tess.post(f"{path}reverse/", {"reason": "The bank <returned> it."}, follow=True)
    assert "The gift was taken back." in words_of(done)
    assert "The bank &lt;returned&gt; it." in done.content.decode()
    again = as_tess.post(f"{path}reverse/", {"reason": "Once more."})
    assert again.status_code == 422
    assert raised_for(fund) == 0
    assert Transfer.objects.count() == 2
    assert "taken back" in words_of(as_tess.get(GIFTS))


def test_a_name_comes_off_the_wall(as_tess: Client, fund: Campaign, book: Book, stan: Client) -> None:
    donation = book(20, campaign=fund, name="Nadia Rehn")
    assert "Nadia Rehn" in stan.get(fund.url).content.decode()
    as_tess.post(f"/admin/funding/gifts/{donation.public_id}/unname/")
    assert "Nadia Rehn" not in stan.get(fund.url).content.decode()
    assert raised_for(fund) == 2000


def test_a_campaign_is_made_and_changed(as_tess: Client, section: Section, stan: Client) -> None:
    made = as_tess.post(NEW, plan(page=section.pk), follow=True)
    assert "“The Night Boat Fund” is made." in words_of(made)
    campaign = Campaign.objects.get()
    assert (campaign.scope, campaign.page.pk if campaign.page else 0) == ("page", section.pk)
    assert [(one.amount, one.titles) for one in campaign.milestones.all()] == [
        (250_000, {"en": "one season"}),
        (500_000, {"ar": "العام كلّه"}),
    ]
    assert set(campaign.words) == {"en", "ar"}
    path = f"{CAMPAIGNS}{campaign.public_id}/"
    form = as_tess.get(path).content.decode()
    assert 'value="2,500"' in form
    assert 'value="5,000"' in form
    changed = as_tess.post(path, plan(title_en="The Day Boat Fund", amount_1="", for_1_ar=""), follow=True)
    assert "“The Day Boat Fund” is changed." in words_of(changed)
    campaign.refresh_from_db()
    assert (campaign.scope, campaign.milestones.get().amount) == ("publication", 250_000)
    assert "The Day Boat Fund" in words_of(stan.get(campaign.url))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title_en": "", "title_ar": "", "text_en": ""}, "Give the campaign a title."),
        ({"title_en": ""}, "Give the campaign a title in this language too."),
        ({"amount_0": "", "for_0_en": "", "amount_1": "", "for_1_ar": ""}, "Give at least one sum: the goal."),
        ({"amount_0": "-5"}, "Write the sum in figures"),
        ({"amount_0": ""}, "Write the sum in figures"),
        ({"amount_0": "5000"}, "Two milestones have the same sum."),
        ({"currency": "ZZZ"}, "Select a valid choice."),
        ({"starts_on": "2026-03-02", "ends_on": "2026-03-01"}, "The last day lies before the first."),
        ({"starts_on": ""}, "This field is required."),
        ({"page": "1"}, "Select a valid choice."),
        ({"text_en": "x" * 1001}, "This is too long; 1000 characters fit."),
    ],
)
def test_a_campaign_that_cannot_be(as_tess: Client, changes: dict[str, str], sentence: str) -> None:
    answer = as_tess.post(NEW, plan(**changes))
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert 'value="صندوق"' in answer.content.decode() or "title_ar" in changes
    assert not Campaign.objects.exists()


def test_a_reached_milestone_cannot_be_moved(as_tess: Client, fund: Campaign, book: Book) -> None:
    book(2500, campaign=fund)
    answer = as_tess.post(f"{CAMPAIGNS}{fund.public_id}/", plan(amount_0="2400"))
    assert answer.status_code == 422
    assert "A milestone that was reached keeps its sum." in words_of(answer)
    assert "reached" in words_of(as_tess.get(f"{CAMPAIGNS}{fund.public_id}/"))


def test_lists_have_their_totals(
    as_tess: Client, fund: Campaign, book: Book, django_assert_max_num_queries: Any
) -> None:
    for _gift in range(60):
        book(10, campaign=fund, name="Ada")
    book(7, currency="NOK")
    page = words_of(as_tess.get(GIFTS))
    assert "In the books: €600 , NOK 7 Export" in page
    assert "NOK" not in words_of(as_tess.get(GIFTS, {"campaign": fund.public_id})).split("Export")[0].split("books:")[1]
    assert as_tess.get(GIFTS, {"p": "99999999999999999999", "campaign": "\0"}).status_code == 200
    assert "€600" in words_of(as_tess.get(CAMPAIGNS))
    with django_assert_max_num_queries(30):
        as_tess.get(GIFTS)


def test_the_export_runs_nothing(as_tess: Client, fund: Campaign, book: Book) -> None:
    book(19.99, campaign=fund, name="O'Brien", message='=HYPERLINK("http://x";"y")', reference="+47 22")
    book(5, campaign=fund, name="Ada", message="Fine, thanks")
    answer = as_tess.get(EXPORT)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["amount"] for row in rows] == ["5.00", "19.99"]
    assert rows[0]["message"] == "Fine, thanks"
    assert rows[1]["message"] == '\'=HYPERLINK("http://x";"y")'
    assert rows[1]["reference"] == "'+47 22"
    assert rows[1]["name"] == "O'Brien"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r=", "  =", "＝", "＋", "－", "＠", "\u00a0="])
def test_no_cell_is_a_formula(sign: str) -> None:
    assert harmless(f"{sign}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("cell", ["", "a=b", "1+1", "Ada-Marie", "ليلى"])
def test_plain_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


# Who gets what of the treasurer's pages, and of the one with the account: tess 200, everybody else is led away.
PATHS = [GIFTS, BOOK, EXPORT, CAMPAIGNS, NEW, f"{CAMPAIGNS}{{fund}}/", "/admin/funding/gifts/{gift}/"]
VERBS = [
    BOOK,
    NEW,
    f"{CAMPAIGNS}{{fund}}/",
    "/admin/funding/gifts/{gift}/reverse/",
    "/admin/funding/gifts/{gift}/unname/",
]


@pytest.mark.parametrize("path", PATHS)
def test_treasurers_see_the_books(path: str, as_tess: Client, fund: Campaign, book: Book) -> None:
    gift = book(20, campaign=fund)
    assert as_tess.get(path.format(fund=fund.public_id, gift=gift.public_id)).status_code == 200


@pytest.mark.parametrize("path", [*PATHS, *VERBS, "/admin/settings/funding/waysofgiving/1/"])
@pytest.mark.parametrize("who", ["as_ed", "as_mo", "as_rita", "as_gus", "stan"])
def test_nobody_else_does(request: pytest.FixtureRequest, who: str, path: str, fund: Campaign, book: Book) -> None:
    gift = book(20, campaign=fund, name="Nadia Rehn")
    client: Client = request.getfixturevalue(who)
    path = path.format(fund=fund.public_id, gift=gift.public_id)
    for answer in (client.get(path), client.post(path, typed(reason="Mine.", title_en="Mine", starts_on=today()))):
        assert answer.status_code in (302, 403, 405)
        assert "Nadia" not in answer.content.decode()
    assert Transfer.objects.count() == 1
    assert Donation.objects.get().name == "Nadia Rehn"
    assert str(Campaign.objects.get()) == "The Night Boat Fund"


@pytest.mark.parametrize("name", ["bcdfghjkmnpq", "x", "UPPER"])
def test_there_is_no_such_gift(as_tess: Client, name: str) -> None:
    assert as_tess.get(f"/admin/funding/gifts/{name}/").status_code == 404
    assert as_tess.get(f"{CAMPAIGNS}{name}/").status_code == 404
    assert as_tess.post(f"/admin/funding/gifts/{name}/reverse/", {"reason": "x"}).status_code == 404


def test_forms_want_their_token(tess: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(tess)
    assert strict.post(BOOK, typed()).status_code == 403
    assert not Transfer.objects.exists()


def test_the_menu_leads_there(as_tess: Client, as_mo: Client) -> None:
    assert GIFTS in as_tess.get("/admin/").content.decode()
    assert '"/admin/funding/"' not in as_mo.get("/admin/").content.decode()


def test_the_right_can_be_given(mo: User, as_mo: Client) -> None:
    mo.groups.get().permissions.add(Permission.objects.get(codename="keep_books"))
    assert as_mo.get(GIFTS).status_code == 200


def test_the_account_is_the_treasurers(as_tess: Client) -> None:
    path = as_tess.get("/admin/settings/funding/waysofgiving/", follow=True).redirect_chain[-1][0]
    wrong = as_tess.post(path, {"account_holder": "The Slipway", "iban": "NO9386011117948", "bic": ""})
    assert "There is a mistake in this IBAN." in words_of(wrong)
    right = as_tess.post(path, {"account_holder": "The Slipway", "iban": "no93 8601 1117 947", "bic": ""}, follow=True)
    assert right.status_code == 200
    assert "NO9386011117947" in right.content.decode()
