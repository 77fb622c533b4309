"""Tokens for programs: made by a member who proved themselves, shown once, recognised by a digest, revoked at once."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone
from wagtail.models import ModelLogEntry

from broadsheet.accounts.actions import MOST_TOKENS, TOKEN_REVOKED, MadeToken, make_token, profile_of, revoke_token
from broadsheet.accounts.models import ApiToken, User
from broadsheet.accounts.privacy import erase_person, export_person
from broadsheet.accounts.tokens import USED_EVERY, digest_of, is_unlimited, sent_token, token_of
from broadsheet.kernel.refusal import Refusal
from tests import factories

PAGE, NEW = "/accounts/tokens/", "/accounts/tokens/new/"
FORM = {"name": "Harbour bot", "right": "write", "days": "90"}
PASSWORD = "cooked-moss-lantern"


def proven(user: User) -> Client:
    """A browser in which somebody has just typed their password."""
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return browser


def made(user: User, **fields: object) -> MadeToken:
    return make_token(**{"name": "Bot", "by": user, **fields})  # type: ignore[arg-type]


@pytest.fixture
def admin(db: None) -> User:
    """Who may do everything."""
    return factories.make_user("adam", is_superuser=True, is_staff=True)


class TestMaking:
    def test_shows_the_token_once(self, rita: User) -> None:
        browser = proven(rita)
        answer = browser.post(NEW, FORM)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        (secret,) = re.findall(r"broadsheet_[A-Za-z0-9_-]{40}", html.unescape(answer.content.decode()))
        token = ApiToken.objects.get()
        assert (token.owner, token.name, token.right) == (rita, "Harbour bot", "write")
        assert secret.startswith(token.prefix)
        assert timedelta(days=89) < token.expires_at - timezone.now() < timedelta(days=91)
        assert token_of(secret) == token
        page = browser.get(PAGE).content.decode()
        assert secret not in page
        assert token.prefix in page
        assert "Harbour bot" in page

    def test_keeps_nothing_that_opens_anything(self, rita: User) -> None:
        secret = made(rita).secret
        row = ApiToken.objects.values().get()
        assert secret not in str(row)
        assert row["digest"] == digest_of(secret)
        assert token_of(row["digest"]) is None
        assert token_of(row["prefix"]) is None

    def test_tells_its_owner_by_mail(self, rita: User) -> None:
        browser = proven(rita)
        mail.outbox.clear()
        browser.post(NEW, FORM)
        (message,) = mail.outbox
        assert message.to == [rita.email]
        assert "Harbour bot" in message.body
        assert "broadsheet_" not in message.body

    def test_wants_proof_before_anything_is_typed(self, as_rita: Client, stan: Client) -> None:
        for answer in (as_rita.get(NEW), as_rita.post(NEW, FORM)):
            assert answer.status_code == 302
            assert "/reauthenticate/" in answer["Location"]
        for answer in (stan.get(NEW), stan.post(NEW, FORM), stan.get(PAGE)):
            assert answer["Location"].startswith("/accounts/login/")
        assert not ApiToken.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": ""}, "Name the program"),
            ({"name": "\u200b"}, "Name the program"),
            ({"name": "x" * 61}, "at most 60 characters"),
            ({"right": "everything"}, "Select a valid choice"),
            ({"right": "unlimited"}, "Select a valid choice"),
            ({"days": "10000"}, "Select a valid choice"),
            ({"days": "-1"}, "Select a valid choice"),
        ],
    )
    def test_refuses_what_makes_no_token(self, rita: User, fields: dict[str, str], sentence: str) -> None:
        answer = proven(rita).post(NEW, {**FORM, **fields})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert not ApiToken.objects.exists()

    def test_takes_a_name_once_at_a_time(self, rita: User) -> None:
        """So a page that is sent again makes no second token that nobody saw."""
        browser = proven(rita)
        browser.post(NEW, FORM)
        answer = browser.post(NEW, FORM)
        assert answer.status_code == 422
        assert "a token of this name already" in answer.content.decode()
        revoke_token(ApiToken.objects.get(), by=rita)
        assert browser.post(NEW, FORM).status_code == 200
        with time_machine.travel(timezone.now() + timedelta(days=91)):
            assert made(rita, name="Harbour bot").token.name == "Harbour bot"
        assert made(factories.make_member("nils"), name="Harbour bot")

    def test_comes_to_an_end(self, rita: User) -> None:
        tokens = [made(rita, name=f"Bot {number}").token for number in range(MOST_TOKENS)]
        with pytest.raises(Refusal, match="too-many-tokens"):
            made(rita, name="One more")
        revoke_token(tokens[0], by=rita)
        made(rita, name="One more")

    def test_is_nothing_for_another_site(self, rita: User) -> None:
        browser = proven(rita)
        assert browser.post(NEW, FORM, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        strict = Client(enforce_csrf_checks=True)
        strict.cookies.update(browser.cookies)
        assert strict.post(NEW, FORM).status_code == 403
        assert not ApiToken.objects.exists()

    def test_a_name_is_text(self, rita: User) -> None:
        browser = proven(rita)
        answer = browser.post(NEW, {**FORM, "name": "<script>alert(1)</script>"})
        assert b"<script>alert" not in answer.content
        assert b"<script>alert" not in browser.get(PAGE).content


class TestRecognising:
    def test_ends_with_its_term(self, rita: User) -> None:
        secret = made(rita, days=30).secret
        assert token_of(secret)
        with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
            assert token_of(secret) is None
        forever = made(rita, name="For ever").secret
        with time_machine.travel(timezone.now() + timedelta(days=4_000)):
            assert token_of(forever)

    def test_ends_with_its_owner(self, rita: User) -> None:
        secret = made(rita).secret
        User.objects.filter(pk=rita.pk).update(is_active=False)
        assert token_of(secret) is None

    def test_notes_its_use_now_and_then(self, rita: User) -> None:
        secret, now = made(rita).secret, timezone.now()
        uses = []
        for ago in (timedelta(0), timedelta(minutes=1), USED_EVERY + timedelta(minutes=2)):
            with time_machine.travel(now + ago, tick=False):
                token_of(secret)
                uses.append(ApiToken.objects.get().last_used_at)
        assert uses[0] == uses[1] < uses[2]

    @pytest.mark.parametrize("text", ["", "broadsheet_", "x" * 51, "broadsheet_" + "x" * 41, "broadsheet_" + "é" * 40])
    @pytest.mark.django_db
    def test_of_what_is_none_asks_nobody(self, text: str, django_assert_num_queries: object) -> None:
        with django_assert_num_queries(0):  # type: ignore[operator]
            assert token_of(text) is None

    def test_reads_the_header(self) -> None:
        headers = {"Bearer abc": "abc", "bearer  abc ": "abc", "Bearer": "", "Basic abc": None, "": None, "abc": None}
        for header, token in headers.items():
            assert sent_token(RequestFactory().get("/", headers={"Authorization": header})) == token

    def test_without_limits_is_only_for_who_may(self, rita: User, admin: User) -> None:
        with pytest.raises(Refusal, match="no-such-right"):
            made(rita, right="unlimited")
        assert is_unlimited(made(admin, right="unlimited").token)
        assert not is_unlimited(made(admin, name="Other").token)
        assert not is_unlimited(None)
        assert b'value="unlimited"' in proven(admin).get(NEW).content
        assert b'value="unlimited"' not in proven(rita).get(NEW).content


class TestRevoking:
    def test_is_at_once_and_for_good(self, rita: User, as_rita: Client) -> None:
        token, secret = made(rita).token, made(rita, name="Other").secret
        answer = as_rita.post(f"{PAGE}{token.public_id}/revoke/", follow=True)
        assert "“Bot” works no more" in answer.content.decode()
        assert "Other" in answer.content.decode()
        token.refresh_from_db()
        first = token.revoked_at
        assert first
        as_rita.post(f"{PAGE}{token.public_id}/revoke/")
        token.refresh_from_db()
        assert token.revoked_at == first
        assert token_of(secret)
        assert not ModelLogEntry.objects.filter(action=TOKEN_REVOKED).exists()

    def test_is_for_its_owner(self, rita: User, as_ed: Client, stan: Client, ed: User) -> None:
        token = made(rita).token
        path = f"{PAGE}{token.public_id}/revoke/"
        assert as_ed.post(path).status_code == 404
        assert stan.post(path)["Location"].startswith("/accounts/login/")
        with pytest.raises(Refusal, match="not-your-token"):
            revoke_token(token, by=ed)
        assert as_ed.get(path).status_code == 405
        token.refresh_from_db()
        assert token.revoked_at is None


class TestInTheNewsroom:
    LIST = "/admin/tokens/"

    def test_an_administrator_sees_and_revokes_all(self, rita: User, admin: User) -> None:
        token, browser = made(rita).token, Client()
        browser.force_login(admin)
        page = browser.get(self.LIST).content.decode()
        assert rita.email in page
        assert token.prefix in page
        assert "/admin/tokens/" in browser.get("/admin/").content.decode()
        answer = browser.post(f"{self.LIST}{token.public_id}/revoke/", follow=True)
        assert "Nobody has a token" in answer.content.decode()
        entry = ModelLogEntry.objects.get(action=TOKEN_REVOKED)
        assert (entry.user, entry.object_id) == (admin, str(token.pk))

    def test_nobody_else_of_the_newsroom_does(self, rita: User, as_ed: Client, as_mo: Client, as_rita: Client) -> None:
        token = made(rita).token
        for client in (as_ed, as_mo, as_rita):
            assert client.get(self.LIST).status_code == 302
            assert client.post(f"{self.LIST}{token.public_id}/revoke/").status_code == 302
        token.refresh_from_db()
        assert token.revoked_at is None

    def test_the_right_can_be_given(self, rita: User, mo: User) -> None:
        mo.user_permissions.add(Permission.objects.get(codename="see_to_tokens"))
        browser = Client()
        browser.force_login(mo)
        assert browser.get(self.LIST).status_code == 200


class TestPrivacy:
    def test_tokens_are_exported(self, rita: User, ed: User) -> None:
        made(rita, name="Harbour bot", days=30)
        made(ed, name="Not hers")
        exported = export_person(rita.profile)["tokens"]
        assert [(token["name"], token["right"]) for token in exported] == [("Harbour bot", "read")]
        assert ApiToken.objects.get(owner=rita).digest not in json.dumps(exported)
        assert export_person(factories.make_guest())["tokens"] == []

    def test_erased_with_their_owner(self, rita: User) -> None:
        secret = made(rita).secret
        erase_person(rita.profile)
        assert token_of(secret) is None
        assert not ApiToken.objects.exists()

    def test_erased_with_an_account_that_is_only_emptied(self, mo: User) -> None:
        made(mo)
        mo.groups.clear()
        erase_person(profile_of(mo))
        assert not ApiToken.objects.exists()


def test_the_database_keeps_the_promises(rita: User) -> None:
    made(rita)
    for wrong in ({"name": "Bot"}, {"right": "everything"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.create(**{"owner": rita, "name": "Other", "digest": "x", "prefix": "x", **wrong})
