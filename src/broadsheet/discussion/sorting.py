"""The orders as a reader chooses them: each is a link."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext

from broadsheet.discussion.reading import DEFAULT_ORDER, Order


@dataclass(frozen=True)
class Sort:
    """One order to choose: its name, where it is shown, whether it is the one at hand."""

    label: str
    url: str
    is_current: bool


def sorts(url: str, current: Order, fragment: str = "") -> list[Sort]:
    """Return the orders of the comments at `url`; the default one is at the plain address."""
    labels = {
        Order.NEWEST: pgettext("order of comments", "Newest"),
        Order.OLDEST: pgettext("order of comments", "Oldest"),
    }
    return [
        Sort(label, f"{url}{'' if order is DEFAULT_ORDER else f'?order={order}'}{fragment}", order is current)
        for order, label in labels.items()
    ]
