"""Judging: what bears a sign of spam waits for a moderator, who is told why in words."""

from __future__ import annotations

import pytest

from broadsheet.kernel.submission import Submission
from broadsheet.moderation.judge import SIGNS, in_words, judge
from broadsheet.moderation.models import Standing


def submission(*spam_signs: str) -> Submission:
    """A comment as the gate hands it on."""
    return Submission("Hello", "Gus", is_guest=True, links=0, scopes=("thread:1",), spam_signs=spam_signs)


def test_what_looks_like_a_persons_is_published() -> None:
    assert judge(submission()).standing == Standing.PUBLISHED


@pytest.mark.parametrize("signs", [["honeypot"], ["too-fast"], ["honeypot", "too-fast", "old-stamp"]])
def test_every_sign_is_held_and_said_in_words(signs: list[str]) -> None:
    verdict = judge(submission(*signs))
    assert verdict.standing == Standing.HELD
    assert in_words(verdict.reason) == " ".join(str(SIGNS[sign]) for sign in signs)


@pytest.mark.parametrize("reason", ["", "an advertisement", "honeypot and more", "Spam, honeypot"])
def test_a_moderators_own_words_stay_as_they_are(reason: str) -> None:
    assert in_words(reason) == reason
