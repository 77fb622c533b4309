"""A branch that a moderator closed: nobody replies, votes or edits anywhere in it, as in a closed thread."""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext as _

from broadsheet.discussion.models import Comment
from broadsheet.kernel.refusal import Refusal


def check_branch_open(comment: Comment) -> None:
    """Raise Refusal `branch-closed` for a comment in a closed branch."""
    if comment.is_in_closed_branch:
        raise Refusal("branch-closed", _("This branch is closed: everything stays, nothing new is taken."), status=403)


def check_takes_replies(parent: Comment) -> None:
    """Raise Refusal `branch-closed` for a comment in a closed branch, whose answer may stand elsewhere."""
    if parent.is_in_closed_branch:
        raise _closed_to_replies()


def lock_root(comment: Comment) -> None:
    """Read the root of a comment's branch again, and keep it as it is until the transaction ends.

    After the comment's own row, as everybody locks upwards; a root is its own.
    """
    if comment.root_id:
        comment.root = Comment.objects.select_for_update(no_key=True).get(pk=comment.root_id)


def next_position(root_id: int) -> int:
    """Return the place of one more reply in a branch, and keep the branch open until the transaction ends.

    Raises Refusal `branch-closed`.
    """
    # Two at once: the second update waits for the first one's commit, and looks anew at what it finds.
    root = Comment.objects.filter(pk=root_id)
    if not root.filter(is_branch_closed=False).update(last_position=F("last_position") + 1):
        raise _closed_to_replies()
    return int(root.values_list("last_position", flat=True).get())


def _closed_to_replies() -> Refusal:
    sentence = _("This branch is closed: nobody can answer in it. You can post your words as a comment of their own.")
    return Refusal("branch-closed", sentence, status=403)
