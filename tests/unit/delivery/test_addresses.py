"""Keys: requests that Django answers alike have one, and nothing else can be put into it."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.delivery.addresses import LONGEST_PATH, LONGEST_VALUE, Key, Stored, canonical_query, key_of

HOSTS = frozenset(["slipway.example", "127.0.0.1:8000"])
LIST = Stored(keyed=("order", "page"), personal=("told",))


def key(path: str = "/harbour/", query: str = "", host: str = "slipway.example") -> Key | None:
    asked = (host.encode("latin-1"), path.encode("latin-1"), query.encode("latin-1"))
    return key_of(asked, HOSTS, lambda path: None if path.startswith("/admin/") else LIST)


def test_a_key_is_host_path_and_what_is_known_of_the_query() -> None:
    assert key("/harbour/", "page=2") == Key("slipway.example", "/harbour/", "page=2")


@pytest.mark.parametrize("host", ["slipway.example", "SLIPWAY.example", "127.0.0.1:8000"])
def test_our_hosts(host: str) -> None:
    found = key(host=host)
    assert found
    assert found.host == host.lower()


@pytest.mark.parametrize(
    "host",
    ["", "elsewhere.example", "slipway.example:80", "slipway.example:8000", "slipway.example.", " slipway.example",
     "slipway.example/", "a@slipway.example", "127.0.0.1", "127.0.0.1:8000\0", "\xe6.example",
     "sl\u0130pway.example".encode().decode("latin-1")],
)  # fmt: skip
def test_hosts_that_are_for_django_to_judge(host: str) -> None:
    assert key(host=host) is None


def test_addresses_that_are_not_kept() -> None:
    assert key("/admin/pages/") is None


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/", "/"),
        ("/harbour/ferry/", "/harbour/ferry/"),
        ("/%68arbour/", "/harbour/"),
        ("/sj%C3%B8en/", "/sjøen/"),
        ("/sj%c3%b8en/", "/sjøen/"),
        ("/%D8%B4/", "/ش/"),
        ("/harbour", "/harbour"),
    ],
)
def test_one_page_has_one_path(path: str, plain: str) -> None:
    found = key(path)
    assert found
    assert found.path == plain


@pytest.mark.parametrize(
    "path",
    ["", "*", "harbour/", "//", "//harbour/", "/harbour//ferry/", "/./harbour/", "/../harbour/", "/harbour/..",
     "/harbour/.",
     "/%2e%2e/harbour/", "/harbour%2f%2fferry/", "/harbour%00/", "/harbour%0d%0aX:%20y/", "/harbour%5cferry/", "/%25",
     "/harbour%3bx=1/", "/harbour%3fpage=2", "/harbour%23top", "/%ff/", "/%c0%af/", "/%ed%a0%80/", "/harbour%7f/",
     "/harbour/%e2%80%8b/", "/harbour;x=1/", "/" + "a" * LONGEST_PATH],
)  # fmt: skip
def test_odd_paths_are_for_django(path: str) -> None:
    assert key(path) is None


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("page=2", "page=2"),
        ("page=2&order=oldest", "order=oldest&page=2"),
        ("utm_source=mail&page=2&fbclid=x", "page=2"),
        ("page=1&page=2", "page=2"),
        ("page=2&page=", "page="),
        ("page", "page="),
        ("Page=2", ""),
        ("page%20=2", ""),
        ("p%61ge=2", "page=2"),
        ("page=%32", "page=2"),
        ("order=a+b%20c", "order=a+b+c"),
        ("order=%C3%B8", "order=%C3%B8"),
        ("order=a%26page%3D3", "order=a%26page%3D3"),
        ("page=2;order=oldest", "page=2%3Border%3Doldest"),
        ("&&page=2&", "page=2"),
        ("page=<script>", "page=%3Cscript%3E"),
    ],
)
def test_one_query_is_written_in_one_way(query: str, canonical: str) -> None:
    assert canonical_query(query.encode(), LIST) == canonical


@pytest.mark.parametrize(
    "query",
    ["told=yes", "page=2&told", "page=%00", "page=%0a", "page=%ff", "page=\xff", "page=%ed%a0%80",
     "&".join(["a=1"] * 30), f"order={'x' * (LONGEST_VALUE + 1)}", "a=" + "x" * 2_000, "order=%e2%80%ae"],
)  # fmt: skip
def test_odd_queries_and_those_for_one_person_are_for_django(query: str) -> None:
    assert canonical_query(query.encode("latin-1"), LIST) is None


@given(st.lists(st.tuples(st.sampled_from(["page", "order", "utm", "Page"]), st.text(max_size=12)), max_size=6))
def test_django_reads_the_same_from_both(pairs: list[tuple[str, str]]) -> None:
    """A page drawn for the key is the page of every request that has it."""
    sent = "&".join(f"{quote(name)}={quote(value, errors='replace')}" for name, value in pairs)
    canonical = canonical_query(sent.encode(), LIST)
    if canonical is None:
        return
    asked, drawn = QueryDict(sent), QueryDict(canonical)
    assert {name: asked.get(name) for name in LIST.keyed} == {name: drawn.get(name) for name in LIST.keyed}
    assert set(drawn) <= set(LIST.keyed)
    assert len(parse_qsl(canonical, keep_blank_values=True)) == len(drawn)
    assert canonical_query(canonical.encode(), LIST) == canonical
