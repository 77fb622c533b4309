"""Who of the moderators is mailed about what is held, and when last."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DeskMail(models.Model):
    """A moderator's mail about what is held. `due_at`: when the last one was, or is, to be sent; null for none yet."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_mail")
    is_wanted = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mail about what is held")
        verbose_name_plural = _("mail about what is held")

    def __str__(self) -> str:
        return f"{self.user_id}"
