"""The client's address: what the proxy on this machine says is believed, what anybody else says is not."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from broadsheet.gate.address import UNKNOWN, client_address


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, not an address", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:198.51.100.7", "", "198.51.100.7"),
        ("127.0.0.1", "[2001:db8::5]", "2001:db8::5"),
        ("", "203.0.113.9", "203.0.113.9"),
        ("", "", UNKNOWN),
    ],
)
def test_the_address_is_the_true_clients(peer: str, forwarded: str, address: str) -> None:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory(REMOTE_ADDR=peer, **headers).get("/")) == address
