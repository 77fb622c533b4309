"""The form of the moderation policy, with what each of its fields means."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from broadsheet.moderation.models import Hold, ModerationPolicy

MOST_LINKS = 100
MOST_AT_ONCE = 1_000
LONGEST_BURST = 24 * 60  # minutes; for longer nobody remembers who wrote how much
ROWS = 12

WORDS_HELP = _(
    "One word or phrase on a line. Only whole words count; capitals, accents and letters that look alike make no "
    "difference. A * stands for any letters: at the beginning or the end of a line, or once inside a single word, such "
    "as casino*, *coin, v*gra. The author of a held comment is not told which word it was."
)


class WholeNumberField(forms.IntegerField):
    """Digits, and nothing else that Python reads as a number: no 1_0, no digits of other scripts."""

    def to_python(self, value: Any) -> int | None:
        """Read what was typed."""
        if isinstance(value, str) and not (value.strip().removeprefix("-").isascii() and "_" not in value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class PublicationPolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The policy of the whole publication."""

    hold = forms.ChoiceField(
        label=_("Whose comments await a moderator"),
        choices=Hold.choices,
        widget=forms.RadioSelect,
        help_text=_("What moderators write themselves is published at once."),
    )
    max_links = WholeNumberField(
        label=_("Links"),
        min_value=0,
        max_value=MOST_LINKS,
        help_text=_("A comment with more links than this awaits a moderator."),
    )
    words = forms.CharField(
        label=_("Listed words"), required=False, widget=forms.Textarea(attrs={"rows": ROWS}), help_text=WORDS_HELP
    )
    burst_of_profile = WholeNumberField(
        label=_("Many comments of one person"),
        min_value=0,
        max_value=MOST_AT_ONCE,
        help_text=_("After so many within the minutes below, the next await a moderator. 0: never."),
    )
    burst_of_network = WholeNumberField(
        label=_("Many comments from one connection"),
        min_value=0,
        max_value=MOST_AT_ONCE,
        help_text=_("The same for all who share a connection, such as a school or an office. 0: never."),
    )
    burst_minutes = WholeNumberField(label=_("Within so many minutes"), min_value=1, max_value=LONGEST_BURST)

    class Meta:
        model = ModerationPolicy
        fields: tuple[str, ...] = (
            "hold",
            "max_links",
            "words",
            "burst_of_profile",
            "burst_of_network",
            "burst_minutes",
        )


class PlacePolicyForm(PublicationPolicyForm):
    """What an article has of its own; what is left open is as in the publication."""

    burst_of_profile = burst_of_network = burst_minutes = None  # type: ignore[assignment]

    class Meta(PublicationPolicyForm.Meta):
        fields = ("hold", "max_links", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hold, links = self.fields["hold"], self.fields["max_links"]
        assert isinstance(hold, forms.ChoiceField)  # noqa: S101 - it is the field above
        hold.choices = [("", _("as in the whole publication")), *Hold.choices]
        hold.required = links.required = False
        links.help_text = _("A comment with more links than this awaits a moderator. Empty: as in the publication.")
        self.fields["words"].label = _("Listed words besides the publication’s")
