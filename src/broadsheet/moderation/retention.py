"""What moderation forgets, and when: from where people wrote is kept for as long as a ban may need it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from broadsheet.moderation.models import Ban, Origin

ORIGINS_FOR = timedelta(days=30)
# A ban of addresses that has ended: so long one can see at the desk that there was one.
ENDED_BANS_FOR = timedelta(days=90)


def forget_networks(now: datetime | None = None) -> None:
    """Forget from where things were written a month ago, and which networks were banned once. For the timetable."""
    now = now or timezone.now()
    Origin.objects.filter(at__lte=now - ORIGINS_FOR).delete()
    ended = Q(until__lte=now - ENDED_BANS_FOR) | Q(lifted_at__lte=now - ENDED_BANS_FOR)
    Ban.objects.filter(ended, kind=Ban.Kind.NETWORK).delete()
