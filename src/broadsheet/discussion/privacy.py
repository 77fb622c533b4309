"""What the discussion keeps of a person: their comments with all versions, their votes, what they reported."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import PrivacyPart
from broadsheet.discussion.actions import empty, take_back_votes
from broadsheet.discussion.models import Comment, CommentEdit, CommentReport, Thread, Vote
from broadsheet.moderation.models import Standing


def _export_comments(profile: Profile) -> list[dict[str, Any]]:
    comments = Comment.objects.filter(author=profile, deleted_at=None).order_by("created_at", "pk")
    versions: dict[int, list[dict[str, Any]]] = {}
    for edit in CommentEdit.objects.filter(comment__in=comments).order_by("comment", "number"):
        words = {"at": edit.created_at.isoformat(), "standing": edit.standing, "text": edit.source}
        versions.setdefault(edit.comment_id, []).append(words)
    return [
        {
            "id": comment.public_id,
            "at": comment.created_at.isoformat(),
            "standing": comment.standing,
            "text": comment.source,
            "versions": versions.get(comment.pk, []),
        }
        for comment in comments
    ]


def _erase_comments(profile: Profile) -> None:
    for pk in Comment.objects.filter(author=profile, deleted_at=None).order_by("pk").values_list("pk", flat=True):
        locked = Comment.objects.select_for_update(of=("self",), no_key=True).select_related("thread")
        empty(locked.get(pk=pk))


def _hold(profile: Profile) -> None:
    """Lock all that erasing changes, in the order in which everybody does: versions, comments upwards, threads.

    Erasing is one transaction, and others wait for what it has told of already, or for the profile, which whoever tells
    somebody of an answer names: who holds a comment that it comes to only then would be waited for, and wait.
    """
    if not connection.features.has_select_for_update:
        return  # SQLite's transaction locks all
    own = set(Comment.objects.filter(author=profile, deleted_at=None).values_list("pk", flat=True))
    voted = Vote.objects.filter(profile=profile).values_list("comment", flat=True)
    reported = CommentReport.objects.filter(reporter=profile).values_list("subject", flat=True)
    edits = CommentEdit.objects.filter(comment__in=own).order_by("pk")
    list(edits.select_for_update(no_key=True).values_list("pk"))
    # What answers is younger than what it answers.
    comments = Comment.objects.filter(pk__in=own | _counted_at(own) | {*voted, *reported}).order_by("-pk")
    found = list(comments.select_for_update(no_key=True).values_list("pk", "thread"))
    threads = Thread.objects.filter(pk__in={thread for _pk, thread in found}).order_by("translation_key")
    list(threads.select_for_update(no_key=True).values_list("pk"))


def _counted_at(comments: Set[int]) -> set[int]:
    """Where it counts that comments lose their place: their roots, and upwards to the first with words of its own."""
    above = set(Comment.objects.filter(pk__in=comments).exclude(root=None).values_list("root", flat=True))
    level = comments
    while level:
        parents = Comment.objects.filter(replies__pk__in=level)
        above.update(parents.values_list("pk", flat=True))
        level = set(parents.exclude(standing=Standing.PUBLISHED).values_list("pk", flat=True))
    return above


def _export_votes(profile: Profile) -> list[dict[str, Any]]:
    votes = Vote.objects.filter(profile=profile).select_related("comment").order_by("cast_at", "pk")
    return [{"comment": vote.comment.public_id, "value": vote.value, "at": vote.cast_at.isoformat()} for vote in votes]


def _export_reports(profile: Profile) -> list[dict[str, Any]]:
    reports = CommentReport.objects.filter(reporter=profile).select_related("subject").order_by("at", "pk")
    return [
        {
            "comment": report.subject.public_id,
            "reason": report.reason,
            "text": report.text,
            "at": report.at.isoformat(),
        }
        for report in reports
    ]


def _erase_reports(profile: Profile) -> None:
    """What was reported stays on the desk; who did, and in which words, does not."""
    CommentReport.objects.filter(reporter=profile).update(reporter=None, text="")


PARTS = (
    PrivacyPart("comments", _("comments"), _export_comments, _erase_comments, _hold),
    PrivacyPart("votes", _("votes"), _export_votes, take_back_votes),
    PrivacyPart("reports", _("reports"), _export_reports, _erase_reports),
)
