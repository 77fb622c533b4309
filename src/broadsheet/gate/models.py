"""What the gate remembers of past submissions."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class AnsweredKey(models.Model):
    """A submission that was answered, and with what; kept for a day."""

    scope = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "digest"], name="gate_one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.digest[:12]}"


class CachedValue(models.Model):
    """A row of Django's database cache (settings.CACHES), which counts attempts for all processes alike.

    Its columns are Django's, not ours; the model exists so that a migration makes the table.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "gate_cache"

    def __str__(self) -> str:
        return self.cache_key


class Allowance(models.Model):
    """How many turns somebody has taken under a limit (limits.py), since the first of them."""

    name = models.CharField(max_length=100, primary_key=True)
    began_at = models.DateTimeField(db_index=True)
    taken = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name
