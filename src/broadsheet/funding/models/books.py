"""The books: the ledger's rows, which are only ever added, and what each of them was."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from broadsheet.accounts.names import NAME_LIMIT
from broadsheet.funding.ledger import BANK, CASH, Entry
from broadsheet.kernel.ids import LENGTH, public_id

MESSAGE_LIMIT = 140
REASON_LIMIT = 200
REFERENCE_LIMIT = 35

# No pattern: SQLite has none of its own, so that nobody but Django could read or check a table that had one.
LOOKS_LIKE_A_CURRENCY = Q(Exact(Length("currency"), 3), currency=Upper("currency"))


class Transfer(models.Model):
    """A row of the ledger: a sum that goes from one account to another. A trigger refuses to change or delete it.

    `key` names the movement of money, so that it is booked once. A reversal is a transfer too, and `reverses` one.
    """

    key = models.CharField(max_length=80, unique=True)
    debit = models.CharField(max_length=40)
    credit = models.CharField(max_length=40)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="funding_a_transfer_moves_something"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="funding_a_transfer_has_two_accounts"),
            models.CheckConstraint(condition=LOOKS_LIKE_A_CURRENCY, name="funding_currency_of_a_transfer"),
        ]
        # A sum reads nothing but a range of one of these.
        indexes = [
            models.Index(fields=["credit", "amount"], name="funding_credits"),
            models.Index(fields=["debit", "amount"], name="funding_debits"),
        ]

    def __str__(self) -> str:
        return self.key

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add a row; there is no other way to save one."""
        if not self._state.adding:
            raise TypeError("The ledger is only added to; book the opposite.")
        super().save(*args, **kwargs)

    @property
    def entry(self) -> Entry:
        """The row as the ledger's arithmetic sees it."""
        reverses = self.reverses.key if self.reverses else ""
        return Entry(self.key, self.debit, self.credit, self.amount, self.currency, reverses)


def totals(account: str | None = None) -> dict[str, int]:
    """Return what came in and was not taken back, by currency in minor units; with an account, for that one."""
    given = Q(credit=account) if account else ~Q(credit__in=[CASH, BANK])
    back = Q(debit=account) if account else ~Q(debit__in=[CASH, BANK])
    rows = Transfer.objects.filter(given | back).values("currency").order_by("currency")
    sums = rows.annotate(given=Sum("amount", filter=given, default=0), back=Sum("amount", filter=back, default=0))
    return {row["currency"]: row["given"] - row["back"] for row in sums}


class DonationQuerySet(models.QuerySet["Donation"]):
    """Questions about gifts."""

    def standing(self) -> Self:
        """Keep those that were not taken back."""
        return self.filter(reversal=None)

    def named(self) -> Self:
        """Keep those whose givers want to be named: what everybody may see of them is on the supporters' wall."""
        return self.standing().exclude(name="")

    def for_drawing(self) -> Self:
        """Fetch along what a list shows."""
        return self.select_related("transfer", "campaign", "reversal__by", "booked_by", "article")


class Donation(models.Model):
    """A gift. What it is worth stands in the ledger for good; the giver's name can be taken off the wall."""

    class Way(models.TextChoices):
        """How it came; the values are the ledger's accounts."""

        CASH = CASH, _("cash")
        TRANSFER = BANK, _("bank transfer")

    public_id = models.CharField(max_length=LENGTH, unique=True, default=public_id, editable=False)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="donation")
    campaign = models.ForeignKey(
        "funding.Campaign", null=True, blank=True, on_delete=models.PROTECT, related_name="donations"
    )
    way = models.CharField(max_length=8, choices=Way.choices)
    given_on = models.DateField()
    name = models.CharField(max_length=NAME_LIMIT, blank=True)
    message = models.CharField(max_length=MESSAGE_LIMIT, blank=True)
    article = models.ForeignKey(Page, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reference = models.CharField(max_length=REFERENCE_LIMIT, blank=True)
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(default=timezone.now)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")
        default_permissions = ()
        indexes = [
            models.Index(fields=["campaign", "-given_on", "-id"], name="funding_gifts_of_campaign"),
            models.Index(fields=["-given_on", "-id"], name="funding_gifts_by_day"),
        ]
        constraints = [models.CheckConstraint(condition=Q(way__in=[CASH, BANK]), name="funding_way_of_a_gift")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_reversed(self) -> bool:
        """Whether it was taken back."""
        return hasattr(self, "reversal")


class Reversal(models.Model):
    """That a gift was taken back: by whom and why; how much stands in the ledger."""

    donation = models.OneToOneField(Donation, on_delete=models.PROTECT, related_name="reversal")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="reversal")
    reason = models.CharField(max_length=REASON_LIMIT)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.donation}"
