"""Campaigns, gifts and the ledger, and where gifts can be sent."""

from broadsheet.funding.models.books import Donation, Reversal, Transfer
from broadsheet.funding.models.campaigns import Campaign, Milestone, Words, raised_for
from broadsheet.funding.models.ways import WaysOfGiving

__all__ = ["Campaign", "Donation", "Milestone", "Reversal", "Transfer", "WaysOfGiving", "Words", "raised_for"]
