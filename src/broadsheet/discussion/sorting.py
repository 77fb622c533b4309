"""The orders as a reader chooses them: each is a link."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.discussion.models import Order
from broadsheet.discussion.reading import DEFAULT_ORDER


@dataclass(frozen=True)
class Sort:
    """One order to choose: its name, where it is shown, whether it is the one at hand."""

    label: str
    url: str
    is_current: bool


def sorts(url: str, current: Order, fragment: str = "") -> list[Sort]:
    """Return the orders of the comments at `url`; the default one is at the plain address."""
    addresses = {order: f"{url}?order={order}{fragment}" for order in Order} | {DEFAULT_ORDER: f"{url}{fragment}"}
    return [Sort(str(order.label), addresses[order], order is current) for order in Order]
