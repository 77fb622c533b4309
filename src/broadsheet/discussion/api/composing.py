"""Comments in the shapes of the API, written down for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.urls import reverse

from broadsheet.accounts.models import Profile
from broadsheet.discussion.api import shapes
from broadsheet.discussion.models import Comment, CommentEdit
from broadsheet.discussion.reading import Branch, votes_of
from broadsheet.kernel.ids import LENGTH
from broadsheet.moderation.models import Standing
from broadsheet.publication.public import absolute

# Stands for the id of a comment in an address: reversing one address hundreds of times would be a third of all work.
_ANY = "b" * LENGTH


class Scribe:
    """Writes comments down for one reader; what is the same for all of them is found once.

    Votes, the reader's own words and what stands above the comments cost a query each, where there is anything to ask.
    `known` are comments at hand besides.
    """

    def __init__(self, reader: Profile | None, comments: Sequence[Comment], known: Iterable[Comment] = ()) -> None:
        self.reader = reader
        self._url = absolute(reverse("discussion:comment", args=[_ANY]))
        self._votes = votes_of(reader, comments) if reader and comments else {}
        self._learn_above(comments, known)
        self._learn_own([comment.pk for comment in comments if reader and comment.author_id == reader.pk])

    def comment(self, comment: Comment) -> shapes.Comment:
        """Return one comment."""
        return shapes.Comment(**self._fields(comment))

    def top(self, branch: Branch) -> shapes.TopComment:
        """Return a comment under the article with the replies that come along."""
        top, left = branch.top, branch.more.get(branch.top.pk)
        shown = [reply for reply in branch.replies if reply.is_shown]
        return shapes.TopComment(
            **self._fields(top),
            branch_count=top.branch_count,
            replies=[self.comment(reply) for reply in branch.replies],
            more=shapes.More(count=left.count, after=shown[-1].public_id if shown else "")
            if left and left.count
            else None,
        )

    def _fields(self, comment: Comment) -> dict[str, Any]:
        is_readable = comment.may_be_read_by(self.reader)
        return {
            **_place_of(comment),
            "url": self._url.replace(_ANY, comment.public_id),
            "parent": self._ids.get(comment.parent_id or 0),
            "top": self._ids[comment.root_id or comment.pk],
            "is_closed": (comment.root_id or comment.pk) in self._closed,
            "vote": self._votes.get(comment.pk, 0) if self.reader and is_readable else None,
            **(self._words_of(comment) if is_readable else _NO_WORDS),
        }

    def _words_of(self, comment: Comment) -> dict[str, Any]:
        return {
            "author": person(comment.author),
            "html": comment.html,
            "source": self._sources.get(comment.pk),
            "created_at": comment.created_at,
            "edited_at": comment.edited_at,
            "has_waiting_edit": comment.pk in self._waiting,
            "up_count": comment.up_count,
            "down_count": comment.down_count,
            "score": comment.score,
            "is_pinned": comment.is_pinned,
            "is_pick": comment.is_pick,
        }

    def _learn_above(self, comments: Sequence[Comment], known: Iterable[Comment]) -> None:
        """Learn the ids of what the comments answer and of their roots, and which branches are closed."""
        at_hand = {comment.pk: comment for comment in chain(comments, known)}
        self._ids = {pk: comment.public_id for pk, comment in at_hand.items()}
        self._closed = {pk for pk, comment in at_hand.items() if comment.is_branch_closed}
        above = {pk for comment in comments for pk in (comment.parent_id, comment.root_id) if pk} - at_hand.keys()
        if above:
            rows = Comment.objects.filter(pk__in=above).values_list("pk", "public_id", "is_branch_closed")
            for pk, public_id, is_closed in rows:
                self._ids[pk] = public_id
                self._closed |= {pk} if is_closed else set()

    def _learn_own(self, own: list[int]) -> None:
        """Learn what the reader typed last: lists of comments leave it behind, and it is for nobody else."""
        self._sources: dict[int, str] = {}
        self._waiting: dict[int, str] = {}
        if own:
            self._waiting = dict(CommentEdit.objects.held().filter(comment__in=own).values_list("comment_id", "source"))
            self._sources = dict(Comment.objects.filter(pk__in=own).values_list("pk", "source")) | self._waiting


# Of a comment that is not for this reader's eyes nothing is told but its place.
_NO_WORDS: dict[str, Any] = {
    "author": None,
    "html": None,
    "source": None,
    "created_at": None,
    "edited_at": None,
    "has_waiting_edit": False,
    "up_count": 0,
    "down_count": 0,
    "score": 0,
    "is_pinned": False,
    "is_pick": False,
}


def person(profile: Profile) -> shapes.Person:
    """Return who somebody is to everybody."""
    return shapes.Person(id=profile.public_id, name=profile.name, is_guest=profile.is_guest)


def _place_of(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.public_id,
        "depth": comment.depth,
        "standing": _standing_of(comment),
        "reply_count": comment.reply_count,
    }


def _standing_of(comment: Comment) -> str:
    if comment.deleted_at:
        return "deleted"
    # Rejected or removed: to readers a moderator took it away.
    return str(Standing.REMOVED) if comment.standing == Standing.REJECTED else comment.standing
