"""The arithmetic of the books: transfers between accounts, in values; no database, no clock.

A transfer takes a positive sum from one account (credit) to another (debit): money that comes in is debited to `cash`
or `bank` and credited to what it was given for. So every row balances by itself, and sums are only ever added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CASH, BANK = "cash", "bank"
GENERAL = "general"  # what is given to the publication, for no campaign
_FOR_A_CAMPAIGN = "campaign:"


@dataclass(frozen=True)
class Entry:
    """One transfer: `amount` minor units of `currency`. `reverses` is the key of the one that it takes back, or ""."""

    key: str
    debit: str
    credit: str
    amount: int
    currency: str
    reverses: str = ""


def campaign_account(number: int) -> str:
    """Return the account of what is given for a campaign."""
    return f"{_FOR_A_CAMPAIGN}{number}"


def is_account(name: str) -> bool:
    """Whether the books have such an account."""
    number = name.removeprefix(_FOR_A_CAMPAIGN)
    return name in (CASH, BANK, GENERAL) or (number != name and number.isascii() and number.isdigit())


def gift(key: str, *, into: str, of: str, amount: int, currency: str) -> Entry:
    """Return the entry of a gift that came `into` cash or bank and is given for the account `of`."""
    return Entry(key, debit=into, credit=of, amount=amount, currency=currency)


def opposite(entry: Entry, key: str) -> Entry:
    """Return the entry that takes `entry` back."""
    return Entry(key, entry.credit, entry.debit, entry.amount, entry.currency, reverses=entry.key)


def balances(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    """Return what every account has of every currency: credits less debits, so that gifts are positive."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        sums[entry.credit, entry.currency] += entry.amount
        sums[entry.debit, entry.currency] -= entry.amount
    return dict(sums)


def faults(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for all that the books must never hold."""
    known = {entry.key: entry for entry in entries}
    taken_back: set[str] = set()
    for entry in known.values():
        yield from _faults_of(entry)
        if entry.reverses:
            yield from _faults_of_reversal(entry, known.get(entry.reverses))
            if entry.reverses in taken_back:
                yield f"transfer {entry.reverses} is taken back twice"
            taken_back.add(entry.reverses)
    sums: dict[str, int] = defaultdict(int)
    for (account, currency), amount in balances(known.values()).items():
        sums[currency] += amount
        if amount < 0 and account not in (CASH, BANK):
            yield f"account {account} has given back more {currency} than it got"
    yield from (f"the accounts in {currency} do not balance: {amount}" for currency, amount in sums.items() if amount)


def _faults_of(entry: Entry) -> Iterator[str]:
    if entry.amount <= 0:
        yield f"transfer {entry.key} moves {entry.amount}"
    if entry.debit == entry.credit:
        yield f"transfer {entry.key} moves money from an account to itself"
    yield from (
        f"transfer {entry.key} names an account {name!r}, which the books do not have"
        for name in (entry.debit, entry.credit)
        if not is_account(name)
    )


def _faults_of_reversal(entry: Entry, original: Entry | None) -> Iterator[str]:
    if original is None:
        yield f"transfer {entry.key} takes back {entry.reverses}, which does not exist"
    elif original.reverses:
        yield f"transfer {entry.key} takes back {original.key}, which takes back another"
    elif entry != opposite(original, entry.key):
        yield f"transfer {entry.key} is not the opposite of {original.key}"
