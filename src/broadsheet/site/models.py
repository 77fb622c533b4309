"""What the processes of a publication tell each other: who holds a job of the timetable, and who is alive."""

from __future__ import annotations

from django.db import models


class TimetableEntry(models.Model):
    """A job of the timetable: who runs it now, until when nobody else may, and how its last run ended."""

    class Outcome(models.TextChoices):
        NONE = "", "not finished yet"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    name = models.CharField(max_length=80, primary_key=True)
    holder = models.CharField(max_length=80, blank=True, default="")
    held_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.NONE)
    detail = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """When a process that works unseen last showed that it works."""

    name = models.CharField(max_length=80, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
