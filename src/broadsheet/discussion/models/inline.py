"""What comments within an article are about: counted here, known to a module above."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.ids import LENGTH


class InlineCount(models.Model):
    """How many comments that everybody may read are about one thing within an article; `about` is its public id."""

    about = models.CharField(max_length=LENGTH, unique=True)
    comment_count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("count of inline feedback")
        verbose_name_plural = _("counts of inline feedback")

    def __str__(self) -> str:
        return f"{self.about}: {self.comment_count}"


def count_inline(about: str, step: int) -> None:
    """Count a published comment about something more or less. The row of its thread is locked, so nobody else does.

    A count that is wrong already keeps nobody from removing a comment.
    """
    counted = Greatest(F("comment_count") + step, 0)
    if not InlineCount.objects.filter(about=about).update(comment_count=counted) and step > 0:
        InlineCount.objects.create(about=about, comment_count=step)
