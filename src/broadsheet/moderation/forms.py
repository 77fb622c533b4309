"""The desk's forms: which of them, what becomes of them and why, and who is banned for how long."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import DECISIONS, WITH_A_BAN, BanWish, Chosen, clean_reason
from broadsheet.moderation.models import Ruling, Standing

# More than a page shows; a longer list was not made by the page.
CHOSEN_LIMIT = 200
FOR_EVER = "forever"
# Hours, but for the last.
BAN_CHOICES = [
    ("", _("No")),
    ("3", _("For 3 hours")),
    ("24", _("For a day")),
    ("168", _("For a week")),
    ("720", _("For 30 days")),
    ("8760", _("For a year")),
    (FOR_EVER, _("For ever")),
]


class BanFields(forms.Form):
    """For how long the writer is banned, if at all, and whether the network they wrote from is banned too."""

    ban = forms.ChoiceField(choices=BAN_CHOICES, required=False)
    networks = forms.BooleanField(required=False)

    def ban_wish(self) -> BanWish | None:
        """Return the ban that is wished; None for none."""
        ban = self.cleaned_data.get("ban")
        if not ban:
            return None
        return BanWish(None if ban == FOR_EVER else int(ban), networks=self.cleaned_data["networks"])

    def chosen_ban(self) -> str:
        """Return what is chosen, to be shown again."""
        return str(self.data.get("ban", "")) if self.is_bound else ""


class DecisionForm(BanFields):
    """A decision on some of the things that a page of the desk showed."""

    verb = forms.ChoiceField(choices=Ruling.Verb.choices)
    reason = forms.CharField(label=_("Reason"), required=False)

    def clean(self) -> dict[str, Any]:
        """See that something was chosen that can be decided so, and that a rejection has its reason."""
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = self.chosen()
        if not 0 < len(chosen) <= CHOSEN_LIMIT:
            raise forms.ValidationError(_("Choose at least one."), code="none-chosen")
        if self.errors:
            return cleaned
        if any(cleaned["verb"] not in DECISIONS.get(one.seen, ()) for one in chosen):
            raise forms.ValidationError(_("That cannot be decided here."), code="no-such-decision")
        if cleaned.get("ban") and cleaned["verb"] not in WITH_A_BAN:
            self.add_error("ban", _("Whoever is banned is not published in the same go."))
        try:
            cleaned["reason"] = clean_reason(cleaned["reason"], cleaned["verb"])
        except Refusal as refusal:
            self.add_error("reason", str(refusal.sentence))
        return cleaned

    def chosen(self) -> list[Chosen]:
        """Return each thing that was ticked, once, in the order of the page."""
        values = self.data.getlist("chosen") if hasattr(self.data, "getlist") else []
        return [one for value in dict.fromkeys(values) if (one := read_chosen(value))]


class ClearingForm(BanFields):
    """Everything of one writer, removed in one go. `count` is how many there were when the moderator was asked."""

    count = forms.IntegerField(min_value=1)
    verb = forms.ChoiceField(choices=[(verb.value, verb.label) for verb in (Ruling.Verb.SPAM, Ruling.Verb.REMOVE)])
    reason = forms.CharField(required=False)

    def clean_reason(self) -> str:
        """Return the reason on one line."""
        return _line(self.cleaned_data["reason"])


class BanForm(BanFields):
    """A ban by itself: of a writer, or of a range of addresses."""

    ban = forms.ChoiceField(choices=BAN_CHOICES[1:], error_messages={"required": _("Choose for how long.")})
    network = forms.CharField(required=False, max_length=100)
    reason = forms.CharField(required=False)

    def clean_reason(self) -> str:
        """Return the reason on one line."""
        return _line(self.cleaned_data["reason"])


def read_chosen(value: str) -> Chosen | None:
    """Return the thing that a ticked box names (`kind:key:standing:version`); None for what no page has made."""
    kind, key, seen, version = [*value.split(":", 3), "", "", ""][:4]
    return Chosen(kind, key, seen or Standing.HELD, version) if kind and key else None


def _line(text: str) -> str:
    try:
        return clean_reason(text, Ruling.Verb.REMOVE)
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal.sentence)) from refusal
