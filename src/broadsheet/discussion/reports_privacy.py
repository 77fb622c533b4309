"""What is kept of a person who reported comments: theirs to see, and gone with them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import PrivacyPart
from broadsheet.discussion.models import CommentReport


def _export(profile: Profile) -> list[dict[str, Any]]:
    rows = CommentReport.objects.filter(reporter=profile).select_related("subject").order_by("at")
    return [
        {"comment": row.subject.public_id, "reason": row.reason, "text": row.text, "at": row.at.isoformat()}
        for row in rows
    ]


def _erase(profile: Profile) -> None:
    # The report stays for the moderators; what would tell whose it was goes, their words too.
    CommentReport.objects.filter(reporter=profile).update(reporter=None, text="")


REPORTS = PrivacyPart("reports", _("comments you reported"), _export, _erase)
