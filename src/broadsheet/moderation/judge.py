"""The judgement on what somebody submits, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from broadsheet.kernel.submission import Submission
from broadsheet.moderation.models import Standing


@dataclass(frozen=True)
class Verdict:
    """What becomes of a submission, and the reason a moderator is shown."""

    standing: Standing
    reason: str = ""


def judge(submission: Submission) -> Verdict:
    """Publish what looks like a person's, hold what bears a sign of spam; nothing is thrown away unread."""
    if submission.spam_signs:
        return Verdict(Standing.HELD, ", ".join(submission.spam_signs))
    return Verdict(Standing.PUBLISHED)
