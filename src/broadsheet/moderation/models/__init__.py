"""What moderation keeps, and what those who are moderated adopt from it."""

from __future__ import annotations

from broadsheet.moderation.models.bans import Ban, BanQuerySet, Origin
from broadsheet.moderation.models.mail import DeskMail
from broadsheet.moderation.models.policy import WHOLE_PUBLICATION, Hold, ModerationPolicy
from broadsheet.moderation.models.reports import REPORT_LIMIT, Report, ReportQuerySet
from broadsheet.moderation.models.rulings import Ruling
from broadsheet.moderation.models.standing import (
    REASON_LIMIT,
    Decision,
    Desk,
    Moderated,
    ModeratedQuerySet,
    Standing,
)

__all__ = [
    "REASON_LIMIT",
    "REPORT_LIMIT",
    "WHOLE_PUBLICATION",
    "Ban",
    "BanQuerySet",
    "Decision",
    "Desk",
    "DeskMail",
    "Hold",
    "Moderated",
    "ModeratedQuerySet",
    "ModerationPolicy",
    "Origin",
    "Report",
    "ReportQuerySet",
    "Ruling",
    "Standing",
]
