"""Where gifts can be sent: the publication's bank account."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.contrib.settings.registry import register_setting

from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic
from broadsheet.funding.iban import compact, in_groups, is_bic, is_iban
from broadsheet.funding.models.campaigns import WHICH_RUNS

HOLDER_LIMIT = 70  # of the account holder's name, in a SEPA QR code


@register_setting(icon="form", order=200)
class WaysOfGiving(BaseSiteSetting):
    """The account that readers send their gifts to. Without one the publication says that it takes none."""

    account_holder: models.CharField[str, str] = models.CharField(
        _("account holder"), max_length=HOLDER_LIMIT, blank=True, help_text=_("As the bank knows it.")
    )
    iban: models.CharField[str, str] = models.CharField(
        _("IBAN"), max_length=42, blank=True, help_text=_("Of the account that gifts are sent to.")
    )
    bic: models.CharField[str, str] = models.CharField(
        _("BIC"), max_length=11, blank=True, help_text=_("Needed by some banks for transfers from abroad.")
    )

    panels = [FieldPanel("account_holder"), FieldPanel("iban"), FieldPanel("bic")]

    class Meta:
        verbose_name = _("ways of giving")
        verbose_name_plural = _("ways of giving")

    def __str__(self) -> str:
        return self.account_holder

    @property
    def takes_transfers(self) -> bool:
        """Whether there is an account that money can be sent to."""
        return bool(self.account_holder and self.iban)

    @property
    def iban_in_groups(self) -> str:
        """The IBAN as people read it."""
        return in_groups(self.iban)

    def clean(self) -> None:
        """Refuse an account that no bank would find."""
        super().clean()
        self.account_holder = " ".join(self.account_holder.split())
        self.iban, self.bic = compact(self.iban), compact(self.bic)
        errors = {}
        if self.iban and not is_iban(self.iban):
            errors["iban"] = ValidationError(_("There is a mistake in this IBAN. Compare it with your bank’s."))
        if self.bic and not is_bic(self.bic):
            errors["bic"] = ValidationError(_("A BIC has 8 or 11 letters and digits, such as DNBANOKKXXX."))
        if self.iban and not self.account_holder:
            errors["account_holder"] = ValidationError(_("A bank wants to know whose account it is."))
        if errors:
            raise ValidationError(errors)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the account, and tell every page that leads to it."""
        super().save(*args, **kwargs)
        announce(topic("campaign", WHICH_RUNS), "ways-of-giving-changed")
