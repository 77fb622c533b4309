"""What was published, word by word, and what was corrected in it."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CORRECTION_LIMIT = 500  # characters; also what a unique index of PostgreSQL holds in any script
OUTER_KINDS = frozenset(["exchange"])  # what other blocks lie within: the turns of an exchange


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Questions about corrections."""

    def of_articles(self, articles: models.QuerySet[Any]) -> Self:
        """Keep those of `articles`."""
        return self.filter(page__in=articles.order_by().values("pk"))


class Correction(models.Model):
    """A mistake that was in a published article, and what is right; never part of a draft, so no draft can undo it."""

    page = models.ForeignKey("publication.ArticlePage", on_delete=models.CASCADE, related_name="corrections")
    text = models.CharField(_("correction"), max_length=CORRECTION_LIMIT)
    at = models.DateTimeField(_("corrected at"), default=timezone.now, db_index=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        # However often a draft that bears a correction is published, the correction is recorded once.
        constraints = [models.UniqueConstraint(fields=["page", "text"], name="publication_one_correction_per_text")]

    def __str__(self) -> str:
        return self.text

    @property
    def element_id(self) -> str:
        """The id of its element on a page."""
        return f"correction-{self.pk}"


class PublishedText(models.Model):
    """The text of an article as readers got it at one time. Drafts are overwritten and purged; this is kept.

    `text` is the words of the body, and `blocks` lists where in it each block stands, in the order of the text:
    `{"id", "type", "start", "end"}`, in characters. A block within another lies within its range and follows it.
    """

    page = models.ForeignKey("publication.ArticlePage", on_delete=models.CASCADE, related_name="published_texts")
    # A plain number: revisions are purged, what was published stays. 0: published without a revision.
    revision = models.PositiveBigIntegerField(default=0)
    # Drafts may be overwritten in place, so that one revision can be published with two texts.
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField(default=timezone.now)
    language = models.CharField(max_length=35)
    headline = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    blocks = models.JSONField(default=list)

    class Meta:
        ordering = ["-published_at", "-pk"]
        get_latest_by = ["published_at", "pk"]
        verbose_name = _("published text")
        verbose_name_plural = _("published texts")
        constraints = [
            models.UniqueConstraint(
                fields=["page", "revision", "digest"], name="publication_one_published_text_per_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.published_at:%Y-%m-%d %H:%M}"

    def block_texts(self) -> dict[str, str]:
        """Return the words of every innermost block by its id, in the order of the text."""
        inner = [block for block in self.blocks if block["type"] not in OUTER_KINDS]
        return {block["id"]: self.text[block["start"] : block["end"]] for block in inner}
