"""Bans: keeping somebody from writing, letting them again, and knowing from where something was written."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile, User
from broadsheet.gate.address import UNKNOWN
from broadsheet.gate.limits import network_of
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.models import REASON_LIMIT, Ban, Origin
from broadsheet.moderation.rights import may_moderate

# No wider range is banned: it would be a whole provider, and all of its customers.
WIDEST = {4: 16, 6: 32}
# No narrower one makes sense: one IPv6 customer has a /64.
NARROWEST = {4: 32, 6: 64}
# Not readers' addresses, but what stands for all of them where the proxy in front is not trusted.
OWN = tuple(ipaddress.ip_network(one) for one in ("0.0.0.0/32", "127.0.0.0/8", "::/127"))
LONGEST = 10 * 366 * 24  # hours; who is to stay away for longer is banned for ever

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def ban(what: Profile | str, *, by: User, hours: int | None, reason: str = "", bulk: str = "") -> Ban:
    """Keep a profile, or whoever comes from an address or a range of them (`198.51.100.0/24`), from writing.

    `hours` is for how long, None for ever; `bulk` the action at the desk that it belongs to. Refusals:
    `not-a-moderator`, `ban-too-long`, `reason-too-long`, `own-people`, `no-network`, `network-too-wide`,
    `network-of-ours`.
    """
    _check_moderator(by)
    reason = " ".join(reason.replace("\0", "").split())
    if len(reason) > REASON_LIMIT:
        raise Refusal("reason-too-long", _("A reason has at most {limit} characters.").format(limit=REASON_LIMIT))
    on = _on_profile(what) if isinstance(what, Profile) else _on_network(what)
    return Ban.objects.create(**on, until=_end(hours), reason=reason, by=by, bulk=bulk)


def lift(which: Ban, *, by: User) -> Ban:
    """End a ban; one that somebody lifted before stays as they left it. Refusal: `not-a-moderator`."""
    _check_moderator(by)
    Ban.objects.filter(pk=which.pk, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)
    which.refresh_from_db()
    return which


def lift_all(bulk: str, *, by: User) -> int:
    """End the bans that were made in one action at the desk; return how many that were. Refusal: `not-a-moderator`."""
    _check_moderator(by)
    made = Ban.objects.filter(bulk=bulk, lifted_at=None) if bulk else Ban.objects.none()
    return made.update(lifted_at=timezone.now(), lifted_by=by)


def banned(profile: Profile | None, client: str) -> Ban | None:
    """Return the ban that keeps this profile or address from writing for longest; None when there is none.

    Who decides at the desk is kept out by no range of addresses.
    """
    if profile is not None and profile.user is not None and may_moderate(profile.user):
        return None
    found = list(Ban.objects.in_force().filter(profile=profile)) if profile is not None else []
    if client:
        found += Ban.objects.in_force().filter(kind=Ban.Kind.NETWORK, network__in=_networks_around(client))
    endless = datetime.max.replace(tzinfo=timezone.get_default_timezone())
    return max(found, key=lambda one: one.until or endless, default=None)


def check_not_banned(profile: Profile | None, client: str) -> None:
    """Raise Refusal `banned` for who may not write: the same sentence whatever the ban is on, and until when."""
    found = banned(profile, client)
    if found is None:
        return
    if found.until is None:
        raise Refusal("banned", _("You cannot take part here."), status=403)
    until = date_format(timezone.localtime(found.until), "DATETIME_FORMAT")
    raise Refusal("banned", _("You cannot take part here until {time}.").format(time=until), status=403)


def remember_origin(kind: str, key: str, client: str, by: Profile) -> None:
    """Remember from which network a thing was written last, for as long as a ban may need it. In its transaction."""
    if client:
        network = "" if client == UNKNOWN else network_of(client)
        last = Origin(kind=kind, key=key, network=network, profile=by, at=timezone.now())
        # One statement, where update_or_create has two and two savepoints: every comment comes through here.
        Origin.objects.bulk_create(
            [last], update_conflicts=True, unique_fields=["kind", "key"], update_fields=["network", "profile", "at"]
        )


def origin_of(kind: str, key: str) -> str:
    """Return the network from which a thing was written, as `ban` takes it; empty when that is not remembered."""
    networks = Origin.objects.filter(kind=kind, key=key).values_list("network", flat=True)
    return networks.first() or ""


def _check_moderator(by: User) -> None:
    if not may_moderate(by):
        raise Refusal("not-a-moderator", _("Only moderators decide."), status=403)


def _end(hours: int | None) -> datetime | None:
    if hours is None:
        return None
    if not 0 < hours <= LONGEST:
        raise Refusal("ban-too-long", _("Give a whole number of hours, or ban for ever."), field="hours")
    return timezone.now() + timedelta(hours=hours)


def _on_profile(profile: Profile) -> dict[str, object]:
    if profile.user is not None and may_moderate(profile.user):
        raise Refusal("own-people", _("This is somebody who moderates here. An administrator sees to them."))
    return {"kind": Ban.Kind.COOKIE if profile.is_guest else Ban.Kind.PROFILE, "profile": profile}


def _on_network(text: str) -> dict[str, object]:
    return {"kind": Ban.Kind.NETWORK, "network": str(clean_network(text))}


def clean_network(text: str) -> Network:
    """Read an address or a range of them. Refusals: `no-network`, `network-too-wide`, `network-of-ours`."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        sentence = _("This is no address. Write it like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/48.")
        raise Refusal("no-network", sentence, field="network") from None
    network = _in_four(network)
    if network.prefixlen < WIDEST[network.version]:
        sentence = _("This range is too wide: at most /{four}, or /{six} of IPv6.")
        raise Refusal("network-too-wide", sentence.format(four=WIDEST[4], six=WIDEST[6]), field="network")
    if any(network.version == own.version and network.overlaps(own) for own in OWN):
        sentence = _("This address is this server’s own: the proxy in front does not say who comes through it.")
        raise Refusal("network-of-ours", sentence, field="network")
    if network.prefixlen > NARROWEST[network.version]:
        return network.supernet(new_prefix=NARROWEST[network.version])
    return network


def _in_four(network: Network) -> Network:
    """An IPv4 address in IPv6 clothes is counted as what it is."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}", strict=False)


def _networks_around(client: str) -> list[str]:
    """Every range that a ban can name and that `client` lies in: few, so that an index finds them."""
    address = ipaddress.ip_address(client)
    lengths = range(WIDEST[address.version], NARROWEST[address.version] + 1)
    return [str(ipaddress.ip_network(f"{address}/{length}", strict=False)) for length in lengths]
