"""What moderators do: decide."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.models import User
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.kinds import ModeratedKind, moderated_kind
from broadsheet.moderation.models import REASON_LIMIT, Moderated, Standing
from broadsheet.moderation.rights import may_moderate

# What a moderator may make of a thing, by how it stood when they looked at it.
DECISIONS: dict[str, tuple[Standing, ...]] = {
    Standing.HELD: (Standing.PUBLISHED, Standing.REJECTED, Standing.REMOVED),
    Standing.PUBLISHED: (Standing.REMOVED,),
    Standing.REJECTED: (Standing.PUBLISHED,),
    Standing.REMOVED: (Standing.PUBLISHED,),
}


def decide(kind: str, key: str, standing: str, *, by: User, reason: str = "", seen: str = Standing.HELD) -> Moderated:
    """Give a thing the standing that a moderator decides, and keep the decision with its reason.

    `seen` is how it stood when the moderator looked. Of two who decide at once the first is heard; the second gets
    Refusal `already-decided`, as their decision was about something that is so no more. Other refusals:
    `not-a-moderator`, `not-found`, `no-such-decision`, `reason-missing`, `reason-too-long`.
    """
    if not may_moderate(by):
        raise Refusal("not-a-moderator", _("Only moderators decide."), status=403)
    if standing not in DECISIONS.get(seen, ()):
        raise Refusal("no-such-decision", _("That cannot be decided here."))
    reason = clean_reason(reason, standing)
    known = moderated_kind(kind)
    if known is None:
        raise _not_found()
    with transaction.atomic():
        thing = _locked(known, key)
        if thing.standing != seen:
            raise _already_decided(thing)
        known.record(thing, standing, reason, by)
    return thing


def clean_reason(text: str, standing: str) -> str:
    """Return the reason on one line. Raises Refusal `reason-missing` for a rejection without one, `reason-too-long`."""
    reason = " ".join(text.replace("\0", "").split())
    if standing == Standing.REJECTED and not reason:
        raise Refusal("reason-missing", _("Say why it is rejected."), field="reason")
    if len(reason) > REASON_LIMIT:
        sentence = format_lazy(_("A reason has at most {limit} characters."), limit=REASON_LIMIT)
        raise Refusal("reason-too-long", sentence, field="reason")
    return reason


def _locked(kind: ModeratedKind, key: str) -> Moderated:
    # Only the thing's own row: PostgreSQL cannot lock what an outer join may lack. SQLite's transaction locks all.
    thing: Moderated | None = kind.called(key).select_for_update(of=("self",), no_key=True).first()
    if thing is None:
        raise _not_found()
    return thing


def _not_found() -> Refusal:
    return Refusal("not-found", _("This does not exist, or no longer."), status=404)


def _already_decided(thing: Moderated) -> Refusal:
    sentence = format_lazy(
        _("Somebody else has decided on this already. How it stands now: {standing}."),
        standing=Standing(thing.standing).label,
    )
    return Refusal("already-decided", sentence, status=409)
