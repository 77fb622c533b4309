"""Background work: sending mail soon after it was written, or when its time has come."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from broadsheet.notification.models import OutboxMessage, Round
from broadsheet.notification.outbox import send_due
from broadsheet.notification.rounds import write_rounds

# How long mail keeps the background worker from its other tasks before it queues behind them again.
TURN = 45.0  # seconds
AT_ONCE = 10
# What has been due for so long is not being seen to by the worker.
NEGLECT = timedelta(minutes=2)


@task()
def send_waiting_mail() -> None:
    """Write the mails of what has happened and send what is due, for one turn."""
    end = time.monotonic() + TURN
    while write_rounds(at_most=1) + send_due(at_most=AT_ONCE):
        if time.monotonic() > end:
            wake()
            break


def wake() -> None:
    """Hint at waiting mail to the background worker, unless a hint lies there that nobody has taken up yet.

    To be called after the commit: then whoever takes up a hint that lies there sees what was committed.
    """
    if not DBTaskResult.objects.ready().filter(task_path=send_waiting_mail.module_path).exists():
        send_waiting_mail.enqueue()


def see_to_waiting_mail() -> None:
    """Wake the worker when something is due, and send a few here when it has not come for long. For the timetable."""
    now = timezone.now()
    due = OutboxMessage.objects.due(now)
    if due.exists() or Round.objects.filter(finished_at=None).exists():
        wake()
    is_neglected = due.filter(next_attempt_at__lte=now - NEGLECT).exists()
    if is_neglected or Round.objects.filter(finished_at=None, created_at__lte=now - NEGLECT).exists():
        write_rounds(at_most=1)
        send_due(at_most=AT_ONCE)
