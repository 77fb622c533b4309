"""The desk's form: which of them, what becomes of them, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import DECISIONS, clean_reason
from broadsheet.moderation.models import Standing

# More than a page shows; a longer list was not made by the page.
CHOSEN_LIMIT = 200


class DecisionForm(forms.Form):
    """A decision on some of the things that a page of the desk showed, all of which stood as `seen`."""

    standing = forms.ChoiceField(choices=Standing.choices)
    seen = forms.ChoiceField(choices=Standing.choices)
    reason = forms.CharField(label=_("Reason"), required=False)

    def clean(self) -> dict[str, Any]:
        """See that something was chosen and that a rejection has its reason."""
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["chosen"] = self.chosen()
        if not 0 < len(cleaned["chosen"]) <= CHOSEN_LIMIT:
            raise forms.ValidationError(_("Choose at least one."), code="none-chosen")
        if self.errors:
            return cleaned
        if cleaned["standing"] not in DECISIONS[cleaned["seen"]]:
            raise forms.ValidationError(_("That cannot be decided here."), code="no-such-decision")
        try:
            cleaned["reason"] = clean_reason(cleaned["reason"], cleaned["standing"])
        except Refusal as refusal:
            self.add_error("reason", str(refusal.sentence))
        return cleaned

    def chosen(self) -> list[tuple[str, str]]:
        """Return (kind, key) of each thing that was ticked, once, in the order of the page."""
        values = self.data.getlist("chosen") if hasattr(self.data, "getlist") else []
        pairs = (value.partition(":") for value in dict.fromkeys(values))
        return [(kind, key) for kind, colon, key in pairs if kind and colon and key]
