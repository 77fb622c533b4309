"""A person's data: they see it, take it along, have it erased; nobody else does."""

from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from broadsheet.accounts.actions import profile_of
from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.privacy import ACCOUNT, add_privacy_part, erase_person, privacy_parts
from broadsheet.accounts.visitor import GUEST_COOKIE
from broadsheet.moderation.models import Ruling
from broadsheet.notification.models import Subscription
from tests import factories

PAGE, FILE, ERASE = "/accounts/data/", "/accounts/data/download/", "/accounts/data/erase/"
SURE = {"sure": "yes"}


def as_member(user: User) -> Client:
    """A browser in which somebody has just typed their password, as erasing wants it."""
    user.set_password("cooked-moss-lantern")
    user.save()
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": user.email, "password": "cooked-moss-lantern"})
    assert answer["Location"] == "/"
    assert browser.post("/accounts/reauthenticate/", {"password": "cooked-moss-lantern"}).status_code == 302
    return browser


def subscribe(profile: Profile) -> None:
    Subscription.objects.create(topic="thread:1", kind="all", profile=profile, language="en")


def test_everybody_sees_their_own(as_rita: Client, as_gus: Client, rita: User, gus: Profile) -> None:
    subscribe(rita.profile)
    assert "subscriptions: 1" in as_rita.get(PAGE).content.decode()
    assert "subscriptions: 0" in as_gus.get(PAGE).content.decode()


def test_a_stranger_is_told_that_nothing_is_known(stan: Client) -> None:
    answer = stan.get(PAGE)
    assert answer.status_code == 200
    assert "nobody we know" in answer.content.decode()
    assert stan.post(FILE).status_code == 403
    assert stan.post(ERASE, SURE).status_code == 403


def test_all_of_it_comes_as_one_file(as_rita: Client, rita: User) -> None:
    subscribe(rita.profile)
    answer = as_rita.post(FILE)
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Cache-Control"] == "private, no-store"
    exported = json.loads(answer.content)
    assert exported["account"]["email"] == rita.email
    assert [wish["topic"] for wish in exported["subscriptions"]] == ["thread:1"]
    assert {part.name for part in privacy_parts()} <= exported.keys()
    assert as_rita.get(FILE).status_code == 405


def test_a_guest_takes_and_erases(as_gus: Client, gus: Profile) -> None:
    assert json.loads(as_gus.post(FILE).content)["account"]["name"] == gus.name
    subscribe(gus)
    answer = as_gus.post(ERASE, SURE, follow=True)
    assert "has been erased" in answer.content.decode()
    assert as_gus.cookies[GUEST_COOKIE].value == ""
    gus.refresh_from_db()
    assert (gus.name, gus.email) == ("", "")
    assert gus.erased_at is not None
    assert not Subscription.objects.exists()


def test_an_erased_guest_is_nobody(as_gus: Client, gus: Profile) -> None:
    erase_person(gus)
    assert "nobody we know" in as_gus.get(PAGE).content.decode()


def test_a_member_erases_the_account_with_it(rita: User) -> None:
    browser, profile = as_member(rita), rita.profile
    assert "has been erased" in browser.post(ERASE, SURE, follow=True).content.decode()
    assert not User.objects.filter(pk=rita.pk).exists()
    assert not EmailAddress.objects.filter(email=rita.email).exists()
    profile.refresh_from_db()
    assert (profile.user_id, profile.name) == (None, "")
    assert browser.post("/accounts/login/", {"login": rita.email, "password": "cooked-moss-lantern"}).status_code == 200


def test_only_who_is_sure_erases(rita: User) -> None:
    answer = as_member(rita).post(ERASE, {})
    assert answer.status_code == 422
    assert "Nothing was erased" in answer.content.decode()
    assert User.objects.filter(pk=rita.pk).exists()


def test_an_open_browser_is_not_enough_for_a_member(as_rita: Client, rita: User) -> None:
    answer = as_rita.post(ERASE, SURE)
    assert answer.status_code == 302
    assert "/reauthenticate/" in answer["Location"]
    assert User.objects.filter(pk=rita.pk).exists()


def test_the_newsroom_is_seen_to_by_an_administrator(mo: User) -> None:
    answer = as_member(mo).post(ERASE, SURE)
    assert answer.status_code == 403
    assert User.objects.filter(pk=mo.pk).exists()


def test_who_was_of_the_newsroom_leaves_decisions_without_a_name(mo: User) -> None:
    Ruling.objects.create(verb="publish", by=mo)
    mo.groups.clear()
    profile = profile_of(mo)
    erase_person(profile)
    mo.refresh_from_db()
    assert (mo.first_name, mo.last_name, mo.is_active, mo.has_usable_password()) == ("", "", False, False)
    assert mo.email.endswith("@erased.invalid")
    assert Ruling.objects.filter(by=mo).exists()
    profile.refresh_from_db()
    assert profile.user_id is None


def test_a_form_without_its_token_changes_nothing(rita: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(rita)
    assert browser.post(FILE).status_code == 403


def test_nobody_erases_from_another_site(as_gus: Client, gus: Profile) -> None:
    assert as_gus.post(ERASE, SURE, HTTP_SEC_FETCH_SITE="cross-site").status_code == 403
    gus.refresh_from_db()
    assert gus.erased_at is None


@pytest.mark.django_db
def test_erasing_twice_is_as_good_as_once() -> None:
    guest = factories.make_guest()
    erase_person(guest)
    erase_person(guest)
    assert Profile.objects.filter(pk=guest.pk, name="").exists()


def test_a_part_is_named_once() -> None:
    with pytest.raises(ValueError, match="already"):
        add_privacy_part(ACCOUNT)
