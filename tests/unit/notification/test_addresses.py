"""Addresses: the one form of each, and none that a mail server could take for something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.addresses import clean_address, digest_of, mailbox_of
from tests.cost import counted

GOOD = {
    "ada@example.org": "ada@example.org",
    "  ada@example.org ": "ada@example.org",
    "Ada.Lunde@Example.ORG": "ada.lunde@example.org",
    "o'brien@example.org": "o'brien@example.org",
    "ada+paper@example.org": "ada+paper@example.org",
    "ada_l-2@mail.example.co.uk": "ada_l-2@mail.example.co.uk",
    "ada@blåbær.example": "ada@xn--blbr-roah.example",
    "ada@BLÅBÆR.example": "ada@xn--blbr-roah.example",
    "ada@XN--BLBR-ROAH.example": "ada@xn--blbr-roah.example",
    "ada@مثال.example": "ada@xn--mgbh0fb.example",
    "ada@bucher。example": "ada@bucher.example",
    f"{'a' * 64}@example.org": f"{'a' * 64}@example.org",
}

BAD = [
    "ada", "@", "ada@", "@example.org", "ada@example", "ada@localhost", "ada@@example.org", "ada@b@example.org",
    "%@%", "ada%example.com@example.org", "%@example.org", "ada!bo@example.org", "*@example.org", "ada@*",
    "ada@%.example", "ada, bo@example.org", "ada@example.org, bo@example.org", "ada@example.org;bo@example.org",
    "ada@example.org\n", "ada@example.org\r\nBcc: bo@example.org", "ada\n@example.org", "ada@exam\nple.org",
    "\nada@example.org",
    "ada@example.org\0", "ada\t@example.org", "ada @example.org", "ada@ example.org", "ada\u00a0@example.org",
    '"ada"@example.org', '"a\r\nb"@example.org', '"a@b"@example.org', "ada(comment)@example.org",
    "Ada <ada@example.org>",
    "<ada@example.org>", "ada\\@example.org", "ada:@example.org", "[ada]@example.org",
    "ada@[127.0.0.1]", "ada@127.0.0.1", "ada@[IPv6:::1]", "ada@2130706433", "ada@1.2.3.4", "ada@0x7f.1",
    ".ada@example.org", "ada.@example.org", "a..da@example.org",
    "ada@.example.org", "ada@example.org.", "ada@example..org", "ada@-example.org", "ada@example-.org",
    "ada@exa_mple.org",
    "ａda@example.org", "ådа@example.org", "ada@faß.example", "ada@\u200dexample.org", "ada@exam\u202eple.org",
    "ada＠example.org",
    f"{'a' * 65}@example.org", f"ada@{'a' * 64}.org", f"ada@{'a.' * 130}org", "a" * 100_000 + "@example.org",
    "ada@" + "é" * 100_000 + ".org", "ada@" + "a." * 50_000 + "org", "\ud800@example.org", "ada@\ud800.org",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "clean"), GOOD.items(), ids=lambda text: ascii(text[:40]))
def test_an_address_has_one_form(typed: str, clean: str) -> None:
    assert clean_address(typed) == clean
    assert clean_address(clean) == clean


@pytest.mark.parametrize("typed", BAD, ids=lambda text: ascii(text[:40]))
def test_what_is_no_address_of_a_person_is_refused(typed: str) -> None:
    with counted() as cost, pytest.raises(Refusal) as refused:
        clean_address(typed)
    assert (refused.value.code, refused.value.field) == ("address-invalid", "email")
    assert cost.cpu < 1


@pytest.mark.parametrize("typed", ["", "   "])
def test_no_address_is_asked_for(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        clean_address(typed)
    assert refused.value.code == "address-missing"


@given(st.text(max_size=80) | st.emails() | st.from_regex(r"[ -~]{1,20}@[ -~]{1,20}", fullmatch=True))
def test_whatever_is_typed_a_clean_address_is_one_word_of_plain_letters(typed: str) -> None:
    try:
        clean = clean_address(typed)
    except Refusal:
        return
    assert clean.isascii()
    assert clean.count("@") == 1
    assert clean == clean.lower()
    assert not set(clean) & set(' \t\r\n\0"<>()[]:;,%!*\\')
    assert clean_address(clean) == clean


@pytest.mark.parametrize("other", ["ada.lunde+2@example.org", "adalunde@example.org", "a.d.a.lunde+x+y@example.org"])
def test_a_mailbox_is_the_same_however_it_is_dressed(other: str) -> None:
    assert mailbox_of(other) == mailbox_of("ada.lunde@example.org")
    assert mailbox_of(other) != mailbox_of("ada.lunde@example.net")


def test_a_digest_tells_addresses_apart_and_not_what_they_are() -> None:
    assert digest_of("ada@example.org") == digest_of("ada@example.org") != digest_of("bo@example.org")
    assert "ada" not in digest_of("ada@example.org")
