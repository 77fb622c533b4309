"""The form that reports a comment: what somebody typed, whether a robot did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile
from broadsheet.discussion.forms import posted
from broadsheet.discussion.models import Comment, CommentReport
from broadsheet.discussion.reading import comment_for, not_found
from broadsheet.gate.stamp import stamp_age
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.bans import check_not_banned
from broadsheet.moderation.reports import clean_text, report

# A page may lie open over a weekend; who reports a comment by script keeps a form for ever.
TOO_OLD = timedelta(days=4)


@dataclass(frozen=True)
class Complaint:
    """The fields of a posted report, as they came."""

    reason: str = ""
    text: str = ""
    stamp: str = ""
    website: str = ""


def read_complaint(request: HttpRequest) -> Complaint:
    """Return what was posted. Raises Refusal `too-large` for more than anybody types."""
    given = posted(request)
    return Complaint(**{name: given.get(name, "") for name in ("reason", "text", "stamp", "website")})


def comment_to_report(reader: Profile | None, public_id: str) -> Comment:
    """Return a comment that anybody can read and so report. Raises Refusal `not-found` for any other."""
    comment = comment_for(reader, public_id)
    if not comment.is_published:
        raise not_found()
    return comment


def report_comment(comment: Comment, complaint: Complaint, *, by: Profile | None, client: str, now: datetime) -> None:
    """Report a comment to the moderators; what the same reader said before stays as it is, and nobody learns it.

    Raises Refusal `looks-automatic`, `form-too-old`, `banned` and those of `moderation.reports.report`.
    """
    check_typed_by_a_person(complaint, now)
    check_not_banned(by, client)
    report(CommentReport, comment, by=by, client=client, reason=complaint.reason, text=complaint.text)


def check_typed_by_a_person(complaint: Complaint, now: datetime) -> None:
    """Raise Refusal for a field that people do not see, and for a form that was not given out lately."""
    if complaint.website:
        raise Refusal("looks-automatic", _("A field that people do not see was filled in. Nothing was sent."))
    age = stamp_age(complaint.stamp, now)
    if age is None or age > TOO_OLD:
        raise Refusal("form-too-old", _("This form was too old. Nothing was sent yet: please send it once more."))


def shown_text(complaint: Complaint) -> str:
    """Return what stands in the field for more words when the form is shown again."""
    try:
        return clean_text(complaint.text)
    except Refusal:
        return complaint.text.replace("\0", "").encode("utf-8", "replace").decode()
