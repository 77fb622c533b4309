"""What a reader needs to give: the account, the reference that says what for, the code for a banking app."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.models import Page

from broadsheet.funding import epc
from broadsheet.funding.iban import Origin, in_groups, reference_of
from broadsheet.funding.models import Campaign, WaysOfGiving


@dataclass(frozen=True)
class BankTransfer:
    """A transfer that can be made: to whom, where, and with which reference."""

    holder: str
    iban: str
    bic: str
    reference: str
    code: SafeString

    @property
    def iban_in_groups(self) -> str:
        """The IBAN as people read it."""
        return in_groups(self.iban)

    @property
    def reference_in_groups(self) -> str:
        """The reference as people read it."""
        return in_groups(self.reference)


def bank_transfer(request: HttpRequest, campaign: Campaign | None, article: Page | None) -> BankTransfer | None:
    """Return the transfer by which one gives for a campaign, or for none, after reading `article`.

    None where there is no account. The reference is all that tells the treasurer where a gift came from: nothing is
    noted of who looked.
    """
    ways = WaysOfGiving.for_request(request)
    if not ways.takes_transfers:
        return None
    reference = reference_of(Origin(campaign.pk if campaign else 0, article.pk if article else 0))
    lines = {"holder": ways.account_holder, "iban": ways.iban, "bic": ways.bic, "reference": reference}
    takes_code = campaign is None or campaign.currency == epc.CURRENCY
    svg = (
        epc.code_svg(epc.transfer_text(**lines), _("QR code of this transfer, for your banking app"))
        if takes_code
        else ""
    )
    return BankTransfer(**lines, code=mark_safe(svg))  # noqa: S308 - drawn by us; it holds no text but the escaped title
