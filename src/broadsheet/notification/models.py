"""Who wants to be told of what (`Subscription`), and the mail on its way to them (`OutboxMessage`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.kernel.ids import public_id
from broadsheet.notification.addresses import ADDRESS_LIMIT
from broadsheet.notification.numbers import message_number

REASON_LIMIT = 300

# How long a link that confirms is good, and so how long nothing else is sent: enough for a weekend.
CONFIRMED_WITHIN = timedelta(days=3)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Questions about subscriptions."""

    def in_force(self) -> Self:
        """Keep those whose reader wants to be told now."""
        return self.filter(state=Subscription.State.CONFIRMED)

    def asked(self) -> Self:
        """Keep those whose reader was asked to confirm something and can still do so."""
        return self.filter(asked_at__gt=timezone.now() - CONFIRMED_WITHIN)

    def not_asked(self) -> Self:
        """Keep the others."""
        return self.filter(Q(asked_at=None) | Q(asked_at__lte=timezone.now() - CONFIRMED_WITHIN))

    def of_writer(self, profile: Profile) -> Self:
        """Keep those of who writes as `profile`: its own, or of the address it gave.

        A guest's address is unproven, but the subscription's is proven: at worst somebody is told of what becomes of
        what another wrote in their name.
        """
        own = Q(profile=profile)
        if profile.is_guest and profile.email:
            own |= Q(address=profile.email)
        return self.filter(own)

    def of_replies_to(self, profile: Profile) -> Self:
        """Keep those that ask for replies to what `profile` writes, and for no more."""
        return self.of_writer(profile).filter(kind=Subscription.Kind.REPLIES)

    def of_address(self, address: str) -> Self:
        """Keep those that reach an address: given with it, or of the member who has proven it theirs."""
        members = Q(address="", profile__user__emailaddress__email=address, profile__user__emailaddress__verified=True)
        return self.filter(Q(address=address) | members)


class Subscription(models.Model):
    """Somebody's wish to be told of a topic: by an address that was proven theirs, or as a member.

    There is one per reader and topic, of one kind or the other, for all new comments include the replies. What was
    asked for but not confirmed (`asked_…`) changes nothing that is in force.
    """

    class Kind(models.TextChoices):
        ALL = "all", _("all new comments")
        REPLIES = "replies", _("replies to my comments")

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        CONFIRMED = "confirmed", _("confirmed")
        STOPPED = "stopped", _("stopped")

    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    topic = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    profile = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions")
    # Empty for a member, who is written to at whatever address is theirs by then.
    address = models.CharField(max_length=ADDRESS_LIMIT, blank=True)
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    asked_kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    nonce = models.CharField(max_length=24, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "address"], condition=~Q(address=""), name="notification_one_per_address_and_topic"
            ),
            models.UniqueConstraint(
                fields=["topic", "profile"], condition=Q(address=""), name="notification_one_per_member_and_topic"
            ),
            models.CheckConstraint(
                condition=~Q(address="") | Q(profile__isnull=False), name="notification_subscription_has_a_reader"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False), name="notification_in_force_since"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "confirmed", "stopped"]), name="notification_subscription_state"
            ),
            models.CheckConstraint(condition=Q(kind__in=["all", "replies"]), name="notification_subscription_kind"),
        ]
        indexes = [
            models.Index(fields=["topic", "state", "id"], name="notification_in_force"),
            models.Index(fields=["address"], name="notification_of_address"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}: {self.get_kind_display()} ({self.get_state_display()})"

    @property
    def is_in_force(self) -> bool:
        """Whether its reader wants to be told now."""
        return self.state == self.State.CONFIRMED

    @property
    def is_asked(self) -> bool:
        """Whether its reader was asked to confirm something and can still do so."""
        return self.asked_at is not None and self.asked_at > timezone.now() - CONFIRMED_WITHIN


class SilencedAddress(models.Model):
    """An address whose owner wants no mail from here, whoever asks for it; kept as a digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.digest[:12]


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Questions about mail on its way."""

    def waiting(self) -> Self:
        """Keep what is still to be sent."""
        return self.filter(state=OutboxMessage.State.WAITING)

    def due(self, now: datetime) -> Self:
        """Keep what may be sent at once: its time has come and nobody is at it, or who was has gone silent."""
        return self.waiting().filter(Q(leased_until=None) | Q(leased_until__lte=now), next_attempt_at__lte=now)

    def dead(self) -> Self:
        """Keep what was given up."""
        return self.filter(state=OutboxMessage.State.DEAD)


class OutboxMessage(models.Model):
    """One mail to one reader: written with what it tells of, sent at least once, always under the same Message-ID.

    `key` names occasion and reader: of one occasion nobody gets two mails, however often it is written down. A worker
    that sends it holds it until `leased_until`; when that passes, the worker is gone and another one may.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        DEAD = "dead", _("undeliverable")
        WITHDRAWN = "withdrawn", _("withdrawn")

    key = models.CharField(max_length=64, unique=True)
    number = models.CharField(max_length=30, default=message_number, editable=False)
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    address = models.CharField(max_length=ADDRESS_LIMIT)
    profile = models.ForeignKey(Profile, null=True, on_delete=models.CASCADE, related_name="+")
    subscription = models.ForeignKey(Subscription, null=True, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    leased_by = models.CharField(max_length=24, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        default_permissions = ()
        permissions = [("see_to_mail", _("Can see to mail that could not be delivered"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "dead", "withdrawn"]), name="notification_message_state"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
                name="notification_settled_or_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_attempt_at", "id"], name="notification_due_mail"),
            models.Index(fields=["state", "settled_at"], name="notification_settled_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Round(models.Model):
    """Something that all who subscribe to a topic are to be told; a worker writes their mails, some at a time.

    However many they are, what they are told of writes one row. `reached` is the last subscription that was served.
    """

    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=40)
    occasion = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    topic = models.CharField(max_length=120)
    wanted = models.CharField(max_length=12, choices=Subscription.Kind.choices)
    but_not = models.ForeignKey(Profile, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    reached = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="notification_open_rounds")]

    def __str__(self) -> str:
        return f"{self.kind} {self.topic} {self.occasion}"
