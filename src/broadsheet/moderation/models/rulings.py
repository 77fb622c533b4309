"""What a moderator did in one go: one ruling, whatever it decided on and whomever it banned."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.ids import public_id
from broadsheet.moderation.models.standing import REASON_LIMIT


class Ruling(models.Model):
    """One action at the desk, be it on one thing or on a spammer's twenty. Never changed; one that errs is undone.

    The decisions and bans that belong to it name it. `undoes` is the one it takes back.
    """

    class Verb(models.TextChoices):
        PUBLISH = "publish", _("published")
        KEEP = "keep", _("kept")
        REJECT = "reject", _("rejected")
        REMOVE = "remove", _("removed")
        SPAM = "spam", _("removed as spam")
        BAN = "ban", _("banned")
        UNDO = "undo", _("undone")

    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    verb = models.CharField(max_length=12, choices=Verb.choices)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undoes = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verb="undo", undoes__isnull=False)
                | (~models.Q(verb="undo") & models.Q(undoes=None)),
                name="moderation_an_undoing_undoes_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.public_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new ruling; there is no other way to save one."""
        if not self._state.adding:
            raise TypeError("A ruling is never changed; make a new one.")
        super().save(*args, **kwargs)
