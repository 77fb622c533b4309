"""The one answer to "from which address does this request come": limits and bans count by it."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - no address to listen on, but the one nobody has
LONGEST = 64  # characters of an address with brackets and port, and to spare
LOOPBACK = ipaddress.ip_address("127.0.0.1")

FORWARDED_FOR = "X-Forwarded-For"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: HttpRequest) -> str:
    """Return the address of the reader's machine as a bare IP address; `UNKNOWN` when the connection has none."""
    return address_behind(request.META.get("REMOTE_ADDR", ""), request.headers.get(FORWARDED_FOR, ""))


def address_behind(peer: str, said: str) -> str:
    """Return the address of the machine that asks through the connection of `peer`, as `client_address` does.

    `said` is the `X-Forwarded-For` of the request, of several the list of all, "" where there is none.

    Every proxy writes at the end of `X-Forwarded-For` who asked it, so the list is read from there, for as long as who
    wrote an entry is one of BROADSHEET_TRUSTED_PROXIES. What stands further left is somebody's invention; so is all of
    it when the connection itself comes from anybody else. A trusted proxy that writes what is no address has lost the
    track, and the last one known counts: strangers share it rather than choose.
    """
    # No peer at all is a Unix socket, which only this machine can reach.
    client = read_address(peer) if peer else LOOPBACK
    forwarded = said.split(",")
    while client is not None and forwarded and _is_trusted(client, settings.TRUSTED_PROXIES):
        named = read_address(forwarded.pop())
        if named is None:
            break
        client = named
    return str(client) if client is not None and (peer or client is not LOOPBACK) else UNKNOWN


def read_address(text: str) -> Address | None:
    """Read an address as proxies write it: bare, or with a port, IPv6 in brackets; None when it is none.

    An IPv4 address in IPv6 clothes is the IPv4 address, or it would count as two.
    """
    text = text.strip().strip('"')
    if len(text) > LONGEST:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])  # behind it a link, which means something there only
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address, proxies: Collection[Network]) -> bool:
    return any(address in network for network in proxies)
