"""The supporters' wall: those who want to be named, with their words and their sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language

from broadsheet.funding.models import Donation
from broadsheet.kernel import money


@dataclass(frozen=True)
class Brick:
    """One gift on the wall."""

    name: str
    message: str
    sum: str


def bricks_of(donations: Iterable[Donation]) -> list[Brick]:
    """Return what the wall shows of gifts that may be shown."""
    language = get_language() or ""
    return [
        Brick(one.name, one.message, money.written(one.transfer.amount, one.transfer.currency, language))
        for one in donations
    ]
