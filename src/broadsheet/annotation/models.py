"""Passages of articles, what editors ask about them, and which comments are about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.discussion.models import Comment, InlineCount, Thread
from broadsheet.kernel.ids import LENGTH, public_id
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, PublishedText

if TYPE_CHECKING:
    from broadsheet.annotation.anchoring import Placed

QUESTION_LIMIT = 500  # characters of what an editor asks
FIRST_COMMENTS = 3  # on a passage, known without reading all
_FIRST = [f"first_{number}" for number in range(1, FIRST_COMMENTS + 1)]
BLOCK_ID_LIMIT = 64  # Wagtail's are 36 characters; programs may write others


class PassageQuerySet(models.QuerySet["Passage"]):
    """Questions about passages."""

    def of(self, article: ArticlePage) -> Self:
        """Keep those of an article; a story that stands in a second place (an alias) has the original's."""
        return self.filter(article=article.alias_of_id or article.pk)

    def counted(self) -> Self:
        """Give each the number of published comments on it as `count`, and fetch its prompt along."""
        counted = InlineCount.objects.filter(about=OuterRef("public_id")).values("comment_count")
        return self.annotate(count=Coalesce(Subquery(counted), Value(0))).select_related("prompt__by")

    def for_everybody(self) -> Self:
        """Keep, counted, what an anonymous reader may know of: passages with a published comment or a prompt."""
        return self.counted().filter(Q(count__gt=0) | Q(prompt__isnull=False))

    def with_first(self) -> Self:
        """Give each its `first`: the primary keys of the first published comments on it, FIRST_COMMENTS at most."""
        # A thread that is a value, not a table beside: so each is the beginning of a range of an index.
        thread = Thread.objects.filter(translation_key=OuterRef(OuterRef("article__translation_key"))).values("pk")
        on = Comment.objects.tops().shown().filter(thread=Subquery(thread), is_inline=True, about=OuterRef("public_id"))
        pks = on.filter(standing=Standing.PUBLISHED).order_by("created_at", "id").values("pk")
        return self.annotate(**{name: Subquery(pks[at : at + 1]) for at, name in enumerate(_FIRST)})

    def behind(self, text: PublishedText) -> Self:
        """Keep those that were not carried over to `text` yet."""
        return self.exclude(carried_to=text)


class Passage(models.Model):
    """Words of an article that somebody marked, as they were when marked and where they stand now.

    `exact`, `prefix` and `suffix` are the words that were marked and what stood around them; they never change. `start`
    and `end` say where in the text of the block `block_id` of `text`, in code points: where the passage was made, or
    where an editor attached it again.

    `live_block_id`, `live_start` and `live_end` say the same of `live_text`, the last published text in which the
    passage was found; `live_digest` is that block's text as a digest. `carried_to` is the last text that it was looked
    for in: where the two differ the passage is an orphan, since `orphaned_at`.
    """

    public_id = models.CharField(max_length=LENGTH, unique=True, default=public_id, editable=False)
    article = models.ForeignKey(ArticlePage, on_delete=models.CASCADE, related_name="passages")
    text = models.ForeignKey(PublishedText, on_delete=models.RESTRICT, related_name="+")
    block_id = models.CharField(max_length=BLOCK_ID_LIMIT)
    exact = models.TextField()
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    live_text = models.ForeignKey(PublishedText, on_delete=models.RESTRICT, related_name="+")
    live_block_id = models.CharField(max_length=BLOCK_ID_LIMIT)
    live_start = models.PositiveIntegerField()
    live_end = models.PositiveIntegerField()
    live_digest = models.CharField(max_length=64)
    carried_to = models.ForeignKey(PublishedText, on_delete=models.RESTRICT, related_name="+")
    orphaned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PassageQuerySet.as_manager()

    if TYPE_CHECKING:
        count: int  # of published comments; given by `counted`
        prompt: Prompt

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        constraints = [
            models.UniqueConstraint(
                fields=["text", "block_id", "start", "end"], name="annotation_one_passage_per_place"
            ),
            models.CheckConstraint(
                condition=Q(start__lt=F("end"), live_start__lt=F("live_end")), name="annotation_a_passage_has_words"
            ),
            models.CheckConstraint(
                condition=Q(orphaned_at__isnull=True, live_text=F("carried_to"))
                | (Q(orphaned_at__isnull=False) & ~Q(live_text=F("carried_to"))),
                name="annotation_an_orphan_is_not_in_the_text",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def first(self) -> list[int]:
        """The primary keys of the first comments on it, as `with_first` found them."""
        found = (getattr(self, name) for name in _FIRST)
        return [pk for pk in found if pk is not None]

    @property
    def is_orphan(self) -> bool:
        """Whether its words are no longer in the text."""
        return self.orphaned_at is not None

    @property
    def element_id(self) -> str:
        """The id of the element that shows its comments beside the text, which its marks lead to."""
        return f"passage-{self.public_id}"

    @property
    def asked(self) -> Prompt | None:
        """The editor's question on it."""
        return getattr(self, "prompt", None)

    def place(self, placed: Placed, text: PublishedText) -> None:
        """Say that it stands at `placed` in `text`. Saves nothing."""
        self.live_text = self.carried_to = text
        self.live_block_id, self.live_start, self.live_end = placed.block_id, placed.start, placed.end
        self.live_digest, self.orphaned_at = placed.digest, None

    def orphan(self, text: PublishedText) -> None:
        """Say that it is not found in `text`; where it stood last is remembered. Saves nothing."""
        self.carried_to = text
        self.orphaned_at = self.orphaned_at or timezone.now()


class Prompt(models.Model):
    """An editor's question to readers on a passage. A closed one is still read, and takes no more answers."""

    passage = models.OneToOneField(Passage, on_delete=models.CASCADE, related_name="prompt")
    question = models.CharField(_("question"), max_length=QUESTION_LIMIT)
    by = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+")
    is_open = models.BooleanField(_("open"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("question to readers")
        verbose_name_plural = _("questions to readers")

    def __str__(self) -> str:
        return self.question


class Annotation(models.Model):
    """Says which passage a comment is about."""

    comment = models.OneToOneField(Comment, on_delete=models.CASCADE, related_name="annotation")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="annotations")

    class Meta:
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")

    def __str__(self) -> str:
        return f"{self.comment} on {self.passage}"
