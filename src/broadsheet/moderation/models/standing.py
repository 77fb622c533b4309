"""What every moderated thing has in common: its standing, and who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from broadsheet.accounts.models import Profile


REASON_LIMIT = 200


class Standing(models.TextChoices):
    """Where a moderated thing stands."""

    PUBLISHED = "published", _("published")
    HELD = "held", _("held")
    REJECTED = "rejected", _("rejected")
    REMOVED = "removed", _("removed")


class ModeratedQuerySet(models.QuerySet[Any]):
    """Questions about moderated rows, asked on somebody's behalf."""

    def visible_to(self, reader: Profile | None) -> Self:
        """Keep what `reader` may read: everything published, and what of their own awaits a moderator."""
        visible = models.Q(standing=Standing.PUBLISHED)
        if reader is not None:
            visible |= models.Q(standing=Standing.HELD, author=reader)
        return self.filter(visible)

    def held(self) -> Self:
        """Keep what awaits a moderator."""
        return self.filter(standing=Standing.HELD)


class Moderated(models.Model):
    """Adopted by what people submit. The adopter has an `author` (a Profile) and implements `decided`."""

    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.PUBLISHED)
    standing_reason = models.CharField(max_length=REASON_LIMIT, blank=True)

    class Meta:
        abstract = True

    @property
    def is_published(self) -> bool:
        """Whether everybody may read it."""
        return self.standing == Standing.PUBLISHED

    @property
    def is_held(self) -> bool:
        """Whether it awaits a moderator."""
        return self.standing == Standing.HELD

    def decided(self, decision: Decision) -> None:
        """Take a moderator's decision to heart: standing, counters, announcements. In the decision's transaction."""
        raise NotImplementedError


class Decision(models.Model):
    """One decision of a moderator, never changed afterwards. Each adopter has its own table with a `subject`.

    `before` is how the subject stood, `before_reason` why: what an undoing gives it back. `ruling` is what the
    moderator did in one go (null for decisions from before there were rulings), `undoes` the decision taken back.
    """

    standing = models.CharField(max_length=12, choices=Standing.choices)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    before = models.CharField(max_length=12, choices=Standing.choices, blank=True)
    before_reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    ruling = models.ForeignKey(
        "moderation.Ruling", null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss"
    )
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new decision; there is no other way to save one."""
        if not self._state.adding:
            raise TypeError("A decision is never changed; make a new one.")
        super().save(*args, **kwargs)


class Desk(models.Model):
    """Where moderators decide. It has no rows: it is what the right to decide hangs on."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("moderate", _("Can decide on what awaits a moderator"))]
        verbose_name = _("desk")

    def __str__(self) -> str:
        return "desk"
