"""Which requests ask for the same page: host, path and known parameters, in one way of writing.

What is written oddly may be answered, but not out of the store. A key holds everything that the page is drawn from, and
nothing else of a request can have a part in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode

LONGEST_PATH, LONGEST_QUERY, MOST_PARAMETERS = 500, 1_000, 20
LONGEST_VALUE = 100


# A request as it came: host, path, query.
Asked = tuple[bytes, bytes, bytes]


class Key(NamedTuple):
    """What names a page: a host of ours, the path as text, the query in its one way of writing."""

    host: str
    path: str
    query: str


@dataclass(frozen=True)
class Stored:
    """An address whose page is kept. `keyed` are the parameters that make another page of it, others are dropped.

    With one of `personal` the page is for who brought it, and not kept.
    """

    keyed: Collection[str] = ()
    personal: Collection[str] = ()


def key_of(asked: Asked, hosts: Collection[str], stored: Callable[[str], Stored | None]) -> Key | None:
    """Return the key of a request; None for one that is not answered out of the store.

    `hosts` are those of ours, with their port where it is not the usual one; `stored` knows the addresses.
    """
    host, path, query = asked
    named, text = host.decode("latin-1").lower(), _plain_path(path)
    address = stored(text) if text is not None and named in hosts else None
    if text is None or address is None:
        return None
    canonical = canonical_query(query, address)
    return None if canonical is None else Key(named, text, canonical)


def canonical_query(query: bytes, address: Stored) -> str | None:
    """Return the known parameters in the order of their names, the last of several alike, as Django would read them.

    None for a query that is not for the store.
    """
    if len(query) > LONGEST_QUERY:
        return None
    try:
        given = dict(parse_qsl(query.decode("ascii"), True, errors="strict", max_num_fields=MOST_PARAMETERS))
    except ValueError:  # more than anybody asks for, or no text
        return None
    known = {name: given[name] for name in sorted(given) if name in address.keyed}
    if any(name in address.personal for name in given) or not all(map(_is_plain, known.values())):
        return None
    return urlencode(known)


def _plain_path(path: bytes) -> str | None:
    """The path as text; None where it is written in a way that another program might read differently."""
    if len(path) > LONGEST_PATH:
        return None
    try:
        text = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    parts = text.split("/")
    is_plain = text.startswith("/") and text.isprintable() and not {".", ".."} & set(parts) and "" not in parts[1:-1]
    return text if is_plain and not set("\\%;?#").intersection(text) else None


def _is_plain(value: str) -> bool:
    return len(value) <= LONGEST_VALUE and value.isprintable()
