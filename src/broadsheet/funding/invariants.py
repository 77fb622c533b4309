"""What must always be true of the books; looked at by `broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import F, Max, Q

from broadsheet.funding import ledger
from broadsheet.funding.models import Donation, Milestone, Reversal, Transfer
from broadsheet.funding.models.campaigns import Campaign, raised_for

GUARDS = 3  # triggers on SQLite; on PostgreSQL there are two
POSTGRES_GUARDS = 2


def broken_promises() -> Iterator[str]:
    """Yield a sentence for all that is wrong in the ledger, between it and the gifts, and with milestones."""
    transfers = Transfer.objects.select_related("reverses").order_by("pk")
    yield from ledger.faults(transfer.entry for transfer in transfers.iterator())
    yield from _unguarded()
    yield from _wrong_gifts()
    yield from _wrong_milestones()


def _unguarded() -> Iterator[str]:
    """Nothing but the triggers keeps a colleague with a database client from changing the books."""
    if connection.vendor == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'funding_ledger%%'"
        needed = GUARDS
    else:
        query = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'funding_ledger%%' AND tgenabled <> 'D'"
        needed = POSTGRES_GUARDS
    with connection.cursor() as cursor:
        cursor.execute(query, [])
        if cursor.fetchone()[0] < needed:
            yield "the ledger is not guarded: its triggers are gone. Run migration funding 0002 again"


def _wrong_gifts() -> Iterator[str]:
    for transfer in Transfer.objects.filter(reverses=None, donation=None):
        yield f"transfer {transfer.key} is no gift that is known"
    for transfer in Transfer.objects.filter(reverses__isnull=False, reversal=None):
        yield f"transfer {transfer.key} takes a gift back for no reason that is known"
    for donation in Donation.objects.select_related("transfer", "campaign"):
        account = donation.campaign.account if donation.campaign else ledger.GENERAL
        if (donation.transfer.credit, donation.transfer.debit) != (account, donation.way):
            yield f"gift {donation.public_id} is booked from {donation.transfer.debit} to {donation.transfer.credit}"
        if donation.campaign and donation.campaign.currency != donation.transfer.currency:
            yield f"gift {donation.public_id} is in another currency than its campaign"
    for reversal in Reversal.objects.exclude(transfer__reverses=F("donation__transfer")):
        yield f"gift {reversal.donation_id} is taken back by the transfer of another"


def _wrong_milestones() -> Iterator[str]:
    for campaign in Campaign.objects.annotate(goal=Max("milestones__amount")):
        if campaign.goal is None:  # type: ignore[attr-defined]
            yield f"campaign {campaign.public_id} has no milestone"
        unmarked = Milestone.objects.filter(campaign=campaign, reached_at=None, amount__lte=raised_for(campaign))
        for milestone in unmarked:
            yield f"milestone {milestone.amount} of campaign {campaign.public_id} is reached and has no date"
    for milestone in Milestone.objects.filter(Q(reached_at__lt=F("campaign__created_at"))):
        yield f"milestone {milestone.amount} of campaign {milestone.campaign_id} was reached before it was made"
