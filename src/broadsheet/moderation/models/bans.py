"""Who may not write, until when and why; and from where something was written, for as long as a ban may need it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.moderation.models.standing import REASON_LIMIT

# The longest network there is to write: 39 characters of an IPv6 address and its length.
NETWORK_LENGTH = 43


class BanQuerySet(models.QuerySet["Ban"]):
    """Questions about bans."""

    def in_force(self, now: datetime | None = None) -> Self:
        """Keep what neither has run out nor was lifted."""
        lasting = Q(until=None) | Q(until__gt=now or timezone.now())
        return self.filter(lasting, lifted_at=None)


class Ban(models.Model):
    """Keeps somebody from writing: a member, a guest's browser, or whoever comes from a range of addresses."""

    class Kind(models.TextChoices):
        """What a ban is on."""

        PROFILE = "profile", _("member")
        COOKIE = "cookie", _("guest’s browser")
        NETWORK = "network", _("address range")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    profile = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.CASCADE, related_name="bans")
    network = models.CharField(max_length=NETWORK_LENGTH, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The action at the desk that it was made in; undoing that lifts it.
    bulk = models.CharField(max_length=36, blank=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="network", profile=None) & ~Q(network="")
                | Q(kind__in=("profile", "cookie"), profile__isnull=False, network=""),
                name="moderation_ban_is_on_somebody",
            )
        ]
        indexes = [
            models.Index(fields=["network"], condition=Q(lifted_at=None), name="moderation_banned_networks"),
            models.Index(fields=["bulk"], condition=~Q(bulk=""), name="moderation_bans_of_an_action"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.profile_id or self.network}"

    def is_in_force(self, now: datetime) -> bool:
        """Whether it keeps anybody from writing."""
        return self.lifted_at is None and (self.until is None or self.until > now)


class Origin(models.Model):
    """From which network something was last written, and by whom; forgotten after a month (retention.py).

    `kind` and `key` name the thing as the desk does. Nothing else keeps a reader's address in clear.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(max_length=NETWORK_LENGTH)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="moderation_one_origin_each")]
        indexes = [
            models.Index(fields=["profile", "at"], name="moderation_origins_of_profile"),
            models.Index(fields=["network", "at"], name="moderation_origins_in_network"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
