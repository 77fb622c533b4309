"""Editing and deleting one's own comment, for as long as the newsroom allows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile
from broadsheet.delivery.announce import announce
from broadsheet.discussion.actions.branches import check_branch_open, lock_root
from broadsheet.discussion.actions.comments import Words, check_limits, prepare_words
from broadsheet.discussion.actions.refusals import check_open
from broadsheet.discussion.models import Comment, CommentEdit, CommentReport, bear_last_published
from broadsheet.gate.keys import Key, answer_once, earlier_answer
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.bans import remember_origin
from broadsheet.moderation.models import Standing
from broadsheet.moderation.notices import tell_moderators
from broadsheet.moderation.reports import settle_reports

# A slip of the finger is mended before anybody has thought about it: no trace of it is kept.
GRACE = timedelta(seconds=60)


@dataclass(frozen=True)
class Edited:
    """What became of an edit: the comment as it stands; `is_held` when other words of it await a moderator."""

    comment: Comment
    is_held: bool
    is_repeat: bool


def edit_comment(
    comment: Comment,
    *,
    by: Profile,
    body: str,
    key: Key,
    within: timedelta,
    scopes: tuple[str, ...] = (),
    spam_signs: tuple[str, ...] = (),
    client: str = "",
) -> Edited:
    """Let an author put other words in place of their own, `within` so long after posting; judged as a new comment is.

    Within the first minute no history is kept (`GRACE`). What is held leaves the earlier version where it is. So does
    every edit of a comment that itself awaits a moderator: what they publish is what they have read. `key` makes a
    repeat return the first. Raises the refusals of `check_editable` and of `prepare_words`, `too-many` and
    `decided-right-now`.
    """
    answer = earlier_answer(key)
    if answer is None:
        check_editable(comment, by=by, within=within)
        check_limits(by, client, comment.thread)
        of_thread = (*comment.thread.scopes, *scopes)
        words = prepare_words(by, body, scopes=of_thread, spam_signs=spam_signs, client=client, is_edit=True)[1]
        answer = answer_once(key, lambda: _write(comment, words, by, within, client))
    edited = Comment.objects.select_related("author", "thread").get(public_id=answer.reference)
    return Edited(edited, CommentEdit.objects.held().filter(comment=edited).exists(), answer.is_repeat)


def delete_comment(comment: Comment, *, by: Profile, within: timedelta) -> Comment:
    """Let an author take their comment back: its words are gone in every version, its place stays if replies need it.

    Deleting is possible in a closed thread or branch too. Raises the refusals of `check_changeable`, and
    `decided-right-now`.
    """
    check_changeable(comment, by=by, within=within)
    with transaction.atomic():
        locked = _locked(comment)
        check_changeable(locked, by=by, within=within)
        empty(locked)
    return locked


def empty(comment: Comment) -> None:
    """Take away the words of a comment, whose row is locked, with everything that is counted by them.

    For its author, and for whoever erases one. In a transaction. What was emptied before stays as it is.
    """
    if comment.deleted_at:
        return
    was_shown, was_published, was_pick = comment.is_shown, comment.is_published, comment.is_pick
    comment.standing, comment.standing_reason, comment.deleted_at = Standing.REMOVED, "", timezone.now()
    comment.source = comment.html = ""
    comment.is_shown = comment.reply_count > 0
    comment.is_pinned = comment.is_pick = False
    comment.save(
        update_fields=[
            "standing", "standing_reason", "deleted_at", "source", "html", "is_shown", "is_pinned", "is_pick",
        ]
    )  # fmt: skip
    CommentEdit.objects.filter(comment=comment).update(
        standing=Standing.REMOVED, standing_reason="", source="", html="", is_withdrawn=True
    )
    settle_reports(CommentReport, comment)
    comment.count_shown(comment.is_shown - was_shown)
    comment.thread.count(comment, -int(was_published), picks=-int(was_pick))
    if was_published:
        announce(comment.thread.topic, "comment-deleted", about=comment.public_id)


def check_editable(comment: Comment, *, by: Profile, within: timedelta) -> None:
    """Raise a refusal of `check_changeable` or of `check_open`, or `branch-closed`."""
    check_changeable(comment, by=by, within=within)
    check_open(comment.thread)
    check_branch_open(comment)


def check_changeable(comment: Comment, *, by: Profile, within: timedelta) -> None:
    """Raise Refusal `not-your-comment`, `comment-removed` or `too-late` where an author may change nothing."""
    if comment.author_id != by.pk:
        raise not_your_comment()
    if not (comment.is_published or comment.is_held):
        raise Refusal(
            "comment-removed", _("This comment was removed. There is nothing to change any more."), status=409
        )
    if not comment.is_changeable(timezone.now(), within):
        sentence = _("Comments can be changed for a short time only, and that is over. You can answer it instead.")
        raise Refusal("too-late", sentence, status=403)


def not_your_comment() -> Refusal:
    """Return what is said to whoever would change another's comment."""
    return Refusal("not-your-comment", _("Only who wrote a comment can change it."), status=403)


def _write(comment: Comment, words: Words, by: Profile, within: timedelta, client: str) -> str:
    """Write a version with all that follows. In the transaction of its key."""
    locked = _locked(comment)
    lock_root(locked)
    check_editable(locked, by=by, within=within)
    CommentEdit.objects.held().filter(comment=locked).update(standing=Standing.REMOVED, is_withdrawn=True)
    if words.source != locked.source and _leaves_no_trace(locked, words):
        _put_in_place(locked, words)
    elif words.source != locked.source:
        edit = _next_version(locked, words)
        remember_origin(CommentEdit.KIND, edit.public_id, client, by)
        if edit.is_held:
            tell_moderators()
        bear_last_published(locked)
    remember_origin(Comment.KIND, locked.public_id, client, by)
    return locked.public_id


def _leaves_no_trace(comment: Comment, words: Words) -> bool:
    """Whether other words simply take the place of those that were posted a moment ago.

    What a moderator must read, or has before them, is a version in any case.
    """
    is_fresh = timezone.now() - comment.created_at < GRACE
    is_public = comment.is_published and words.verdict.standing == Standing.PUBLISHED
    return is_fresh and is_public and not CommentEdit.objects.filter(comment=comment).exists()


def _put_in_place(comment: Comment, words: Words) -> None:
    comment.source, comment.html = words.source, words.html
    comment.save(update_fields=["source", "html"])
    announce(comment.thread.topic, "comment-edited", about=comment.public_id)


def _locked(comment: Comment) -> Comment:
    """Read the comment again, and keep it and its edit that awaits a decision as they are.

    Deciding locks the edit first: whoever waited for that here would be waited for. Raises Refusal `decided-right-now`.
    """
    rows = Comment.objects.select_for_update(of=("self",), no_key=True).select_related("thread")
    locked: Comment = rows.get(pk=comment.pk)
    waiting = CommentEdit.objects.held().filter(comment=comment.pk)
    skips = connection.features.has_select_for_update_skip_locked  # SQLite locks all, and has nothing to skip
    if len(waiting.select_for_update(no_key=True, skip_locked=skips)) < waiting.count():
        sentence = _("A moderator is deciding on your earlier edit right now. Send this again in a moment.")
        raise Refusal("decided-right-now", sentence, status=409)
    return locked


def _next_version(comment: Comment, words: Words) -> CommentEdit:
    versions = CommentEdit.objects.filter(comment=comment)
    last = versions.order_by("-number").values_list("number", flat=True).first()
    if last is None:
        first = {"source": comment.source, "html": comment.html, "created_at": comment.created_at}
        CommentEdit.objects.create(comment=comment, number=0, author=comment.author, **first)
    is_held = comment.is_held or words.verdict.standing == Standing.HELD
    edit: CommentEdit = CommentEdit.objects.create(
        comment=comment,
        number=(last or 0) + 1,
        author=comment.author,
        source=words.source,
        html=words.html,
        standing=Standing.HELD if is_held else words.verdict.standing,
        standing_reason=words.verdict.reason or (comment.standing_reason if is_held else ""),
    )
    return edit
