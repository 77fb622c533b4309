"""What the newsroom decides for all discussions of a publication."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.contrib.settings.registry import register_setting

from broadsheet.publication.published import announce_everywhere

DAY = 24 * 60
HOUR = 60 * 60
TEN_YEARS = 3_650  # days
SENTENCE_LIMIT = 120  # characters: what can be read in passing
# The fields of the settings' form, one for each language of the publication.
SENTENCE_FIELDS = {f"sentence_{code}": code for code, _name in settings.LANGUAGES}


class Order(models.TextChoices):
    """In which order the comments under an article come. Replies always come as they were written."""

    NEWEST = "newest", pgettext_lazy("order of comments", "Newest")
    OLDEST = "oldest", pgettext_lazy("order of comments", "Oldest")
    MOST_VOTED = "most-voted", pgettext_lazy("order of comments", "Most voted")


class Invitation(models.TextChoices):
    """How readers are invited to the comment form."""

    SENTENCE = "sentence", _("a button, and once a sentence")
    BUTTON = "button", _("a button only")
    OFF = "off", _("not at all")


class SentencesForm(WagtailAdminModelForm):
    """Lets the newsroom write the invitation in each of the publication's languages; an empty field takes ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, code in SENTENCE_FIELDS.items():
            self.initial.setdefault(field, self.instance.invitation_sentences.get(code, ""))

    def save(self, commit: bool = True) -> Any:
        """Keep what was written, by language."""
        written = {code: self.cleaned_data.get(field, "") for field, code in SENTENCE_FIELDS.items()}
        self.instance.invitation_sentences = {code: words for code, words in written.items() if words}
        return super().save(commit)


DiscussionSettingsForm = type(
    "DiscussionSettingsForm",
    (SentencesForm,),
    {
        field: forms.CharField(
            label=format_lazy(_("sentence ({language})"), language=code),
            max_length=SENTENCE_LIMIT,
            required=False,
            help_text=_("Empty: Would love your thoughts, please comment."),
        )
        for field, code in SENTENCE_FIELDS.items()
    },
)


@register_setting(icon="comment", order=200)
class DiscussionSettings(BaseSiteSetting):
    """How readers discuss."""

    default_order: models.CharField[str, str] = models.CharField(
        _("order of comments"),
        max_length=12,
        choices=Order.choices,
        default=Order.NEWEST,
        help_text=_("How comments come where a reader has chosen nothing else."),
    )
    edit_minutes: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(
        _("minutes to edit and delete"),
        default=15,
        validators=[MaxValueValidator(DAY)],
        help_text=_("How long people may edit and delete their own comments. 0: not at all."),
    )
    has_down_votes: models.BooleanField[bool, bool] = models.BooleanField(
        _("votes down"),
        default=True,
        help_text=_("Whether readers may vote comments down too. Votes that were cast stay and count."),
    )
    close_after_days: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(
        _("days until a discussion closes"),
        default=0,
        validators=[MaxValueValidator(TEN_YEARS)],
        help_text=_("Counted from the day the article was first published. 0: discussions stay open."),
    )

    invitation: models.CharField[str, str] = models.CharField(
        _("invitation"),
        max_length=12,
        choices=Invitation.choices,
        default=Invitation.SENTENCE,
        help_text=_("What leads a reader from the story to the comment form."),
    )
    invitation_delay: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(
        _("seconds until the sentence"),
        default=20,
        validators=[MaxValueValidator(HOUR)],
        help_text=_("How long somebody has been reading when the sentence appears; once per article."),
    )
    # By the code of the language; where there is none, the sentence of our catalogues is said.
    invitation_sentences = models.JSONField(default=dict, blank=True, editable=False)

    base_form_class = DiscussionSettingsForm
    panels = [
        FieldPanel("default_order"),
        FieldPanel("edit_minutes"),
        FieldPanel("has_down_votes"),
        FieldPanel("close_after_days"),
        MultiFieldPanel(
            [FieldPanel("invitation"), FieldPanel("invitation_delay"), *map(FieldPanel, SENTENCE_FIELDS)],
            heading=_("Invitation to comment"),
        ),
    ]

    class Meta:
        verbose_name = _("discussion")
        verbose_name_plural = _("discussions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(default_order__in=Order.values), name="discussion_default_order_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(invitation__in=Invitation.values), name="discussion_invitation_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site}"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what was set, and tell every page that shows a discussion."""
        super().save(*args, **kwargs)
        announce_everywhere("discussion-settings-changed")

    @property
    def order(self) -> Order:
        """The order where a reader has chosen none."""
        return Order(self.default_order)

    @property
    def edit_window(self) -> timedelta:
        """How long after posting an author may change their mind."""
        return timedelta(minutes=self.edit_minutes)

    def sentence_in(self, language: str) -> str:
        """What a reader is invited with, in a language; its words are the newsroom's, or ours."""
        return self.invitation_sentences.get(language) or gettext("Would love your thoughts, please comment")
