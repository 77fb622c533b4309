"""A thread: what is said about an article, in all its languages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.topics import NAMES
from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic
from broadsheet.discussion.models.inline import count_inline

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

    from broadsheet.discussion.models.comments import Comment
    from broadsheet.publication.models import ArticlePage


ARTICLE = "article"  # in the name of a scope
LONGEST_PAUSE = 24 * 60  # minutes between two comments of one person


def key_of(article: ArticlePage) -> UUID:
    """Return what names an article's thread: the same in all its languages, and wherever else the story stands."""
    key: UUID = (article.alias_of or article).translation_key
    return key


class ThreadQuerySet(models.QuerySet["Thread"]):
    """Questions about threads."""

    def of(self, article: ArticlePage) -> Thread:
        """Return the thread of an article and its language versions; an unsaved, empty one where nobody wrote yet.

        A story that stands in a second place (an alias) has the original's.
        """
        key = key_of(article)
        return self.filter(translation_key=key).first() or Thread(translation_key=key)

    @transaction.atomic
    def begun(self, key: UUID) -> Thread:
        """Return the thread named by `key`, made when it is first needed.

        Until then pages know it by that name only (`topics`), so they are told; nothing may be in it yet.
        """
        thread, is_new = self.get_or_create(translation_key=key)
        if is_new:
            announce(topic("thread", key), "thread-begun")
        return thread


class Thread(models.Model):
    """What is said about an article, in all its languages.

    `is_off` takes the whole discussion from readers, the comments that are there too; `stays_open` keeps a thread that
    a moderator opened again from being closed by its age; in slow mode everybody has one comment in `slow_minutes`.
    `closed_after_days` is the age that closed it, 0 for one that is open or that somebody closed.

    `comment_count` counts what everybody may read, `inline_count` what of that is about something within the article,
    `pick_count` the editors' picks among it.
    """

    translation_key = models.UUIDField(unique=True)
    is_closed = models.BooleanField(_("closed"), default=False, help_text=_("Nobody can write any more."))
    is_off = models.BooleanField(_("off"), default=False, help_text=_("Readers see no discussion at all."))
    stays_open = models.BooleanField(default=False)
    slow_minutes = models.PositiveSmallIntegerField(
        _("slow mode: minutes between two comments"),
        default=0,
        validators=[MaxValueValidator(LONGEST_PAUSE)],
        help_text=_("Everybody may write one comment in so many minutes. 0: as they like."),
    )
    closed_after_days = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    inline_count = models.PositiveIntegerField(default=0)
    pick_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ThreadQuerySet.as_manager()

    # Of its topic, where whoever fetched the row asked for that.
    version: int | None = None

    class Meta:
        verbose_name = _("thread")
        verbose_name_plural = _("threads")
        constraints = [
            models.CheckConstraint(
                condition=Q(slow_minutes__lte=LONGEST_PAUSE), name="discussion_slow_mode_is_at_most_a_day"
            ),
            models.CheckConstraint(
                condition=Q(closed_after_days=0) | Q(is_closed=True), name="discussion_closed_by_age_is_closed"
            ),
        ]
        indexes = [
            models.Index(
                fields=["closed_after_days"], condition=Q(closed_after_days__gt=0), name="discussion_closed_by_age"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.translation_key}"

    @property
    def is_open(self) -> bool:
        """Whether people may write in it."""
        return not (self.is_closed or self.is_off)

    @property
    def topic(self) -> str:
        """The name under which its changes are announced."""
        return topic("thread", self.pk)

    @property
    def topics(self) -> tuple[str, str]:
        """What a page shows that shows the thread: it, under the name it has, and the names people write under."""
        return topic("thread", self.pk or self.translation_key), topic("profiles", NAMES)

    @property
    def live(self) -> str:
        """What a page of it follows: its topic, and of which version the page is; "" where nobody asked for that."""
        if self.pk and self.version is None:
            return ""
        return f"{self.topics[0]}={self.version or 0}"

    @property
    def scope(self) -> str:
        """What moderation calls its article, in all languages; that may have a policy of its own."""
        return f"{ARTICLE}:{self.translation_key}"

    @property
    def scopes(self) -> tuple[str, ...]:
        """Where words in it go, the narrowest place first."""
        return (self.topic, self.scope) if self.pk else (self.scope,)

    @property
    def url(self) -> str:
        """The path of the page with all its comments, in the active language."""
        return reverse("discussion:thread", args=[self.translation_key])

    @property
    def write_url(self) -> str:
        """The path that the form for a comment under the article goes to."""
        return reverse("discussion:write", args=[self.translation_key])

    @property
    def notify_url(self) -> str:
        """The path that the form *Notify of* goes to."""
        return reverse("discussion:notify", args=[self.translation_key])

    def count(self, comment: Comment, step: int, *, picks: int = 0) -> None:
        """Count a published comment, and an editors' pick, more or less. In the transaction that makes it so."""
        if step or picks:
            Thread.objects.filter(pk=self.pk).update(**counted(comment, step, picks=picks))
        if step and comment.about:
            count_inline(comment.about, step)


def counted(comment: Comment, step: int, *, picks: int = 0) -> dict[str, Combinable]:
    """Return what counting a comment changes in its thread's row."""
    return {
        "comment_count": F("comment_count") + step,
        "inline_count": F("inline_count") + step * comment.is_inline,
        "pick_count": F("pick_count") + picks,
    }
