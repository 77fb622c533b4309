"""What is said in a thread, and what moderators decided on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.delivery.announce import announce
from broadsheet.discussion.models.threads import Thread
from broadsheet.discussion.telling import tell_of_decision
from broadsheet.kernel.ids import LENGTH, public_id
from broadsheet.moderation.models import Decision, Moderated, ModeratedQuerySet, Report, Standing


class CommentQuerySet(ModeratedQuerySet):
    """Questions about comments. Whoever may read which is `visible_to`; what is drawn besides is a tombstone."""

    def shown(self) -> Self:
        """Keep what has a place on everybody's page: what is published, and the tombstones that replies hang on."""
        return self.filter(is_shown=True)

    def once_shown(self) -> Self:
        """Keep what everybody may have seen, so that a page may begin at it; it may have been removed since."""
        return self.exclude(standing__in=(Standing.HELD, Standing.REJECTED), is_shown=False)

    def published_of(self, author: Profile) -> Self:
        """Keep what everybody may read of one author."""
        return self.filter(standing=Standing.PUBLISHED, author=author)

    def latest_in(self, thread: Thread) -> Self:
        """Keep what everybody may read in a thread, at whatever depth, the latest first."""
        return self.filter(thread=thread.pk, standing=Standing.PUBLISHED).order_by("-created_at", "-id")

    def deleted_by(self, author: Profile) -> Self:
        """Keep what one author took back; nobody reads it any more."""
        return self.filter(author=author, deleted_at__isnull=False)

    def tops(self) -> Self:
        """Keep what answers the article rather than another comment."""
        return self.filter(depth=0)

    def held_for(self, reader: Profile | None) -> Self:
        """Keep what the reader has written and only they can see."""
        return self.filter(standing=Standing.HELD, author=reader) if reader else self.none()

    def placed_for(self, reader: Profile | None) -> Self:
        """Keep what has a place on the reader's pages: what is shown, and their own that awaits a moderator.

        Not all of it may be read: a tombstone has a place, its words are for nobody (`may_be_read_by`).
        """
        own = Q(standing=Standing.HELD, author=reader) if reader else Q()
        return self.filter(Q(is_shown=True) | own)

    def for_drawing(self) -> Self:
        """Fetch along who wrote them, and leave the source behind."""
        return self.select_related("author").defer("source")


class Comment(Moderated):
    """Something said in a thread, under the article (`depth` 0) or in answer to another comment.

    `root` is the comment under the article that a reply hangs on, through others perhaps, and `position` its number
    among all replies of the root as they came: a reply has a higher one than what it answers, so that the first few of
    a branch are always a tree in one piece. A root itself has no root and position 0.

    `is_shown` says whether it has a place on everybody's page: published ones do, others only as a tombstone that
    shown replies hang on. `reply_count` counts the shown replies to it, `branch_count` those in the whole branch of a
    root; `last_position` is the last one given in the branch. `score` is what votes made of it, up minus down.

    `deleted_at` says that its author took it back: it stands as removed, and its words are kept nowhere.

    `is_inline` says that it is about something within the article, which a module above knows; `about` is the public
    id of that.

    What the newsroom says of it: `is_pinned` puts a comment under the article above all others, `is_pick` commends any
    to readers, `is_branch_closed` lets nobody answer in the whole branch of a root, `hides_versions` keeps what stood
    there before an edit from readers.
    """

    KIND = "comment"  # what moderation calls it

    public_id = models.CharField(max_length=LENGTH, unique=True, default=public_id, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.RESTRICT, related_name="replies")
    root = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="branch", db_index=False
    )
    depth = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="comments", db_index=False)
    source = models.TextField()
    html = models.TextField()
    # Of the page it was written on: its author is written to in it.
    language = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    is_shown = models.BooleanField(default=True)
    reply_count = models.PositiveIntegerField(default=0)
    branch_count = models.PositiveIntegerField(default=0)
    last_position = models.PositiveIntegerField(default=0)
    up_count = models.PositiveIntegerField(default=0)
    down_count = models.PositiveIntegerField(default=0)
    score = models.IntegerField(default=0)
    is_inline = models.BooleanField(default=False)
    about = models.CharField(max_length=LENGTH, blank=True)
    is_pinned = models.BooleanField(default=False)
    is_pick = models.BooleanField(default=False)
    is_branch_closed = models.BooleanField(default=False)
    hides_versions = models.BooleanField(default=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.UniqueConstraint(fields=["root", "position"], name="discussion_one_comment_per_position"),
            models.CheckConstraint(
                condition=Q(depth=0, position=0, parent=None, root=None)
                | Q(depth__gt=0, position__gt=0, parent__isnull=False, root__isnull=False),
                name="discussion_a_reply_has_parent_and_root",
            ),
            models.CheckConstraint(
                condition=Q(standing=Standing.PUBLISHED, is_shown=True)
                | (~Q(standing=Standing.PUBLISHED) & Q(is_shown=True, reply_count__gt=0))
                | (~Q(standing=Standing.PUBLISHED) & Q(is_shown=False, reply_count=0)),
                name="discussion_shown_is_published_or_tombstone",
            ),
            models.CheckConstraint(condition=Q(standing__in=Standing.values), name="discussion_standing_is_known"),
            models.CheckConstraint(
                condition=Q(score=F("up_count") - F("down_count")), name="discussion_score_is_up_minus_down"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(standing=Standing.REMOVED, source="", html=""),
                name="discussion_deleted_is_removed_and_empty",
            ),
            models.CheckConstraint(
                condition=Q(is_pinned=False) | Q(depth=0, standing=Standing.PUBLISHED),
                name="discussion_pinned_is_published_top",
            ),
            models.CheckConstraint(
                condition=Q(is_pick=False) | Q(standing=Standing.PUBLISHED), name="discussion_pick_is_published"
            ),
            models.CheckConstraint(
                condition=Q(is_branch_closed=False) | Q(depth=0), name="discussion_closed_branch_has_a_root"
            ),
        ]
        # Every list of comments is a range of one of these. Whatever is not shown, a flood of spam perhaps, is in none.
        indexes = [
            models.Index(
                fields=["thread", "created_at", "id"],
                condition=Q(depth=0, is_shown=True, is_pinned=False),
                name="discussion_tops",
            ),
            models.Index(
                fields=["thread", "score", "created_at", "id"],
                condition=Q(depth=0, is_shown=True, is_pinned=False),
                name="discussion_tops_by_score",
            ),
            models.Index(
                fields=["thread", "created_at", "id"],
                condition=Q(depth=0, is_shown=True, is_pinned=False, is_inline=True),
                name="discussion_inline",
            ),
            models.Index(
                fields=["thread", "score", "created_at", "id"],
                condition=Q(depth=0, is_shown=True, is_pinned=False, is_inline=True),
                name="discussion_inline_by_score",
            ),
            models.Index(
                fields=["thread", "about", "created_at", "id"],
                condition=Q(depth=0, is_shown=True, is_inline=True),
                name="discussion_about",
            ),
            models.Index(
                fields=["thread", "about", "score", "created_at", "id"],
                condition=Q(depth=0, is_shown=True, is_inline=True),
                name="discussion_about_by_score",
            ),
            models.Index(fields=["thread", "created_at"], condition=Q(is_pinned=True), name="discussion_pinned"),
            models.Index(fields=["thread", "created_at", "id"], condition=Q(is_pick=True), name="discussion_picks"),
            models.Index(
                fields=["thread", "score", "created_at", "id"],
                condition=Q(is_pick=True),
                name="discussion_picks_by_score",
            ),
            models.Index(fields=["author", "thread", "created_at"], name="discussion_of_author"),
            models.Index(
                fields=["thread", "created_at", "id"],
                condition=Q(standing=Standing.PUBLISHED),
                name="discussion_latest",
            ),
            models.Index(fields=["root", "position"], condition=Q(is_shown=True), name="discussion_branch"),
            models.Index(fields=["parent", "position"], condition=Q(is_shown=True), name="discussion_replies"),
            models.Index(
                fields=["author", "thread", "created_at"],
                condition=Q(standing=Standing.HELD),
                name="discussion_held_of_author",
            ),
            models.Index(
                fields=["created_at", "id"], condition=Q(standing=Standing.HELD), name="discussion_held_for_desk"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def element_id(self) -> str:
        """The id of its element on a page."""
        return f"comment-{self.public_id}"

    @property
    def permalink(self) -> str:
        """The path of the page that shows it in its branch, in the active language, down to its element."""
        return f"{reverse('discussion:comment', args=[self.public_id])}#{self.element_id}"

    @property
    def is_in_closed_branch(self) -> bool:
        """Whether a moderator closed the branch it is part of."""
        return (self.root or self).is_branch_closed

    def may_be_read_by(self, reader: Profile | None) -> bool:
        """Whether its words are for `reader`; the rule of `visible_to`, for one comment that is at hand."""
        return self.is_published or (self.is_held and reader is not None and self.author_id == reader.pk)

    def is_changeable(self, now: datetime, window: timedelta) -> bool:
        """Whether its author may still edit or delete it: for as long as the window lasts, unless it was decided on."""
        return (self.is_published or self.is_held) and now - self.created_at < window

    def decided(self, decision: Decision) -> None:
        """Take a moderator's decision to heart: standing, counters, announcement. In the decision's transaction.

        A decision that changes nothing counts nothing. Rows are locked upwards, from the comment to its root and then
        the thread, as in `post_comment`; so no two wait for each other.
        """
        before = Comment.objects.select_for_update(no_key=True).get(pk=self.pk)
        self.standing, self.standing_reason = decision.standing, decision.reason
        self.is_shown = self.is_published or before.reply_count > 0
        self.is_pinned, self.is_pick = self.is_published and before.is_pinned, self.is_published and before.is_pick
        self.save(update_fields=["standing", "standing_reason", "is_shown", "is_pinned", "is_pick"])
        self.count_shown(self.is_shown - before.is_shown)
        self.thread.count(self, self.is_published - before.is_published, picks=self.is_pick - before.is_pick)
        if self.is_published or before.is_published:
            announce(self.thread.topic, "comment-decided", about=self.public_id)
        tell_of_decision(self, before.standing)

    def count_shown(self, step: int) -> None:
        """Count upwards that this comment has got (1) or lost (-1) its place on everybody's page; 0 counts nothing.

        A tombstone that is left without replies loses its place too, one that gets a reply again comes back, and so on.
        """
        below: Comment | None = self
        in_branch = 0
        while step and below and below.parent_id:
            in_branch += step
            below = _count_reply(below.parent_id, step)
        if in_branch and self.root_id:
            Comment.objects.filter(pk=self.root_id).update(branch_count=F("branch_count") + in_branch)


class CommentDecision(Decision):
    """One decision of a moderator on a comment; the database refuses to change or delete a row."""

    subject = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="decisions")

    class Meta:
        verbose_name = _("decision on a comment")
        verbose_name_plural = _("decisions on comments")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.subject}: {self.standing}"


class CommentReport(Report):
    """A reader's report on a comment."""

    subject = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="reports", db_index=False)

    class Meta(Report.Meta):
        verbose_name = _("report on a comment")
        verbose_name_plural = _("reports on comments")
        indexes = [*Report.Meta.indexes, models.Index(fields=["subject", "at"], name="discussion_reports_of")]

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"


def _count_reply(pk: int, step: int) -> Comment | None:
    """Count a shown reply more or less to the comment `pk`; return it if that gave or took its own place, else None."""
    comment: Comment = Comment.objects.select_for_update(no_key=True).get(pk=pk)
    is_shown = comment.is_published or comment.reply_count + step > 0
    # One statement: the two together keep the table's constraint.
    Comment.objects.filter(pk=pk).update(reply_count=F("reply_count") + step, is_shown=is_shown)
    return comment if is_shown != comment.is_shown else None
