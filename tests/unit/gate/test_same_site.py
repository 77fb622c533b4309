"""The same-site check: what another site's page sends is refused on every path, everything else passes."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from broadsheet.accounts.models import User
from tests.factories import PASSWORD

OWN = {"HTTP_ORIGIN": "http://testserver"}
EVIL = "https://evil.example"

# What the headers say, and whether the request may act. The names are those of WSGI.
ROWS = [
    # 1. Sec-Fetch-Site decides alone.
    ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True),
    ({"HTTP_SEC_FETCH_SITE": "none"}, True),
    ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "null"}, True),
    ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_REFERER": EVIL}, True),
    ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
    ({"HTTP_SEC_FETCH_SITE": "cross-site"}, False),
    ({"HTTP_SEC_FETCH_SITE": "cross-site", **OWN}, False),
    ({"HTTP_SEC_FETCH_SITE": "same-site", "HTTP_REFERER": "http://testserver/"}, False),
    ({"HTTP_SEC_FETCH_SITE": ""}, False),
    ({"HTTP_SEC_FETCH_SITE": "Same-Origin"}, False),
    ({"HTTP_SEC_FETCH_SITE": "same-origin,cross-site"}, False),
    ({"HTTP_SEC_FETCH_SITE": "same-origin "}, False),
    ({"HTTP_SEC_FETCH_SITE": "same-origin\u00a0"}, False),
    # 2. Without it, Origin.
    (OWN, True),
    ({"HTTP_ORIGIN": "http://testserver:80"}, True),
    ({**OWN, "HTTP_REFERER": EVIL}, True),
    ({"HTTP_ORIGIN": EVIL}, False),
    ({"HTTP_ORIGIN": EVIL, "HTTP_REFERER": "http://testserver/"}, False),
    ({"HTTP_ORIGIN": "null"}, False),
    ({"HTTP_ORIGIN": ""}, False),
    ({"HTTP_ORIGIN": "https://testserver"}, False),
    ({"HTTP_ORIGIN": "http://testserver:8000"}, False),
    ({"HTTP_ORIGIN": "http://testserver.evil.example"}, False),
    ({"HTTP_ORIGIN": "http://sub.testserver"}, False),
    ({"HTTP_ORIGIN": "http://evil.example@testserver"}, False),
    ({"HTTP_ORIGIN": "http://testserver@evil.example"}, False),
    ({"HTTP_ORIGIN": "http://testserver/"}, False),
    ({"HTTP_ORIGIN": "http://testserver, http://evil.example"}, False),
    ({"HTTP_ORIGIN": "//testserver"}, False),
    ({"HTTP_ORIGIN": "testserver"}, False),
    ({"HTTP_ORIGIN": "http://[testserver"}, False),
    ({"HTTP_ORIGIN": "http://testserver:99999"}, False),
    ({"HTTP_ORIGIN": "http://testserver:x"}, False),
    ({"HTTP_ORIGIN": "file://"}, False),
    ({"HTTP_ORIGIN": "http://localhost"}, False),
    # 3. Without that too, Referer.
    ({"HTTP_REFERER": "http://testserver/harbour/ferry/?order=newest"}, True),
    ({"HTTP_REFERER": f"{EVIL}/testserver"}, False),
    ({"HTTP_REFERER": "http://testserver.evil.example/"}, False),
    ({"HTTP_REFERER": "http://testserver@evil.example/"}, False),
    ({"HTTP_REFERER": ""}, False),
    ({"HTTP_REFERER": "about:blank"}, False),
    ({"HTTP_REFERER": "http://testserver\\@evil.example/"}, False),
    # 4. None of them: a program.
    ({}, True),
]


def answers(headers: dict[str, str], path: str = "/accounts/login/", method: str = "POST", **extra: str) -> int:
    """Send a request as a browser with these headers does, and return the status of the answer."""
    return Client().generic(method, path, **{**extra, **headers}).status_code


@pytest.mark.django_db
@pytest.mark.parametrize(("headers", "may_act"), ROWS)
def test_an_unsafe_request_acts_only_when_no_header_speaks_against_it(headers: dict[str, str], may_act: bool) -> None:
    assert answers(headers) == (200 if may_act else 403)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/logout/", "/admin/", "/admin/desk/decide/", "/search/"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_every_path_is_guarded(path: str, method: str) -> None:
    answer = Client().generic(method, path, HTTP_SEC_FETCH_SITE="cross-site", HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_from_another_site_is_welcome(method: str) -> None:
    assert answers({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": EVIL}, method=method) == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "origin", "may_act"),
    [
        ("127.0.0.1:8731", "http://127.0.0.1:8731", True),
        ("localhost:8731", "http://localhost:8731", True),
        ("[::1]:8731", "http://[::1]:8731", True),
        ("127.0.0.1:8731", "http://127.0.0.1:9000", False),
        ("127.0.0.1:8731", "http://localhost:8731", False),
        ("127.0.0.1:8731", "http://testserver", True),
    ],
)
def test_a_loopback_name_is_our_own_when_it_was_asked(host: str, origin: str, may_act: bool) -> None:
    assert answers({"HTTP_ORIGIN": origin}, HTTP_HOST=host) == (200 if may_act else 403)


@pytest.mark.django_db
@override_settings(PUBLIC_ADDRESS="https://slipway.example", ALLOWED_HOSTS=["slipway.example"])
@pytest.mark.parametrize(
    ("origin", "may_act"),
    [("https://slipway.example", True), ("https://slipway.example:443", True), ("http://slipway.example", False)],
)
def test_a_page_read_in_clear_is_not_the_encrypted_one(origin: str, may_act: bool) -> None:
    assert answers({"HTTP_ORIGIN": origin}, HTTP_HOST="slipway.example") == (200 if may_act else 403)


@pytest.mark.django_db
def test_an_unknown_host_gets_no_answer() -> None:
    assert answers({"HTTP_ORIGIN": EVIL}, HTTP_HOST="evil.example") == 400


def test_a_cross_site_sign_in_signs_nobody_in(rita: User) -> None:
    form = {"login": rita.email, "password": PASSWORD}
    browser = Client()
    refused = browser.post("/accounts/login/", form, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert "_auth_user_id" not in browser.session
    assert "nothing was done" in refused.content.decode()


def test_a_cross_site_sign_out_leaves_one_signed_in(as_rita: Client) -> None:
    assert as_rita.post("/accounts/logout/", headers={"Origin": EVIL}).status_code == 403
    assert "_auth_user_id" in as_rita.session


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/account/"])
def test_the_token_is_still_asked_for_where_there_is_one(ed: User, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ed)
    refused = browser.post(path, headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "form-expired")
