"""The version of everything shown."""

from __future__ import annotations

from django.db import models


class Topic(models.Model):
    """How often something that readers see has changed; a number that only rises."""

    name = models.CharField(max_length=120, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)
    change = models.CharField(max_length=40, blank=True)
    announced_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
