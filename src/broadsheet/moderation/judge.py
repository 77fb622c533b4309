"""The judgement on what somebody submits, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.submission import Submission
from broadsheet.moderation.models import Standing

# What the gate noticed, as a moderator is told; the reason that is kept names the signs.
SIGNS = {
    "honeypot": _("A field that people do not see was filled in."),
    "too-fast": _("It was sent faster than people write."),
    "old-stamp": _("The form was very old."),
}


@dataclass(frozen=True)
class Verdict:
    """What becomes of a submission, and the reason a moderator is shown."""

    standing: Standing
    reason: str = ""


def in_words(reason: str) -> str:
    """Return the reason of a verdict or of a moderator as a sentence in the active language."""
    signs = reason.split(", ")
    return " ".join(str(SIGNS[sign]) for sign in signs) if SIGNS.keys() >= set(signs) else reason


def judge(submission: Submission) -> Verdict:
    """Publish what looks like a person's, hold what bears a sign of spam; nothing is thrown away unread."""
    if submission.spam_signs:
        return Verdict(Standing.HELD, ", ".join(submission.spam_signs))
    return Verdict(Standing.PUBLISHED)
