"""The one answer to "from which address does this request come": limits count by it."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - no address to listen on, but the one nobody has


def client_address(request: HttpRequest) -> str:
    """Return the address of the reader's machine as a bare IP address; `UNKNOWN` when the connection has none.

    A connection from this very machine is the proxy in front, so the last entry of `X-Forwarded-For` is believed: the
    proxy wrote it, whatever the client wrote before it. From any other machine the header is somebody's invention.
    """
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if peer is not None and not peer.is_loopback:
        return str(peer)
    # No peer at all is a Unix socket, which only this machine can reach.
    forwarded = _address(request.headers.get("X-Forwarded-For", "").rpartition(",")[2])
    return str(forwarded or peer or UNKNOWN)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; an IPv4 address in IPv6 clothes is the IPv4 address, or it would count as two."""
    try:
        address = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
