"""The forms of a member's own page."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ProfileForm(forms.Form):
    """The public name a member writes under; `clean_name` decides what is one, so the form does not."""

    name = forms.CharField(
        label=_("Public name"),
        help_text=_("It stands beside everything you write here, earlier words too. Your address is never shown."),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
