"""What the discussion keeps of a person: their comments with all versions, their votes, what they reported."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import PrivacyPart
from broadsheet.discussion.actions import empty, take_back_votes
from broadsheet.discussion.models import Comment, CommentEdit, CommentReport, Vote


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
    PrivacyPart("comments", _("comments"), _export_comments, _erase_comments),
    PrivacyPart("votes", _("votes"), _export_votes, take_back_votes),
    PrivacyPart("reports", _("reports"), _export_reports, _erase_reports),
)
