"""What moderators say of one comment: pinned, an editors' pick, its branch closed, its earlier versions hidden.

All of it can be said again without harm, and taken back. Rows are locked upwards, from the comment to its thread.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import announce
from broadsheet.discussion.actions.refusals import check_moderator
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import MOST_PINNED
from broadsheet.kernel.refusal import Refusal

# In Wagtail's log, with who did it.
PINNED, UNPINNED = "broadsheet.pin_comment", "broadsheet.unpin_comment"
PICKED, UNPICKED = "broadsheet.pick_comment", "broadsheet.unpick_comment"
BRANCH_CLOSED, BRANCH_OPENED = "broadsheet.close_branch", "broadsheet.open_branch"
VERSIONS_HIDDEN, VERSIONS_SHOWN = "broadsheet.hide_versions", "broadsheet.show_versions"


def pin_comment(comment: Comment, *, by: User) -> Comment:
    """Put a comment under the article above all others; at most `MOST_PINNED` of a thread.

    Raises Refusal `not-a-moderator`, `pin-on-reply`, `unpublished`, `pinned-enough`.
    """
    return _set(comment.pk, by, PINNED, "comment-pinned", _check_can_be_pinned, is_pinned=True)


def unpin_comment(comment: Comment, *, by: User) -> Comment:
    """Let a comment stand where it belongs again. Raises Refusal `not-a-moderator`."""
    return _set(comment.pk, by, UNPINNED, "comment-unpinned", is_pinned=False)


def pick_comment(comment: Comment, *, by: User) -> Comment:
    """Commend a comment to readers, wherever it stands. Raises Refusal `not-a-moderator`, `unpublished`."""
    return _set(comment.pk, by, PICKED, "comment-picked", _check_published, is_pick=True)


def unpick_comment(comment: Comment, *, by: User) -> Comment:
    """Commend a comment no more. Raises Refusal `not-a-moderator`."""
    return _set(comment.pk, by, UNPICKED, "comment-unpicked", is_pick=False)


def close_branch(comment: Comment, *, by: User) -> Comment:
    """Let nobody reply, vote or edit any more in the whole branch that a comment is part of. Returns its root.

    What is there stays, and can still be deleted by its authors. Raises Refusal `not-a-moderator`.
    """
    return _set(comment.root_id or comment.pk, by, BRANCH_CLOSED, "branch-closed", is_branch_closed=True)


def open_branch(comment: Comment, *, by: User) -> Comment:
    """Let people take part in the branch of a comment again. Returns its root. Raises Refusal `not-a-moderator`."""
    return _set(comment.root_id or comment.pk, by, BRANCH_OPENED, "branch-opened", is_branch_closed=False)


def hide_versions(comment: Comment, *, by: User) -> Comment:
    """Keep what stood in a comment before it was edited from readers. Raises Refusal `not-a-moderator`."""
    return _set(comment.pk, by, VERSIONS_HIDDEN, "versions-hidden", hides_versions=True)


def show_versions(comment: Comment, *, by: User) -> Comment:
    """Let readers see what stood in a comment before it was edited. Raises Refusal `not-a-moderator`."""
    return _set(comment.pk, by, VERSIONS_SHOWN, "versions-shown", hides_versions=False)


def _set(
    pk: int, by: User, log_as: str, change: str, check: Callable[[Comment], None] | None = None, **mark: bool
) -> Comment:
    """Set one mark under the comment's lock, unless it is set already; tell log and world of what changed."""
    check_moderator(by)
    [(name, value)] = mark.items()
    with transaction.atomic():
        rows = Comment.objects.select_for_update(of=("self",), no_key=True).select_related("thread", "author")
        locked: Comment = rows.get(pk=pk)
        if getattr(locked, name) is value:
            return locked
        if check:
            check(locked)
        setattr(locked, name, value)
        locked.save(update_fields=[name])
        if name == "is_pick":
            locked.thread.count(locked, 0, picks=1 if value else -1)
        log(locked, log_as, user=by)
        if locked.is_shown:
            announce(locked.thread.topic, change, about=locked.public_id)
    return locked


def _check_can_be_pinned(comment: Comment) -> None:
    """Raise a refusal of `pin_comment`. Two moderators at once count one after the other, by the thread's lock."""
    if comment.depth:
        sentence = _("Only a comment on the article can be pinned. This one answers another; it can be a pick.")
        raise Refusal("pin-on-reply", sentence, status=409)
    _check_published(comment)
    Thread.objects.select_for_update(no_key=True).get(pk=comment.thread_id)
    if Comment.objects.filter(thread=comment.thread_id, is_pinned=True).count() >= MOST_PINNED:
        sentence = _("As many comments as fit are pinned here: {count}. Take one of them down first.")
        raise Refusal("pinned-enough", sentence.format(count=MOST_PINNED), status=409)


def _check_published(comment: Comment) -> None:
    if not comment.is_published:
        sentence = _("Readers do not see this comment, or no longer. Only what is published can be marked.")
        raise Refusal("unpublished", sentence, status=409)
