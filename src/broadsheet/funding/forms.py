"""The treasurer's forms: what was typed, read into a plan or a gift."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Page

from broadsheet.funding.actions import MILESTONES_LIMIT, Aim, Gift, Plan
from broadsheet.funding.iban import Origin, origin_of
from broadsheet.funding.models import Campaign, Donation, Milestone, Words
from broadsheet.funding.models.books import REASON_LIMIT
from broadsheet.funding.models.campaigns import CALL_LIMIT, TEXT_LIMIT, TITLE_LIMIT, today
from broadsheet.kernel import money, written
from broadsheet.kernel.refusal import Refusal

DEFAULT_CURRENCY = "EUR"
# Rows for milestones that are offered empty.
SPARE_ROWS = 3
# Of what may be typed into a line at all; the actions say what is too long.
LINE_LIMIT = 1000


def read_sum(typed: str, currency: str) -> int:
    """Return the sum in minor units, read as whoever uses the active language writes it. Raises Refusal."""
    language = get_language() or ""
    try:
        return money.minor_units(typed, currency, language)
    except money.Unreadable as unreadable:
        values = {
            name: written.number(value, language) if isinstance(value, int) else value
            for name, value in unreadable.values.items()
        }
        # The message is in the catalogues: the kernel, which knows no languages, marks it for them.
        raise Refusal(unreadable.code, _(unreadable.message) % values, field="amount") from None


def currency_choices() -> list[tuple[str, str]]:
    """Return every currency with its name in the active language."""
    language = get_language() or ""
    return [(code, f"{code} {money.currency_name(code, language)}") for code in sorted(money.currencies())]


class Day(forms.DateField):
    """A day, chosen with the browser's own calendar."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, **options)


class APage(forms.ModelChoiceField[Page]):
    """A page of the publication, chosen from its tree."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Page.objects.filter(depth__gt=2), required=False, widget=AdminPageChooser(), **options
        )


@dataclass(frozen=True)
class MilestoneRow:
    """The fields of one milestone, bound to the form; `reached_at` says that its sum stays."""

    amount: Any
    titles: list[Any]
    is_reached: bool


class CampaignForm(forms.Form):
    """A campaign: what it asks for in each language, on the way to which sums, where and when."""

    page = APage(
        label=gettext_lazy("For a section or an article"),
        help_text=gettext_lazy("It and all that lies below it show this campaign. Empty: the whole publication."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currency_choices, initial=DEFAULT_CURRENCY)
    starts_on = Day(label=gettext_lazy("First day"), initial=today)
    ends_on = Day(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("It ends at midnight in the publication’s time zone. Empty: it goes on."),
    )

    def __init__(self, data: Any = None, *, campaign: Campaign | None = None) -> None:
        milestones = list(campaign.milestones.all()) if campaign else []
        super().__init__(data, initial=_initial(campaign, milestones) if campaign else None)
        self.languages = [(code, str(name)) for code, name in settings.LANGUAGES]
        self.reached = [milestone.reached_at is not None for milestone in milestones]
        self.row_count = min(len(milestones) + SPARE_ROWS, MILESTONES_LIMIT)
        for code, name in self.languages:
            self._add_words(code, name)
        for row in range(self.row_count):
            self._add_milestone(row)

    def words(self) -> list[tuple[str, list[Any]]]:
        """The fields of each language."""
        return [(name, [self[f"{part}_{code}"] for part in ("title", "text", "call")]) for code, name in self.languages]

    def milestones(self) -> list[MilestoneRow]:
        """The rows of milestones."""
        return [
            MilestoneRow(
                self[f"amount_{row}"],
                [self[f"for_{row}_{code}"] for code, _name in self.languages],
                row < len(self.reached) and self.reached[row],
            )
            for row in range(self.row_count)
        ]

    def plan(self) -> Plan:
        """Return what was planned. Raises Refusal for a sum that cannot be read."""
        given = self.cleaned_data
        codes = [code for code, _name in self.languages]
        return Plan(
            words={code: Words(*(given[f"{part}_{code}"] for part in ("title", "text", "call"))) for code in codes},
            aims=[aim for row in range(self.row_count) if (aim := self._aim(row, codes))],
            currency=given["currency"],
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
            page=given["page"],
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the field it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.sentence))

    def _aim(self, row: int, codes: list[str]) -> Aim | None:
        given = self.cleaned_data
        titles = {code: given[f"for_{row}_{code}"] for code in codes}
        typed = given[f"amount_{row}"]
        if not typed and not any(titles.values()):
            return None
        try:
            return Aim(read_sum(typed, given["currency"]), titles)
        except Refusal as refusal:
            refusal.field = f"amount_{row}"
            raise

    def _add_words(self, code: str, name: str) -> None:
        auto = {"dir": "auto", "lang": code}
        self.fields[f"title_{code}"] = _line(_("Title"), TITLE_LIMIT, auto)
        self.fields[f"text_{code}"] = forms.CharField(
            label=_("Text"), required=False, max_length=TEXT_LIMIT * 10, widget=forms.Textarea({"rows": 4, **auto})
        )
        self.fields[f"call_{code}"] = _line(
            _("On the button"), CALL_LIMIT, auto, help_text=_("Empty: Support, and the publication’s name.")
        )

    def _add_milestone(self, row: int) -> None:
        self.fields[f"amount_{row}"] = _line(_("Sum"), money.LENGTH_LIMIT, {"inputmode": "decimal"})
        for code, name in self.languages:
            label = format_lazy(_("What for ({language})"), language=name)
            self.fields[f"for_{row}_{code}"] = _line(label, TITLE_LIMIT, {"dir": "auto", "lang": code})


class GiftForm(forms.Form):
    """A gift as the treasurer reads it from the account's statement, or takes it over the counter."""

    reference = forms.CharField(
        label=gettext_lazy("Reference of the transfer"),
        required=False,
        max_length=LINE_LIMIT,
        help_text=gettext_lazy("One of ours (RF…) says by itself what the gift is for and where it came from."),
    )
    campaign = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"),
        queryset=Campaign.objects.order_by("-starts_on", "-pk"),
        required=False,
        empty_label=gettext_lazy("None, or as the reference says"),
    )
    amount = forms.CharField(
        label=gettext_lazy("Sum"), max_length=LINE_LIMIT, widget=forms.TextInput({"inputmode": "decimal"})
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        required=False,
        choices=lambda: [("", _("The campaign’s")), *currency_choices()],
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How it came"), choices=Donation.Way.choices, initial=Donation.Way.TRANSFER
    )
    given_on = Day(label=gettext_lazy("Day"), initial=today)
    name = forms.CharField(
        label=gettext_lazy("Name on the supporters’ wall"),
        required=False,
        max_length=LINE_LIMIT,
        help_text=gettext_lazy("Only if the giver agreed; the sum stands beside it. Empty: counted, not named."),
    )
    message = forms.CharField(label=gettext_lazy("Words on the wall"), required=False, max_length=LINE_LIMIT)
    article = APage(label=gettext_lazy("Article it came from"))

    def gift(self) -> Gift:
        """Return the gift. Raises Refusal for what contradicts itself or cannot be read."""
        given = self.cleaned_data
        origin = origin_of(given["reference"]) or Origin()
        campaign = self._campaign(origin)
        currency = given["currency"] or (campaign.currency if campaign else "")
        if not currency:
            raise Refusal("no-currency", _("Say in which currency it came."), field="currency")
        return Gift(
            amount=read_sum(given["amount"], currency),
            currency=currency,
            way=given["way"],
            given_on=given["given_on"],
            campaign=campaign,
            name=given["name"],
            message=given["message"],
            article=given["article"] or _page(origin.article),
            reference=given["reference"],
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal at the field it is about."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.sentence))

    def _campaign(self, origin: Origin) -> Campaign | None:
        chosen: Campaign | None = self.cleaned_data["campaign"]
        named = Campaign.objects.filter(pk=origin.campaign).first() if origin.campaign else None
        if chosen and named and chosen != named:
            sentence = _("The reference says that this gift is for another campaign: {title}.")
            raise Refusal("other-campaign", sentence.format(title=named.said().title), field="campaign")
        return chosen or named


class ReversalForm(forms.Form):
    """Why a gift is taken back."""

    reason = forms.CharField(label=gettext_lazy("Why it is taken back"), max_length=REASON_LIMIT)


def _line(label: Any, limit: int, attrs: dict[str, Any], help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=limit, widget=forms.TextInput(attrs), help_text=help_text
    )


def _page(number: int) -> Page | None:
    return Page.objects.filter(pk=number, depth__gt=2).first() if number else None


def _initial(campaign: Campaign, milestones: list[Milestone]) -> dict[str, str | date | Page | None]:
    language = get_language() or ""
    values: dict[str, Any] = {
        "page": campaign.page,
        "currency": campaign.currency,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
    }
    for code, said in campaign.words.items():
        values |= {f"{part}_{code}": said.get(part, "") for part in ("title", "text", "call")}
    for row, milestone in enumerate(milestones):
        values[f"amount_{row}"] = money.figures(milestone.amount, campaign.currency, language)
        values |= {f"for_{row}_{code}": title for code, title in milestone.titles.items()}
    return values
