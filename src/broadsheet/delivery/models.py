"""The version of everything shown, and what was announced lately."""

from __future__ import annotations

from django.db import models

from broadsheet.kernel.ids import LENGTH


class Topic(models.Model):
    """How often something that readers see has changed; a number that only rises."""

    name = models.CharField(max_length=120, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)
    change = models.CharField(max_length=40, blank=True)
    announced_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Announcement(models.Model):
    """One change of a topic, kept for as long as somebody may ask what they have missed; rows are only added.

    Versions of a topic have no gap and are committed in their order, since its row is locked from the announcement to
    the commit. `number` counts the announcements of all topics; where several are made at once, a higher one may be
    committed first. `about` is the public id of what in the topic has changed, where that is one thing.
    """

    number = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=120)
    version = models.PositiveBigIntegerField()
    change = models.CharField(max_length=40)
    about = models.CharField(max_length=LENGTH, blank=True)
    announced_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "version"], name="delivery_one_announcement_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.topic} v{self.version}: {self.change}"
