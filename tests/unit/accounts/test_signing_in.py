"""Signing in: one door for readers and the newsroom, which tells strangers nothing and leads nobody away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageViewRestriction

from broadsheet.accounts.actions import add_colleague
from broadsheet.accounts.models import User
from broadsheet.accounts.visitor import GUEST_COOKIE
from broadsheet.gate.models import CachedValue
from broadsheet.publication.models import ArticlePage, FrontPage
from tests.factories import PASSWORD

LOGIN = "/accounts/login/"
CODE = re.compile(r"^[A-Z]{4}-[A-Z]{4}$", re.MULTILINE)


@pytest.fixture
def vera(db: None) -> User:
    """Somebody whose address is verified, with a password."""
    return add_colleague("vera@slipway.example", password=PASSWORD, first_name="Vera")


@pytest.fixture
def cora(db: None) -> User:
    """Somebody whose address is verified, without a password."""
    return add_colleague("cora@slipway.example", first_name="Cora")


def is_signed_in(browser: Client) -> bool:
    """Whether anybody is signed in."""
    return "_auth_user_id" in browser.session


def mailed_code() -> str:
    """Return the code of the latest mail."""
    found = CODE.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[0]


def sign_in(browser: Client, user: User, password: str = PASSWORD, path: str = LOGIN) -> object:
    """Fill in the form and send it."""
    return browser.post(path, {"login": user.email, "password": password})


class TestPassword:
    """With an address and a password."""

    def test_one_signs_in(self, vera: User, stan: Client) -> None:
        before = stan.session.session_key
        answer = stan.post(LOGIN, {"login": "Vera@Slipway.Example", "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/")
        assert is_signed_in(stan)
        assert stan.session.session_key != before

    def test_a_wrong_password_and_an_unknown_address_look_alike(self, vera: User) -> None:
        answers = [
            Client().post(LOGIN, {"login": email, "password": "wrong-" + PASSWORD})
            for email in (vera.email, "nobody@slipway.example")
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        known, unknown = (_without_tokens(answer.content.decode()) for answer in answers)
        assert known.replace(vera.email, "X") == unknown.replace("nobody@slipway.example", "X")
        assert "not correct" in known

    def test_a_lost_password_is_set_anew_by_a_mailed_code(self, vera: User, stan: Client) -> None:
        stan.post("/accounts/password/reset/", {"email": vera.email})
        stan.post(reverse("account_confirm_password_reset_code"), {"code": mailed_code()})
        new = {"password1": "another-tide-47", "password2": "another-tide-47"}
        stan.post(reverse("account_complete_password_reset"), new)
        vera.refresh_from_db()
        assert vera.check_password("another-tide-47")

    def test_a_guest_is_forgotten_by_the_browser(self, vera: User, as_gus: Client) -> None:
        sign_in(as_gus, vera)
        assert as_gus.cookies[GUEST_COOKIE].value == ""
        assert is_signed_in(as_gus)


class TestCode:
    """With a code that is mailed."""

    def test_one_signs_in_without_a_password(self, cora: User, stan: Client) -> None:
        stan.post("/accounts/login/code/", {"email": cora.email})
        assert not is_signed_in(stan)
        answer = stan.post("/accounts/login/code/confirm/", {"code": mailed_code().lower()})
        assert answer.status_code == 302
        assert is_signed_in(stan)

    def test_three_wrong_codes_end_it(self, cora: User, stan: Client) -> None:
        stan.post("/accounts/login/code/", {"email": cora.email})
        for _ in range(3):
            stan.post("/accounts/login/code/confirm/", {"code": "BBBB-BBBB"})
        stan.post("/accounts/login/code/confirm/", {"code": mailed_code()})
        assert not is_signed_in(stan)

    def test_a_code_serves_once_and_in_its_own_browser(self, cora: User, stan: Client) -> None:
        stan.post("/accounts/login/code/", {"email": cora.email})
        other = Client()
        other.post("/accounts/login/code/confirm/", {"code": mailed_code()})
        assert not is_signed_in(other)
        stan.post("/accounts/login/code/confirm/", {"code": mailed_code()})
        stan.post("/accounts/logout/")
        stan.post("/accounts/login/code/confirm/", {"code": mailed_code()})
        assert not is_signed_in(stan)

    def test_an_unknown_address_is_answered_alike(self, cora: User, stan: Client) -> None:
        answers = [
            Client().post("/accounts/login/code/", {"email": email}) for email in (cora.email, "nobody@slipway.example")
        ]
        assert answers[0].status_code == answers[1].status_code == 302
        assert answers[0]["Location"] == answers[1]["Location"]
        assert [message.to for message in mail.outbox] == [[cora.email], ["nobody@slipway.example"]]


class TestSigningUp:
    """Members are welcome."""

    def test_a_reader_becomes_a_member_by_proving_the_address(self, stan: Client, db: None) -> None:
        stan.post("/accounts/signup/", {"email": "New@Slipway.Example"})
        member = User.objects.get(email="new@slipway.example")
        assert not is_signed_in(stan)
        assert not member.has_usable_password()
        stan.post("/accounts/confirm-email/", {"code": mailed_code()})
        assert is_signed_in(stan)
        assert EmailAddress.objects.get(user=member).verified
        assert not member.is_staff

    def test_without_the_code_there_is_no_way_in(self, stan: Client, db: None) -> None:
        stan.post("/accounts/signup/", {"email": "new@slipway.example", "password1": PASSWORD})
        other = Client()
        with time_machine.travel(timezone.now() + timedelta(seconds=11)):  # one mail in ten seconds
            answer = other.post(LOGIN, {"login": "new@slipway.example", "password": PASSWORD})
        assert answer["Location"] == "/accounts/confirm-email/"
        assert not is_signed_in(other)

    def test_whoever_proves_the_address_owes_nothing_to_who_claimed_it(self, stan: Client, db: None) -> None:
        """Somebody signs up with another's address and a password, and waits for them to come and prove it."""
        stan.post("/accounts/signup/", {"email": "owner@slipway.example", "password1": PASSWORD})
        owner = Client()
        owner.post("/accounts/login/code/", {"email": "owner@slipway.example"})
        owner.post("/accounts/login/code/confirm/", {"code": mailed_code()})

        assert owner.get("/accounts/profile/").status_code == 200
        assert not User.objects.get(email="owner@slipway.example").has_usable_password()
        for browser in (stan, Client()):
            browser.post(LOGIN, {"login": "owner@slipway.example", "password": PASSWORD})
            assert browser.get("/accounts/profile/").status_code == 302

    def test_a_password_stays_for_whoever_chose_it_and_proved_the_address(self, stan: Client, db: None) -> None:
        stan.post("/accounts/signup/", {"email": "new@slipway.example", "password1": PASSWORD})
        stan.post("/accounts/confirm-email/", {"code": mailed_code()})
        stan.post("/accounts/logout/")
        stan.post("/accounts/login/code/", {"email": "new@slipway.example"})
        stan.post("/accounts/login/code/confirm/", {"code": mailed_code()})

        assert is_signed_in(stan)
        assert User.objects.get(email="new@slipway.example").check_password(PASSWORD)

    def test_an_address_that_is_taken_is_answered_like_a_free_one(self, vera: User) -> None:
        answers = [
            Client().post("/accounts/signup/", {"email": email, "password1": PASSWORD})
            for email in ("VERA@slipway.example", "free@slipway.example")
        ]
        assert answers[0].status_code == answers[1].status_code == 302
        assert answers[0]["Location"] == answers[1]["Location"]
        assert User.objects.filter(email=vera.email).count() == 1
        assert [message.to for message in mail.outbox] == [[vera.email], ["free@slipway.example"]]

    def test_a_form_makes_nobody_an_administrator(self, stan: Client, db: None) -> None:
        stan.post("/accounts/signup/", {"email": "new@slipway.example", "is_superuser": "on", "is_staff": "on"})
        member = User.objects.get(email="new@slipway.example")
        assert (member.is_superuser, member.is_staff) == (False, False)

    def test_a_weak_password_is_refused(self, stan: Client, db: None) -> None:
        answer = stan.post("/accounts/signup/", {"email": "new@slipway.example", "password1": "password1"})
        assert answer.status_code == 200
        assert not User.objects.filter(email="new@slipway.example").exists()


class TestNewsroom:
    """The newsroom comes in by the same door."""

    def test_the_admin_asks_at_the_common_door(self, stan: Client, db: None) -> None:
        answer = stan.get("/admin/desk/", follow=True)
        assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/desk/"

    def test_an_editor_is_led_back_to_where_they_were_going(self, stan: Client, vera: User) -> None:
        User.objects.filter(pk=vera.pk).update(is_superuser=True)
        answer = stan.post(f"{LOGIN}?next=/admin/", {"login": vera.email, "password": PASSWORD}, follow=True)
        assert answer.redirect_chain == [("/admin/", 302)]
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("path", "door"),
        [
            ("/admin/login/", "/accounts/login/"),
            ("/admin/login/?next=/admin/pages/", "/accounts/login/?next=/admin/pages/"),
            ("/_util/login/?next=/harbour/members/", "/accounts/login/?next=/harbour/members/"),
            ("/nb/_util/login/?next=/nb/havn/", "/nb/accounts/login/?next=/nb/havn/"),
            ("/admin/password_reset/", "/accounts/password/reset/"),
            ("/admin/password_reset/confirm/MQ/abc-def/", "/accounts/password/reset/"),
        ],
    )
    def test_wagtails_own_doors_lead_to_it(self, stan: Client, db: None, path: str, door: str) -> None:
        answer = stan.get(path)
        assert (answer.status_code, answer["Location"]) == (302, door)

    @pytest.mark.parametrize("door", ["/admin/login/", "/_util/login/", "/nb/_util/login/"])
    def test_wagtails_own_forms_sign_nobody_in(self, stan: Client, vera: User, door: str) -> None:
        """They know no limit to guessing, and ask nobody for the second factor."""
        assert stan.post(door, {"username": vera.email, "password": PASSWORD}).status_code == 405
        assert not is_signed_in(stan)

    def test_a_page_for_others_is_not_open_to_a_member(self, as_rita: Client, article: ArticlePage) -> None:
        PageViewRestriction.objects.create(page=article, restriction_type=PageViewRestriction.GROUPS)
        assert article.url
        answer = as_rita.get(article.url, follow=True)
        assert answer.status_code == 403
        assert article.title not in answer.content.decode()

    def test_a_member_is_told_that_they_may_not_enter(self, as_rita: Client) -> None:
        answer = as_rita.get("/admin/", follow=True)
        assert answer.status_code == 403
        assert "no access to the newsroom" in answer.content.decode()

    def test_a_colleague_made_in_the_list_signs_in_by_code(self, as_chief: Client) -> None:
        form = {"email": "Nils@Slipway.Example", "first_name": "Nils", "last_name": "Moe"}
        as_chief.post(reverse("wagtailusers_users:add"), form)
        nils = User.objects.get(email="nils@slipway.example")
        assert not nils.has_usable_password()
        browser = Client()
        browser.post("/accounts/login/code/", {"email": "nils@slipway.example"})
        browser.post("/accounts/login/code/confirm/", {"code": mailed_code()})
        assert is_signed_in(browser)

    def test_an_address_that_the_newsroom_takes_away_opens_nothing(self, as_chief: Client, vera: User) -> None:
        form = {"email": "desk@slipway.example", "first_name": "Vera", "last_name": "Moe", "is_active": "on"}
        as_chief.post(reverse("wagtailusers_users:edit", args=[vera.pk]), form)
        browser = Client()
        assert browser.post(LOGIN, {"login": "vera@slipway.example", "password": PASSWORD}).status_code == 200
        assert not is_signed_in(browser)
        assert list(EmailAddress.objects.filter(user=vera).values_list("email", "verified")) == [
            ("desk@slipway.example", False)
        ]

    @pytest.fixture
    def as_chief(self, db: None) -> Client:
        """An administrator's browser."""
        browser = Client()
        browser.force_login(add_colleague("chief@slipway.example", is_superuser=True))
        return browser


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "http:///evil.example",
        "javascript:alert(1)",
        "https://testserver@evil.example/",
        "http://localhost/",
        "http://testserver.evil.example/",
    ],
)
def test_signing_in_leads_nobody_elsewhere(vera: User, stan: Client, elsewhere: str) -> None:
    answer = stan.post(LOGIN, {"login": vera.email, "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


def test_signing_in_leads_back_to_our_own_pages(vera: User, stan: Client) -> None:
    answer = stan.post(LOGIN, {"login": vera.email, "password": PASSWORD, "next": "/harbour/ferry/#comment-1"})
    assert answer["Location"] == "/harbour/ferry/#comment-1"


@pytest.mark.parametrize("language", ["nb", "ar"])
def test_one_stays_in_ones_language(vera: User, stan: Client, language: str) -> None:
    answer = stan.post(f"/{language}{LOGIN}", {"login": vera.email, "password": PASSWORD})
    assert answer["Location"] == f"/{language}/"
    answer = stan.post(f"/{language}/accounts/logout/")
    assert answer["Location"] == f"/{language}/"


def test_signing_out_takes_a_deliberate_act(as_rita: Client) -> None:
    as_rita.get("/accounts/logout/")
    assert is_signed_in(as_rita)
    as_rita.post("/accounts/logout/")
    assert not is_signed_in(as_rita)


def test_a_member_without_a_password_may_set_one_and_add_a_second_factor(cora: User, stan: Client) -> None:
    stan.force_login(cora)
    for name in ("account_set_password", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"):
        assert stan.get(reverse(name)).status_code == 200, name


class TestLimits:
    """Guessing is slow, for all processes together."""

    @pytest.fixture(autouse=True)
    def _cache_of_the_product(self, db: None) -> Iterator[None]:
        shared = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "gate_cache"}
        with override_settings(CACHES={"default": shared}):
            yield

    def test_the_sixth_wrong_password_in_a_row_ends_the_guessing(self, vera: User) -> None:
        for _ in range(5):
            sign_in(Client(), vera, "wrong")
        browser = Client(REMOTE_ADDR="198.51.100.9")
        answer = browser.post(LOGIN, {"login": vera.email.upper(), "password": PASSWORD})
        assert "Too many failed" in answer.content.decode()
        assert not is_signed_in(browser)

    def test_an_invented_header_is_no_new_client(self, vera: User) -> None:
        statuses = [
            Client(REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
            .post("/accounts/signup/", {"email": "not an address"})
            .status_code
            for number in range(21)
        ]
        assert statuses[:20] == [200] * 20
        assert statuses[20] == 429

    def test_the_counts_are_where_every_process_sees_them(self, vera: User) -> None:
        sign_in(Client(), vera, "wrong")
        assert CachedValue.objects.filter(cache_key__contains="login_failed").exists()


class TestMail:
    """Mail comes from the publication."""

    def test_it_bears_its_name(self, publication: FrontPage, vera: User, stan: Client) -> None:
        stan.post("/accounts/login/code/", {"email": vera.email})
        message = mail.outbox[-1]
        assert message.from_email == "The Slipway <newsroom@testserver>"
        assert message.subject.startswith("The Slipway: ")
        assert "example.com" not in message.body

    def test_a_name_cannot_write_headers(self, publication: FrontPage, vera: User, stan: Client) -> None:
        publication.title = 'The "Slipway"\r\nBcc: all@slipway.example'
        publication.save_revision().publish()
        stan.post("/accounts/login/code/", {"email": vera.email})
        sent: EmailMessage = mail.outbox[-1].message()
        assert sent["Bcc"] is None
        assert mail.outbox[-1].recipients() == [vera.email]

    @override_settings(PUBLIC_ADDRESS="https://slipway.example")
    def test_links_lead_to_the_public_address(self, vera: User, stan: Client) -> None:
        stan.post("/accounts/signup/", {"email": vera.email, "password1": PASSWORD}, HTTP_HOST="localhost")
        assert "https://slipway.example/accounts/" in mail.outbox[-1].body
        assert "localhost" not in mail.outbox[-1].body


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
