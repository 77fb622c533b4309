"""What notification forgets, and when: nobody's address is kept for longer than it serves them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from broadsheet.notification.models import OutboxMessage, Round, Subscription

SETTLED_FOR = timedelta(days=30)  # how long one can see what was sent, and that it was written for an occasion
DEAD_FOR = timedelta(days=90)  # what nobody has seen to by then
IDLE_FOR = timedelta(days=30)  # a wish that was never confirmed, or has ended


def forget_what_has_served(now: datetime | None = None) -> None:
    """Forget old mail, finished rounds and wishes that came to nothing. For the timetable."""
    now = now or timezone.now()
    State = OutboxMessage.State  # noqa: N806 - a class
    settled = OutboxMessage.objects.filter(state__in=[State.SENT, State.WITHDRAWN], settled_at__lte=now - SETTLED_FOR)
    settled.delete()
    OutboxMessage.objects.dead().filter(settled_at__lte=now - DEAD_FOR).delete()
    Round.objects.filter(finished_at__lte=now - SETTLED_FOR).delete()
    _forget_idle_subscriptions(now - IDLE_FOR)


def _forget_idle_subscriptions(long_ago: datetime) -> None:
    never_confirmed = Q(state=Subscription.State.PENDING, asked_at__lte=long_ago)
    ended = Q(state=Subscription.State.STOPPED, stopped_at__lte=long_ago)
    Subscription.objects.filter(never_confirmed | ended).delete()
