"""Packing: what a client takes, however it says so, and the same bytes in every process."""

from __future__ import annotations

import gzip
import time

import brotli
import pytest

from broadsheet.delivery.encodings import BROTLI, GZIP, IDENTITY, SMALL, best_encoding, packed, unpacked
from tests.cost import least

BODY = b"The last boat leaves at nine. " * 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", BROTLI),
        ("gzip, deflate", GZIP),
        ("GZIP", GZIP),
        ("x-gzip", GZIP),
        ("", IDENTITY),
        ("deflate, zstd", IDENTITY),
        ("*", BROTLI),
        ("br;q=0, *", GZIP),
        ("br;q=0.5, gzip;q=0.8", GZIP),
        ("br;q=0.8, gzip;q=0.8", BROTLI),
        ("br; q=1.0 , gzip", BROTLI),
        ("br;q=0, gzip;q=0", IDENTITY),
        ("identity, gzip;q=0.5", IDENTITY),
        ("identity;q=0.5, gzip;q=0.5", GZIP),
        ("gzip;q=0.001", GZIP),
        ("identity;q=0", IDENTITY),
        ("*;q=0", IDENTITY),
        ("br;q=nan", IDENTITY),
        ("br;q=inf", IDENTITY),
        ("br;q=-1", IDENTITY),
        ("br;q=١", IDENTITY),
        ("br;q=1e9", IDENTITY),
        ("br;q=", IDENTITY),
        ("br;level=4", BROTLI),
        (",,;q=1,br", BROTLI),
        ("brotli, broken", IDENTITY),
    ],
)
def test_the_best_that_a_client_takes(accepted: str, encoding: str) -> None:
    assert best_encoding(accepted) == encoding


@pytest.mark.parametrize("accepted", ["br," * 20_000, "br;" * 20_000, "q=" * 40_000, "br;q=0." + "9" * 60_000])
def test_a_huge_wish_costs_little(accepted: str) -> None:
    assert least(lambda: best_encoding(accepted)) < 0.5


def test_what_is_packed_is_the_same_when_it_is_unpacked() -> None:
    forms = packed(BODY)
    assert set(forms) == {GZIP, BROTLI}
    assert gzip.decompress(forms[GZIP]) == brotli.decompress(forms[BROTLI]) == unpacked(forms[GZIP]) == BODY
    assert len(forms[BROTLI]) <= len(forms[GZIP]) < len(BODY) / 5


def test_the_same_page_is_the_same_bytes_at_any_time() -> None:
    first = packed(BODY)
    time.sleep(1.1)  # gzip notes the second, if it is let
    assert packed(BODY) == first


def test_what_is_small_stays_as_it_is() -> None:
    assert packed(b"x" * (SMALL - 1)) == {IDENTITY: b"x" * (SMALL - 1)}
