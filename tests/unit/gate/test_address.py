"""The client's address: what trusted proxies say is believed, what anybody else says is not."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.gate.address import UNKNOWN, client_address
from broadsheet.gate.models import Allowance

HERE = "127.0.0.1"


def address_of(peer: str, *forwarded: str) -> str:
    headers = {"HTTP_X_FORWARDED_FOR": ",".join(forwarded)} if forwarded else {}
    return client_address(RequestFactory(REMOTE_ADDR=peer, **headers).get("/"))


@pytest.fixture
def _a_proxy_elsewhere(settings: Any) -> None:
    trusted = ("127.0.0.0/8", "::1", "10.0.7.0/24", "2001:db8:7::/48")
    settings.TRUSTED_PROXIES = tuple(ipaddress.ip_network(one) for one in trusted)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.7.1", "203.0.113.9", "10.0.7.1"),
        (HERE, "203.0.113.9", "203.0.113.9"),
        (HERE, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.53", "203.0.113.9", "203.0.113.9"),
        (HERE, "203.0.113.9, 127.0.0.1", "203.0.113.9"),
        (HERE, "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        (HERE, "127.0.0.1, ::1", "127.0.0.1"),
        (HERE, "", HERE),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:198.51.100.7", "", "198.51.100.7"),
        ("", "203.0.113.9", "203.0.113.9"),
        ("", "", UNKNOWN),
        ("", "unknown", UNKNOWN),
        ("no address", "203.0.113.9", UNKNOWN),
    ],
)
def test_only_this_machine_is_trusted_unless_said_otherwise(peer: str, forwarded: str, address: str) -> None:
    assert address_of(peer, *filter(None, [forwarded])) == address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.9:41832", "203.0.113.9"),
        ("2001:db8::5", "2001:db8::5"),
        ("[2001:db8::5]", "2001:db8::5"),
        ("[2001:db8::5]:41832", "2001:db8::5"),
        ('"[2001:db8::5]:41832"', "2001:db8::5"),
        ("2001:DB8:0:0::0005", "2001:db8::5"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("\t203.0.113.9 ", "203.0.113.9"),
    ],
)
def test_an_address_is_the_same_however_a_proxy_writes_it(written: str, address: str) -> None:
    assert address_of(HERE, written) == address


@pytest.mark.parametrize(
    "garbage",
    ["unknown", "_hidden", "", "203.0.113", "0x7f.1", "2130706433", "010.0.0.1", "1.2.3:80", "[", "x" * 999],
)  # fmt: skip
def test_a_proxy_that_has_lost_track_counts_itself(garbage: str) -> None:
    """Were the entry skipped, the one left of it would count, which the client has written."""
    assert address_of(HERE, "203.0.113.9", garbage) == HERE


@pytest.mark.usefixtures("_a_proxy_elsewhere")
@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.7.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.7.1", ["203.0.113.9", "10.0.7.9"], "203.0.113.9"),
        ("10.0.7.1", ["1.1.1.1", "203.0.113.9", "10.0.7.9", "127.0.0.1"], "203.0.113.9"),
        ("10.0.7.1", ["1.1.1.1", "10.0.8.1", "10.0.7.9"], "10.0.8.1"),
        ("2001:db8:7::1", ["2001:db8:8::1"], "2001:db8:8::1"),
        ("::ffff:10.0.7.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.8.1", ["203.0.113.9"], "10.0.8.1"),
    ],
)
def test_the_walk_ends_at_the_first_who_is_not_trusted(peer: str, forwarded: list[str], address: str) -> None:
    assert address_of(peer, *forwarded) == address


def test_nobody_is_trusted_where_none_is(settings: Any) -> None:
    settings.TRUSTED_PROXIES = ()
    assert address_of(HERE, "203.0.113.9") == HERE
    assert address_of("", "203.0.113.9") == UNKNOWN


@given(invented=st.lists(st.text(max_size=20), max_size=8), true=st.ip_addresses())
def test_what_a_client_invents_changes_nothing(invented: list[str], true: ipaddress.IPv4Address) -> None:
    """It stands left of what our proxy wrote; the true address is whatever it was (mapped ones are IPv4)."""
    if not true.is_loopback:
        written = getattr(true, "ipv4_mapped", None) or true
        assert address_of(HERE, *invented, str(true)) == str(written)


def test_several_headers_are_one_list() -> None:
    """The server joins them with commas, as the standard has it; the last one is the proxy's."""
    assert address_of(HERE, "1.1.1.1, 2.2.2.2", " 203.0.113.9") == "203.0.113.9"


@pytest.mark.django_db
def test_a_forged_header_escapes_no_limit() -> None:
    """Thirty requests an hour from one connection, whatever it says of itself; of the next the reader is told."""
    answers = []
    for number in range(31):
        browser = Client(REMOTE_ADDR=HERE, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 203.0.113.9")
        answers.append(browser.post("/subscriptions/", {"email": "ada@example.org"}).status_code)
    assert answers == [302] * 30 + [429]
    assert Allowance.objects.filter(name__startswith="requests:").count() == 1
