"""Voting: one voice of each profile on each comment, up or down, to be changed and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import new_nameless_guest, profile_of
from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import announce, version_for
from broadsheet.discussion.actions.branches import check_branch_open, lock_root
from broadsheet.discussion.actions.refusals import check_open, too_many
from broadsheet.discussion.models import DOWN, NONE, UP, Comment, Vote
from broadsheet.discussion.sites import takes_down_votes
from broadsheet.gate.keys import Key, answer_once, earlier_answer
from broadsheet.gate.limits import Limit, network_of, take_all
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.bans import check_not_banned

# Somebody who reads a long thread to its end and has an opinion on all of it.
OF_PROFILE = Limit("votes", 400, timedelta(hours=1))
# A school, an office or a whole town may share an address; they are many, and none of them is a script.
OF_NETWORK = Limit("votes-of-network", 2_000, timedelta(hours=1))
# Who comes without a cookie is new every time. On one comment a shared address has so many new voices in a day.
NEW_ON_COMMENT = Limit("new-votes-on-comment", 30, timedelta(days=1))
NEW_OF_NETWORK = Limit("new-votes-of-network", 300, timedelta(days=1))


@dataclass(frozen=True)
class Stranger:
    """Somebody who votes and whom we do not know; `key` is what their browser calls itself, if it says anything."""

    key: str = ""


# Whoever may vote: a profile that is known, a member who has none yet, a stranger.
Voter = Profile | User | Stranger


@dataclass(frozen=True)
class Voted:
    """A comment as it stands after a vote, who voted and how; `version` is the thread's that had it so."""

    comment: Comment
    by: Profile | None  # None: somebody who never voted took nothing back
    value: int
    version: int = 0


def cast_vote(comment: Comment, *, by: Voter, value: int, client: str = "") -> Voted:
    """Let somebody's voice on a comment be `value`: 1, -1, or 0 for none. The same again changes nothing.

    A stranger becomes a guest without a name; the same `key` is the same stranger. Whoever comes from no `client` is a
    program of ours, and has no limit. Refusals: `no-such-vote`,
    `vote-on-unpublished`, those of `check_open`, `branch-closed`, `no-down-votes`, `banned`, `too-many`, `vote-on-own`.
    """
    if value not in (UP, DOWN, NONE):
        raise no_such_vote()
    _check_votable(comment)
    if value == DOWN and not takes_down_votes(comment.thread):
        raise _no_down_votes()
    known = _known(by, client)
    check_not_banned(known, client)
    _check_limits(comment, known, client)
    if known is None and value == NONE:
        return Voted(comment, None, NONE)
    voter = known or _new(by, client)
    with transaction.atomic():
        # The row is the lock: two votes on one comment are written one after the other, and both counted.
        locked: Comment = (
            Comment.objects.select_for_update(of=("self",), no_key=True).select_related("thread").get(pk=comment.pk)
        )
        lock_root(locked)
        _check_votable(locked)
        _check_not_own(locked, voter)
        _write(locked, voter, value)
    versioned = Comment.objects.annotate(version=version_for("thread", "thread_id"))
    written = versioned.select_related("author", "thread").get(pk=comment.pk)
    return Voted(written, voter, value, written.version)


def take_back_votes(profile: Profile) -> None:
    """Take back every vote of a profile, so that it counts nowhere. For whoever is erased."""
    for comment in Comment.objects.filter(votes__profile=profile).order_by("pk"):
        with transaction.atomic():
            locked = Comment.objects.select_for_update(no_key=True).get(pk=comment.pk)
            _write(locked, profile, NONE)


def no_such_vote() -> Refusal:
    """Return what is said of a vote that is neither up, down nor none."""
    return Refusal("no-such-vote", _("A vote is 1 (up), -1 (down) or 0 (none)."), field="value")


def _write(comment: Comment, voter: Profile, value: int) -> None:
    votes = Vote.objects.filter(comment=comment, profile=voter)
    before = votes.values_list("value", flat=True).first() or NONE
    if value == before:
        return
    if value == NONE:
        votes.delete()
    elif before == NONE:
        Vote.objects.create(comment=comment, profile=voter, value=value)
    else:
        votes.update(value=value)
    Comment.objects.filter(pk=comment.pk).update(
        up_count=F("up_count") + int(value == UP) - int(before == UP),
        down_count=F("down_count") + int(value == DOWN) - int(before == DOWN),
        score=F("score") + value - before,
    )
    if comment.is_published:
        announce(comment.thread.topic, "comment-voted", about=comment.public_id)


def _known(by: Voter, client: str) -> Profile | None:
    """The voter's profile; None for a stranger's first vote."""
    if isinstance(by, Profile):
        return by
    if isinstance(by, User):
        return profile_of(by)
    first = earlier_answer(_key(by, client)) if by.key else None
    return Profile.objects.get(public_id=first.reference) if first else None


def _new(by: Voter, client: str) -> Profile:
    if not (isinstance(by, Stranger) and by.key):
        return new_nameless_guest()
    first = answer_once(_key(by, client), lambda: new_nameless_guest().public_id)
    return Profile.objects.get(public_id=first.reference)


def _key(stranger: Stranger, client: str) -> Key:
    return Key.of("voter", stranger.key, network_of(client) if client else "")


def _check_limits(comment: Comment, voter: Profile | None, client: str) -> None:
    if not client:
        return
    network = network_of(client)
    shared = (OF_NETWORK, network)
    if voter:
        turns = [(OF_PROFILE, voter.public_id), shared]
    else:
        turns = [shared, (NEW_ON_COMMENT, f"{network} {comment.public_id}"), (NEW_OF_NETWORK, network)]
    if take_all(*turns):
        raise too_many()


def _check_votable(comment: Comment) -> None:
    if not comment.is_published:
        raise Refusal("vote-on-unpublished", _("Only a comment that is published can be voted on."), status=409)
    check_open(comment.thread)
    check_branch_open(comment)


def _no_down_votes() -> Refusal:
    sentence = _("Comments are not voted down here. Answer this one, or report it if it breaks the rules.")
    return Refusal("no-down-votes", sentence, status=403, field="value")


def _check_not_own(comment: Comment, voter: Profile) -> None:
    if comment.author_id == voter.pk:
        raise Refusal("vote-on-own", _("This comment is yours: its score is for others to make."), status=403)
