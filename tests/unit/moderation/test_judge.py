"""Judging: what the policy does not let pass waits for a moderator, who is told why in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from broadsheet.accounts.models import Profile
from broadsheet.kernel.submission import Submission
from broadsheet.moderation.bans import remember_origin
from broadsheet.moderation.judge import SIGNS, in_words, judge
from broadsheet.moderation.models import Hold, ModerationPolicy, Standing

pytestmark = pytest.mark.django_db

ARTICLE, OTHER = "article:4c5d", "article:9f00"
# Somebody whose words are published here already: nothing about them is held by default.
KNOWN = Submission("Hello", "Gus", is_guest=True, links=0, scopes=("thread:1", ARTICLE), published_before=True)


def reason(submission: Submission) -> str:
    """Why it is held; empty when it is published."""
    verdict = judge(submission)
    assert (verdict.standing == Standing.HELD) == bool(verdict.reason)
    return verdict.reason


def policy(scope: str = "", **fields: object) -> None:
    """Set a policy."""
    own = {} if not scope else {"hold": "", "max_links": None}
    ModerationPolicy.objects.create(scope=scope, **{**own, **fields})


def test_a_first_comment_is_held_unless_said_otherwise() -> None:
    assert reason(KNOWN) == ""
    assert reason(replace(KNOWN, published_before=False)) == "first-comment"
    assert reason(replace(KNOWN, published_before=False, is_of_moderator=True)) == ""


@pytest.mark.parametrize(
    ("hold", "new", "known"), [("all", "policy-all", "policy-all"), ("first", "first-comment", ""), ("none", "", "")]
)
def test_the_policy_says_whose_words_are_held(hold: Hold, new: str, known: str) -> None:
    policy(hold=hold)
    assert reason(replace(KNOWN, published_before=False)) == new
    assert reason(KNOWN) == known


def test_an_article_may_have_a_policy_of_its_own() -> None:
    policy(hold=Hold.NONE, max_links=5, words="casino")
    policy(ARTICLE, hold=Hold.ALL)
    policy(OTHER, max_links=0, words="ferry")
    assert reason(KNOWN) == "policy-all"
    elsewhere = replace(KNOWN, scopes=("thread:2", OTHER))
    assert reason(elsewhere) == ""
    assert reason(replace(elsewhere, links=1)) == "links"
    assert reason(replace(KNOWN, scopes=(), links=5)) == ""
    assert reason(replace(KNOWN, scopes=(), links=6)) == "links"
    # Its words come besides the publication's.
    assert reason(replace(elsewhere, text="a ferry")) == reason(replace(elsewhere, text="a casino")) == "words"
    assert reason(replace(KNOWN, scopes=(), text="a ferry")) == ""


@pytest.mark.parametrize("where", ["text", "shown", "author"])
def test_a_listed_word_is_held_wherever_it_stands(where: str) -> None:
    policy(words="casino")
    assert reason(replace(KNOWN, **{where: "Casino"})) == "words"  # type: ignore[arg-type]


@pytest.mark.parametrize("signs", [["honeypot"], ["too-fast"], ["honeypot", "too-fast", "old-stamp"]])
def test_every_sign_of_a_robot_is_held(signs: list[str]) -> None:
    policy(hold=Hold.NONE)
    for somebody in (KNOWN, replace(KNOWN, is_of_moderator=True)):
        assert reason(replace(somebody, spam_signs=tuple(signs))) == ", ".join(signs)


def test_all_that_is_wrong_is_told_in_words() -> None:
    policy(hold=Hold.ALL, words="casino")
    why = reason(replace(KNOWN, text="casino", links=9, spam_signs=("honeypot",)))
    assert why == "honeypot, words, links, policy-all"
    assert in_words(why) == " ".join(str(SIGNS[sign]) for sign in ("honeypot", "words", "links", "policy-all"))


@pytest.mark.parametrize("words", ["", "an advertisement", "honeypot and more", "Spam, honeypot"])
def test_a_moderators_own_words_stay_as_they_are(words: str) -> None:
    assert in_words(words) == words


def test_a_burst_of_one_person_is_held(gus: Profile) -> None:
    policy(hold=Hold.NONE, burst_of_profile=3, burst_of_network=0, burst_minutes=5)
    his = replace(KNOWN, profile=gus.public_id, client="198.51.100.7")
    for number in range(3):
        assert reason(his) == ""
        remember_origin("comment", str(number), f"198.51.100.{number}", gus)
    assert reason(his) == "burst"
    assert reason(replace(his, is_edit=True)) == ""
    assert reason(replace(KNOWN, profile="", client="198.51.100.7")) == ""
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1), tick=False):
        assert reason(his) == ""


def test_a_burst_from_one_network_is_held(gus: Profile) -> None:
    policy(hold=Hold.NONE, burst_of_profile=0, burst_of_network=2, burst_minutes=5)
    for number in range(2):
        remember_origin("comment", str(number), f"2001:db8::{number}", gus)
    assert reason(replace(KNOWN, client="2001:db8::9")) == "burst"
    assert reason(replace(KNOWN, client="2001:db8:0:1::9")) == ""
    # Twenty-five at school may each say something: that is less than what is a burst by default.
    ModerationPolicy.objects.update(burst_of_network=ModerationPolicy().burst_of_network)
    for number in range(25):
        remember_origin("comment", f"school {number}", "203.0.113.9", gus)
    assert reason(replace(KNOWN, client="203.0.113.9")) == ""
