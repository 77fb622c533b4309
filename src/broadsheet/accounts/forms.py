"""The forms of a member's own pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import ApiToken, User
from broadsheet.accounts.rights import may_write_without_limits

# Days; the empty one ends never.
TERMS = {"30": _("for 30 days"), "90": _("for 90 days"), "365": _("for a year"), "": _("until you revoke it")}


class ProfileForm(forms.Form):
    """The public name a member writes under; `clean_name` decides what is one, so the form does not."""

    name = forms.CharField(
        label=_("Public name"),
        help_text=_("It stands beside everything you write here, earlier words too. Your address is never shown."),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )


class TokenForm(forms.Form):
    """A token for a program: what it is called, what it may do and for how long."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Of the program that will use it, so that you know later what you revoke."),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    right = forms.ChoiceField(label=_("What it may do"), choices=ApiToken.Right.choices, initial=ApiToken.Right.READ)
    days = forms.ChoiceField(label=_("How long it works"), choices=tuple(TERMS.items()), initial="90", required=False)

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_write_without_limits(owner):
            kept = [(right, label) for right, label in ApiToken.Right.choices if right != ApiToken.Right.UNLIMITED]
            self.fields["right"].choices = kept  # type: ignore[attr-defined]  # of a ChoiceField
