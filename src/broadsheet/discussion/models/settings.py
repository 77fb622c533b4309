"""What the newsroom decides for all discussions of a publication."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.contrib.settings.registry import register_setting

DAY = 24 * 60


class Order(models.TextChoices):
    """In which order the comments under an article come. Replies always come as they were written."""

    NEWEST = "newest", pgettext_lazy("order of comments", "Newest")
    OLDEST = "oldest", pgettext_lazy("order of comments", "Oldest")
    MOST_VOTED = "most-voted", pgettext_lazy("order of comments", "Most voted")


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

    panels = [FieldPanel("default_order"), FieldPanel("edit_minutes")]

    class Meta:
        verbose_name = _("discussion")
        verbose_name_plural = _("discussions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(default_order__in=Order.values), name="discussion_default_order_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site}"

    @property
    def order(self) -> Order:
        """The order where a reader has chosen none."""
        return Order(self.default_order)

    @property
    def edit_window(self) -> timedelta:
        """How long after posting an author may change their mind."""
        return timedelta(minutes=self.edit_minutes)
