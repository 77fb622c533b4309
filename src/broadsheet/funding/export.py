"""Gifts as a table that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from broadsheet.funding.models import Donation
from broadsheet.kernel.money import plain

COLUMNS = (
    "gift",
    "given on",
    "campaign",
    "way",
    "amount",
    "currency",
    "name",
    "message",
    "reference",
    "article",
    "booked at (UTC)",
    "booked by",
    "taken back at (UTC)",
    "taken back by",
    "reason",
)
# A spreadsheet takes a cell that begins with one of these for a formula; the last three after a line break.
_FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# Tells spreadsheets that the file is in UTF-8.
_MARK = "\ufeff"


class _Line:
    """What the csv module writes into: it keeps the last line only."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_lines(donations: Iterable[Donation]) -> Iterator[str]:
    """Yield the table line by line, its head first."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    yield _MARK + line.text
    for donation in donations:
        writer.writerow([harmless(cell) for cell in _cells(donation)])
        yield line.text


def harmless(cell: str) -> str:
    """Return a cell's text so that no spreadsheet takes it for a formula: with an apostrophe before it if need be."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA_SIGNS) else cell


def _cells(donation: Donation) -> list[str]:
    transfer, reversal = donation.transfer, getattr(donation, "reversal", None)
    return [
        donation.public_id,
        donation.given_on.isoformat(),
        str(donation.campaign or ""),
        donation.way,
        plain(transfer.amount, transfer.currency),
        transfer.currency,
        donation.name,
        donation.message,
        donation.reference,
        donation.article.title if donation.article else "",
        f"{donation.booked_at:%Y-%m-%d %H:%M:%S}",
        donation.booked_by.email,
        f"{reversal.at:%Y-%m-%d %H:%M:%S}" if reversal else "",
        reversal.by.email if reversal else "",
        reversal.reason if reversal else "",
    ]
