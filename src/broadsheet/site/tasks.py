"""Background tasks of the site: the worker's heartbeat."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from broadsheet.site.models import Heartbeat

WORKER = "worker"


@task()
def beat() -> None:
    """Show that the background worker takes tasks and finishes them."""
    Heartbeat.objects.update_or_create(name=WORKER, defaults={"beat_at": timezone.now()})


def ask_for_a_heartbeat() -> None:
    """Hand the worker a heartbeat to do, unless one is still waiting: a dead worker shall not find a heap of them."""
    if not DBTaskResult.objects.ready().filter(task_path=beat.module_path).exists():
        beat.enqueue()
