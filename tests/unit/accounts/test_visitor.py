"""Who is reading: a member by their session, a guest by a cookie that only we can make, else nobody."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import Morsel

import pytest
import time_machine
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import (
    GUEST_COOKIE,
    GUEST_SALT,
    VisitorMiddleware,
    forget_guest,
    guest_of,
    remember_guest,
)
from broadsheet.publication.models import ArticlePage
from tests import factories


def cookie_for(profile: Profile) -> Morsel[str]:
    """Return the cookie that a guest's browser is given."""
    response = HttpResponse()
    remember_guest(response, profile)
    return response.cookies[GUEST_COOKIE]


def guest_with(value: str) -> Profile | None:
    """Return the guest that a request with this cookie is taken for."""
    request = RequestFactory().get("/")
    request.COOKIES[GUEST_COOKIE] = value
    return guest_of(request)


def test_a_guest_is_known_by_the_cookie(gus: Profile) -> None:
    assert guest_with(cookie_for(gus).value) == gus


def test_the_cookie_is_for_us_alone_and_for_a_year(gus: Profile) -> None:
    cookie = cookie_for(gus)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == 365 * 24 * 3600
    assert not cookie["secure"]


def test_the_cookie_is_secure_under_https(gus: Profile, settings: object) -> None:
    settings.SESSION_COOKIE_SECURE = True  # type: ignore[attr-defined]
    assert cookie_for(gus)["secure"] is True


def test_the_cookie_tells_nothing_of_the_guest(db: None) -> None:
    profile = factories.make_guest("Gus", "gus@slipway.example")
    value = cookie_for(profile).value
    assert "gus" not in value.lower()
    assert "slipway" not in value


def test_after_a_year_the_guest_is_forgotten(gus: Profile) -> None:
    value = cookie_for(gus).value
    with time_machine.travel(timezone.now() + timedelta(days=364), tick=False):
        assert guest_with(value) == gus
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        assert guest_with(value) is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda gus: "",
        lambda gus: "garbage",
        lambda gus: gus.public_id,
        lambda gus: f"{gus.public_id}:1abcde:AAAA",
        lambda gus: signing.TimestampSigner().sign(gus.public_id),
        lambda gus: signing.Signer(salt=GUEST_SALT).sign(gus.public_id),
        lambda gus: signing.TimestampSigner(key="another", salt=GUEST_SALT).sign(gus.public_id),
        lambda gus: cookie_for(gus).value[:-1],
        lambda gus: cookie_for(gus).value.replace(gus.public_id, "bcdfghjkmnpq"),
        lambda gus: "\x00\ud800:é:٣",
        lambda gus: ":" * 4000,
        lambda gus: signing.TimestampSigner(salt=GUEST_SALT).sign("bcdfghjkmnpq"),
    ],
)
def test_no_other_cookie_makes_one_a_guest(gus: Profile, forge: object) -> None:
    assert guest_with(forge(gus)) is None  # type: ignore[operator]


def test_a_forged_cookie_spoils_no_page(article: ArticlePage) -> None:
    browser = Client()
    browser.cookies[GUEST_COOKIE] = "garbage:garbage:garbage"
    assert browser.get(article.url).status_code == 200


def test_no_cookie_speaks_for_a_member(rita: User) -> None:
    with pytest.raises(ValueError, match="Only a guest"):
        remember_guest(HttpResponse(), rita.profile)
    assert guest_with(signing.TimestampSigner(salt=GUEST_SALT).sign(rita.profile.public_id)) is None


def test_a_guest_can_be_forgotten(gus: Profile) -> None:
    response = HttpResponse()
    forget_guest(response)
    assert (response.cookies[GUEST_COOKIE].value, response.cookies[GUEST_COOKIE]["max-age"]) == ("", 0)


def test_a_member_is_never_taken_for_the_guest_before_them(gus: Profile, rita: User) -> None:
    newcomer = factories.make_user("nils")
    assert visitor_of(rita, gus) == rita.profile
    assert visitor_of(newcomer, gus) is None


def test_who_is_reading_is_asked_only_when_wanted(gus: Profile, django_assert_num_queries: object) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[GUEST_COOKIE] = cookie_for(gus).value
    with django_assert_num_queries(0):  # type: ignore[operator]
        VisitorMiddleware(lambda request: HttpResponse())(request)


def visitor_of(user: User, guest: Profile) -> Profile | None:
    """Return the profile that a signed-in user has in a browser that a guest used before."""
    seen: list[Profile | None] = []

    def look(request: HttpRequest) -> HttpResponse:
        seen.append(request.visitor.profile)  # type: ignore[attr-defined]
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = user
    request.COOKIES[GUEST_COOKIE] = cookie_for(guest).value
    VisitorMiddleware(look)(request)
    return seen[0]


class TestCaches:
    """What is for one person stays out of every cache."""

    def test_a_strangers_page_may_be_kept(self, article: ArticlePage, stan: Client) -> None:
        answer = stan.get(article.url)
        assert "no-store" not in answer.get("Cache-Control", "")
        assert "Cookie" in answer["Vary"]

    def test_a_guests_page_is_for_the_guest(self, article: ArticlePage, as_gus: Client) -> None:
        assert as_gus.get(article.url)["Cache-Control"] == "private, no-store"

    def test_a_members_page_is_for_the_member(self, article: ArticlePage, as_rita: Client) -> None:
        assert as_rita.get(article.url)["Cache-Control"] == "private, no-store"

    def test_even_an_invalid_cookie_keeps_a_page_out(self, article: ArticlePage, stan: Client) -> None:
        stan.cookies[GUEST_COOKIE] = "garbage"
        assert stan.get(article.url)["Cache-Control"] == "private, no-store"

    def test_an_answer_that_sets_a_cookie_is_for_one(self, stan: Client, db: None) -> None:
        answer = stan.get("/accounts/login/")
        assert answer.cookies
        assert answer["Cache-Control"] == "private, no-store"
