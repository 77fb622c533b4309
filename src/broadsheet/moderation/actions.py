"""What moderators do: decide, on one thing or on many in one go, ban whoever wrote them, and take it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import Profile, User
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.bans import ban, lift_all, origin_of
from broadsheet.moderation.kinds import ModeratedKind, moderated_kind, moderated_kinds
from broadsheet.moderation.models import REASON_LIMIT, Ban, Moderated, Ruling, Standing
from broadsheet.moderation.reports import reopen_reports, settle_reports
from broadsheet.moderation.rights import may_moderate

Verb = Ruling.Verb

# What a moderator may make of a thing, by how it stood when they looked at it.
DECISIONS: dict[str, tuple[Verb, ...]] = {
    Standing.HELD: (Verb.PUBLISH, Verb.REJECT, Verb.REMOVE, Verb.SPAM),
    Standing.PUBLISHED: (Verb.KEEP, Verb.REMOVE, Verb.SPAM),
    Standing.REJECTED: (Verb.PUBLISH,),
    Standing.REMOVED: (Verb.PUBLISH,),
}
STANDINGS: dict[str, Standing] = {
    Verb.PUBLISH: Standing.PUBLISHED,
    Verb.KEEP: Standing.PUBLISHED,
    Verb.REJECT: Standing.REJECTED,
    Verb.REMOVE: Standing.REMOVED,
    Verb.SPAM: Standing.REMOVED,
}
# Whoever is banned has done something that is not left standing.
WITH_A_BAN = (Verb.REJECT, Verb.REMOVE, Verb.SPAM, Verb.BAN)
# The reason that stands with what was removed as spam, unless the moderator says more.
SPAM = "spam"


@dataclass(frozen=True)
class Chosen:
    """A thing as a moderator saw it. `version` is what `ModeratedKind.version` said then; empty: only `seen` counts."""

    kind: str
    key: str
    seen: str = Standing.HELD
    version: str = ""


@dataclass(frozen=True)
class BanWish:
    """Ban whoever wrote what is decided on, for `hours` (None: for ever); with `networks` also where it came from."""

    hours: int | None
    networks: bool = False


@dataclass
class Outcome:
    """What came of a ruling: what was decided on, what was not and why, whom it bans. No ruling if nothing came."""

    ruling: Ruling | None = None
    done: list[Moderated] = field(default_factory=list)
    refused: list[tuple[str, Refusal]] = field(default_factory=list)
    bans: list[Ban] = field(default_factory=list)
    lifted: int = 0


def decide(kind: str, key: str, standing: str, *, by: User, reason: str = "", seen: str = Standing.HELD) -> Moderated:
    """Give one thing the standing that a moderator decides; raises the refusal of `rule` if it is refused."""
    verbs = {Standing.PUBLISHED: Verb.PUBLISH, Standing.REJECTED: Verb.REJECT, Standing.REMOVED: Verb.REMOVE}
    if standing not in verbs:
        _check_moderator(by)
        raise _no_such_decision()
    outcome = rule(verbs[Standing(standing)], [Chosen(kind, key, seen)], by=by, reason=reason)
    for _name, refusal in outcome.refused:
        raise refusal
    return outcome.done[0]


def rule(
    verb: str, chosen: Sequence[Chosen], *, by: User, reason: str = "", ban_wish: BanWish | None = None
) -> Outcome:
    """Decide on each of `chosen` for itself, all in one ruling, and ban their writers where that is wished.

    Of two moderators who decide on the same thing at once the first is heard; the second is told by Refusal
    `already-decided`, or `changed-since` when its author was quicker, and so is of what is not there (`not-found`);
    the rest is done. Raises, before anything is done: `not-a-moderator`, `no-such-decision`, `reason-missing`,
    `reason-too-long`, `ban-without-cause`.
    """
    _check_moderator(by)
    if any(verb not in (*DECISIONS.get(one.seen, ()), Verb.BAN) for one in chosen):
        raise _no_such_decision()
    if ban_wish and verb not in WITH_A_BAN:
        raise Refusal("ban-without-cause", _("Whoever is banned is not published in the same go."), field="ban")
    reason = clean_reason(reason, verb)
    outcome = Outcome()
    writers: dict[int, Profile] = {}
    for one in chosen:
        try:
            thing = _decide_one(outcome, verb, one, by, reason)
            writers[thing.author_id] = thing.author  # type: ignore[attr-defined]
        except Refusal as refusal:
            outcome.refused.append((_name_of(one), refusal))
    if ban_wish:
        networks = [origin_of(one.kind, one.key) for one in chosen] if ban_wish.networks else []
        _ban_all(outcome, [*writers.values(), *filter(None, networks)], ban_wish, by, reason)
    return outcome


def ban_each(whom: Iterable[Profile | str], wish: BanWish, *, by: User, reason: str = "") -> Outcome:
    """Ban writers and networks without deciding on anything. Raises Refusal `not-a-moderator`, `reason-too-long`.

    What cannot be banned is told in the outcome.
    """
    _check_moderator(by)
    outcome = Outcome()
    _ban_all(outcome, whom, wish, by, clean_reason(reason, Verb.BAN))
    return outcome


def undo(ruling: Ruling, *, by: User) -> Outcome:
    """Give everything that a ruling decided on its standing from before, and lift the bans made with it.

    What has been decided on since, or has changed otherwise, stays as it is and is told (`already-decided`,
    `changed-since`). An undoing is a ruling too, and can itself be undone; the bans stay lifted then.
    Raises Refusal `not-a-moderator`.
    """
    _check_moderator(by)
    outcome = Outcome()
    for kind in moderated_kinds():
        decisions = kind.decision_rows.filter(ruling=ruling, undone_by=None)
        for decision in decisions.order_by("pk"):
            try:
                _undo_one(outcome, kind, decision, by)
            except Refusal as refusal:
                outcome.refused.append((_title(kind, decision.subject_id), refusal))
    with transaction.atomic():
        outcome.lifted = lift_all(ruling.public_id, by=by)
        if outcome.lifted and outcome.ruling is None:
            outcome.ruling = Ruling.objects.create(verb=Verb.UNDO, by=by, undoes=ruling)
    return outcome


def clean_reason(text: str, verb: str) -> str:
    """Return the reason on one line. Raises Refusal `reason-missing` for a rejection without one, `reason-too-long`."""
    reason = " ".join(text.replace("\0", "").encode("utf-8", "replace").decode().split())
    if verb == Verb.REJECT and not reason:
        raise Refusal("reason-missing", _("Say why it is rejected."), field="reason")
    if len(reason) > REASON_LIMIT:
        sentence = format_lazy(_("A reason has at most {limit} characters."), limit=REASON_LIMIT)
        raise Refusal("reason-too-long", sentence, field="reason")
    return reason or (SPAM if verb == Verb.SPAM else "")


def _decide_one(outcome: Outcome, verb: str, one: Chosen, by: User, reason: str) -> Moderated:
    """Decide on one thing in a transaction of its own: rows of several, locked in one, could wait for each other."""
    kind = moderated_kind(one.kind)
    if kind is None:
        raise _not_found()
    with transaction.atomic():
        thing: Moderated = _locked(kind, one.key)
        _check_seen(kind, thing, one)
        if verb == Verb.BAN:
            return thing
        ruling = outcome.ruling or Ruling.objects.create(verb=verb, reason=reason, by=by)
        kind.record(thing, STANDINGS[verb], reason, ruling, None)
        settle_reports(kind.reports, thing, ruling)
    outcome.ruling = ruling
    outcome.done.append(thing)
    return thing


def _check_seen(kind: ModeratedKind, thing: Any, one: Chosen) -> None:
    if thing.standing != one.seen:
        raise _already_decided(thing)
    version = kind.version(thing)
    if not one.version or one.version == version:
        return
    if one.version.partition("-")[0] != version.partition("-")[0]:
        raise _already_decided(thing)
    raise Refusal("changed-since", _("It was edited while you looked at it. Look at it again."), status=409)


def _undo_one(outcome: Outcome, kind: ModeratedKind, decision: Any, by: User) -> None:
    with transaction.atomic():
        thing = _locked(kind, pk=decision.subject_id)
        if thing.last_decision != decision.pk:
            raise _already_decided(thing)
        if thing.standing != decision.standing:
            raise Refusal("changed-since", _("It has changed since, and stays as it is."), status=409)
        undoing = outcome.ruling or Ruling.objects.create(verb=Verb.UNDO, by=by, undoes=decision.ruling)
        try:
            with transaction.atomic():
                kind.record(thing, decision.before, decision.before_reason, undoing, decision)
        except IntegrityError as error:  # what was decided on has been replaced, and only one may wait
            raise Refusal("changed-since", _("It has changed since, and stays as it is."), status=409) from error
        if thing.standing == Standing.PUBLISHED:
            reopen_reports(kind.reports, thing, decision.ruling)
        else:
            settle_reports(kind.reports, thing, undoing)
    outcome.ruling = undoing
    outcome.done.append(thing)


def _ban_all(outcome: Outcome, whom: Iterable[Profile | str], wish: BanWish, by: User, reason: str) -> None:
    """Ban each profile and network once, in the ruling of the outcome, or in one that is made for it."""
    for one in dict.fromkeys(whom):
        try:
            with transaction.atomic():
                ruling = outcome.ruling or Ruling.objects.create(verb=Verb.BAN, reason=reason, by=by)
                made = ban(one, by=by, hours=wish.hours, reason=reason, bulk=ruling.public_id)
            outcome.ruling = ruling
            outcome.bans.append(made)
        except Refusal as refusal:
            outcome.refused.append((str(one), refusal))


def _locked(kind: ModeratedKind, key: str = "", pk: int | None = None) -> Any:
    """Return a thing as it is from now until the transaction ends.

    Locked first and read then: what hangs on a row would else be read as it was before the wait. Only the thing's own
    row: PostgreSQL cannot lock what an outer join may lack. SQLite's transaction locks all.
    """
    found = kind.called(key) if pk is None else kind.things().filter(pk=pk)
    first = found.select_for_update(of=("self",), no_key=True).first()
    thing = kind.things().filter(pk=first.pk).first() if first else None
    if thing is None:
        raise _not_found()
    return thing


def _name_of(one: Chosen) -> str:
    kind = moderated_kind(one.kind)
    thing = kind.called(one.key).first() if kind else None
    return kind.row(thing).author if kind and thing else ""


def _title(kind: ModeratedKind, pk: int) -> str:
    thing = kind.things().filter(pk=pk).first()
    return kind.row(thing).author if thing else ""


def _check_moderator(by: User) -> None:
    if not may_moderate(by):
        raise Refusal("not-a-moderator", _("Only moderators decide."), status=403)


def _no_such_decision() -> Refusal:
    return Refusal("no-such-decision", _("That cannot be decided here."))


def _not_found() -> Refusal:
    return Refusal("not-found", _("This does not exist, or no longer."), status=404)


def _already_decided(thing: Moderated) -> Refusal:
    sentence = format_lazy(
        _("Somebody else has decided on this already. How it stands now: {standing}."),
        standing=Standing(thing.standing).label,
    )
    return Refusal("already-decided", sentence, status=409)
