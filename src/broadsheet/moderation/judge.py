"""The judgement on what somebody submits, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.gate.limits import network_of
from broadsheet.kernel.submission import Submission
from broadsheet.moderation.models import Hold, Origin, Standing
from broadsheet.moderation.policy import Policy, policy_for

# Why something is held, as a moderator is told; the reason that is kept names the signs. Which of the listed words it
# was is kept nowhere: whoever writes around a list would read it there.
SIGNS = {
    "honeypot": _("A field that people do not see was filled in."),
    "too-fast": _("It was sent faster than people write."),
    "old-stamp": _("The form was very old."),
    "words": _("It holds a listed word."),
    "links": _("It holds more links than the policy allows."),
    "burst": _("Many comments came from this person or connection within minutes."),
    "policy-all": _("The policy holds everything here."),
    "first-comment": _("Nothing by this person has been published yet."),
    # What a moderator said of it by one button.
    "spam": _("It is spam."),
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
    """Publish what the policy lets pass, hold all else for a moderator; nothing is thrown away unread.

    What comes from somebody who decides at the desk is held for signs of a robot only.
    """
    signs = list(submission.spam_signs)
    if not submission.is_of_moderator:
        policy = policy_for(submission.scopes)
        signs += [
            *_content_signs(submission, policy),
            *_burst_signs(submission, policy),
            *_author_signs(submission, policy),
        ]
    return Verdict(Standing.HELD, ", ".join(signs)) if signs else Verdict(Standing.PUBLISHED)


def _content_signs(submission: Submission, policy: Policy) -> Iterator[str]:
    written = (submission.author, submission.text, submission.shown)
    if any(words.is_in(text) for words in policy.lists for text in written):
        yield "words"
    if submission.links > policy.max_links:
        yield "links"


def _burst_signs(submission: Submission, policy: Policy) -> Iterator[str]:
    """Whether much was written lately by the same person or from the same network; edits are no new comments."""
    if submission.is_edit:
        return
    lately = Origin.objects.filter(at__gt=timezone.now() - timedelta(minutes=policy.burst_minutes))
    counts = []
    if submission.profile and policy.burst_of_profile:
        counts.append((lately.filter(profile__public_id=submission.profile), policy.burst_of_profile))
    if submission.client and policy.burst_of_network:
        counts.append((lately.filter(network=network_of(submission.client)), policy.burst_of_network))
    if any(origins[:most].count() >= most for origins, most in counts):
        yield "burst"


def _author_signs(submission: Submission, policy: Policy) -> Iterator[str]:
    if policy.hold == Hold.ALL:
        yield "policy-all"
    elif policy.hold == Hold.FIRST and not submission.published_before:
        yield "first-comment"
