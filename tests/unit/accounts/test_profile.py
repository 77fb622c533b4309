"""Profiles: a public name is the member's to choose and says nothing they have not said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from broadsheet.accounts.actions import add_colleague, new_guest, profile_of
from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import versions_of
from broadsheet.kernel.refusal import Refusal
from tests import factories

PAGE = "/accounts/profile/"


def test_a_member_chooses_the_public_name(as_rita: Client, rita: User) -> None:
    answer = as_rita.post(PAGE, {"name": "  Rita\u202e  Holm "}, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "Rita Holm" in answer.content.decode()
    assert Profile.objects.get(user=rita).name == "Rita Holm"


def test_a_new_name_is_announced(as_rita: Client, rita: User) -> None:
    before = versions_of(["profiles:names"])["profiles:names"]
    as_rita.post(PAGE, {"name": "Rita Holm"})
    as_rita.post(PAGE, {"name": ""})
    assert versions_of(["profiles:names"]) == {"profiles:names": before + 1}


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 61, "\x00"])
def test_what_is_no_name_comes_back_with_a_sentence(as_rita: Client, rita: User, name: str) -> None:
    answer = as_rita.post(PAGE, {"name": name})
    assert answer.status_code == 422
    assert Profile.objects.get(user=rita).name == "Rita"
    if name.startswith("x"):
        assert name in answer.content.decode()
        assert "at most 60 characters" in answer.content.decode()


def test_markup_in_a_name_is_text(as_rita: Client) -> None:
    answer = as_rita.post(PAGE, {"name": "<b>Rita</b>"}, follow=True)
    assert "&lt;b&gt;Rita" in answer.content.decode()
    assert "<b>Rita" not in answer.content.decode()


def test_nobody_else_has_such_a_page(stan: Client, as_gus: Client) -> None:
    for browser in (stan, as_gus):
        for answer in (browser.get(PAGE), browser.post(PAGE, {"name": "Stan"})):
            assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={PAGE}")


def test_a_first_name_is_taken_from_what_the_newsroom_knows(db: None) -> None:
    profile = profile_of(add_colleague("ada@slipway.example", first_name="Ada", last_name="Lunde"))
    assert profile.name == "Ada Lunde"


@pytest.mark.parametrize("first_name", ["", "\u200b"])
def test_an_invented_name_tells_nothing_of_the_address(db: None, first_name: str) -> None:
    user = factories.make_user("harriet.secret")
    user.first_name = first_name
    name = profile_of(user).name
    assert name.startswith("Reader ")
    assert "harriet" not in name.lower()


@pytest.mark.django_db(transaction=True)
def test_a_member_has_one_profile_however_many_ask(db: None) -> None:
    user = factories.make_user("nils")

    def ask() -> int:
        try:
            return profile_of(user).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert len({asked.result(20) for asked in [threads.submit(ask) for _ in range(8)]}) == 1
    assert Profile.objects.filter(user=user).count() == 1


def test_a_guest_gives_a_name_and_perhaps_an_address(db: None) -> None:
    guest = new_guest(" Gus ", " Gus@Slipway.Example ")
    assert (guest.name, guest.email, guest.is_guest) == ("Gus", "gus@slipway.example", True)
    assert new_guest("Gus").email == ""


@pytest.mark.parametrize(
    "email",
    [
        "gus",
        "gus@",
        "@slipway.example",
        "gus@slipway",
        "gus@slipway.example\nBcc: all@slipway.example",
        "a b@c.example",
    ],
)
def test_what_is_no_address_is_refused(db: None, email: str) -> None:
    with pytest.raises(Refusal) as refused:
        new_guest("Gus", email)
    assert (refused.value.code, refused.value.field) == ("email-invalid", "email")
    assert not Profile.objects.exists()


class TestAddresses:
    """An address is one whatever its case."""

    def test_it_is_kept_and_found_in_lower_case(self, db: None) -> None:
        user = User.objects.create_user("Ed@Slipway.Example")
        assert user.email == "ed@slipway.example"
        assert User.objects.get(email="ED@SLIPWAY.EXAMPLE") == user
        assert User.objects.get_by_natural_key("eD@slipway.example") == user

    def test_it_is_taken_once(self, ed: User) -> None:
        with pytest.raises(IntegrityError):
            User.objects.create_user("ED@slipway.example")

    def test_the_newsroom_is_told_so_in_a_form(self, ed: User, db: None) -> None:
        chief = Client()
        chief.force_login(add_colleague("chief@slipway.example", is_superuser=True))
        form = {"email": "ED@Slipway.Example", "first_name": "Ed", "last_name": "Two"}
        answer = chief.post(reverse("wagtailusers_users:add"), form)
        assert answer.status_code == 200
        assert User.objects.filter(email="ed@slipway.example").count() == 1
