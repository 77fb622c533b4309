"""Is the publication well? Asked by `/healthz` for machines and by `broadsheet check` for people."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from broadsheet.site.models import Heartbeat, TimetableEntry
from broadsheet.site.tasks import WORKER

log = logging.getLogger("broadsheet.health")

# The timetable asks for a heartbeat every minute; a few may be late while a long task runs.
SILENCE = timedelta(minutes=5)
_started = time.monotonic()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and worker and timetable were heard of lately, else 503 with the reasons.

    Nothing in the answer tells what, where or whose the database is.
    """
    try:
        ages = heartbeat_ages(timezone.now())
    except DatabaseError:
        log.exception("The database does not answer.")
        return JsonResponse({"status": "failing", "problems": ["the database does not answer"]}, status=503)
    problems = [f"{name} was last heard of {_said(age)}" for name, age in ages.items() if _is_silent(age)]
    body = {
        "status": "failing" if problems else "ok",
        "problems": problems,
        "seconds_since": {name: None if age is None else round(age.total_seconds()) for name, age in ages.items()},
    }
    return JsonResponse(body, status=503 if problems else 200)


def heartbeat_ages(now: datetime) -> dict[str, timedelta | None]:
    """Return how long ago the background worker and the timetable were last heard of; None means never."""
    beat = Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
    finished = [at for at in TimetableEntry.objects.values_list("finished_at", flat=True) if at]
    return {
        "worker": now - beat if beat else None,
        "timetable": now - max(finished) if finished else None,
    }


def _is_silent(age: timedelta | None) -> bool:
    # After a start the processes get as long to be heard of as they get later.
    uptime = timedelta(seconds=time.monotonic() - _started)
    return min(uptime, age if age is not None else uptime) > SILENCE


def _said(age: timedelta | None) -> str:
    return "never" if age is None else f"{round(age.total_seconds())} seconds ago"
