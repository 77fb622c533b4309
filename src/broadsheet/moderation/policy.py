"""The policy that submissions are judged by: the publication's, with what an article's has of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.kernel import written
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.models import WHOLE_PUBLICATION, ModerationPolicy
from broadsheet.moderation.rights import may_moderate
from broadsheet.moderation.words import MOST_LINES, UnfitLine, WordList, lines_of, word_list

SETTABLE = ("hold", "max_links", "words", "burst_of_profile", "burst_of_network", "burst_minutes")


@dataclass(frozen=True)
class Policy:
    """What applies in one place. `lists` are the publication's words and the place's own."""

    hold: str
    max_links: int
    lists: tuple[WordList, ...]
    burst_of_profile: int
    burst_of_network: int
    burst_minutes: int


def policy_for(scopes: Sequence[str]) -> Policy:
    """Return the policy for what goes to `scopes`, the narrowest first; what none of them says is the publication's."""
    rows = ModerationPolicy.objects.in_bulk([WHOLE_PUBLICATION, *scopes], field_name="scope")
    whole = rows.pop(WHOLE_PUBLICATION, ModerationPolicy())
    own = [rows[scope] for scope in scopes if scope in rows]
    links = [row.max_links for row in (*own, whole) if row.max_links is not None]
    return Policy(
        hold=next(row.hold for row in (*own, whole) if row.hold),
        max_links=links[0],
        lists=tuple(word_list(row.words) for row in (*own, whole) if row.words),
        burst_of_profile=whole.burst_of_profile,
        burst_of_network=whole.burst_of_network,
        burst_minutes=whole.burst_minutes,
    )


def own_policy(scope: str) -> ModerationPolicy:
    """Return what is set for the publication, or for one place; unsaved where nothing is."""
    nothing = ModerationPolicy(scope=scope, hold="", max_links=None) if scope else ModerationPolicy()
    return ModerationPolicy.objects.filter(scope=scope).first() or nothing


def set_policy(policy: ModerationPolicy, *, by: User) -> None:
    """Put a policy in force, for what is submitted from now on; one that says nothing of its own is dropped.

    Refusals: `not-a-moderator`, those of `clean_words`.
    """
    if not may_moderate(by):
        raise Refusal("not-a-moderator", _("Only moderators decide."), status=403)
    words = clean_words(policy.words)
    values = {name: getattr(policy, name) for name in SETTABLE} | {"words": words, "changed_by": by}
    if policy.scope and not policy.hold and policy.max_links is None and not words:
        ModerationPolicy.objects.filter(scope=policy.scope).delete()
    else:
        ModerationPolicy.objects.update_or_create(scope=policy.scope, defaults=values)


def clean_words(text: str) -> str:
    """Return a list of words, each line once. Refusals, naming the line: `words-unfit`, `words-too-many`."""
    lines = lines_of(text.replace("\0", ""))
    if len(lines) > MOST_LINES:
        sentence = format_lazy(
            _("A list has at most {limit} lines."), limit=written.number(MOST_LINES, get_language() or "")
        )
        raise Refusal("words-too-many", sentence, field="words")
    words = WordList()
    for number, line in lines:
        try:
            words.add(line)
        except UnfitLine as unfit:
            # The message is in the catalogues; words.py marks it for them.
            why = _(unfit.message).format(**unfit.values)
            sentence = _("Line {number}: {why}").format(number=number, why=why)
            raise Refusal("words-unfit", sentence, field="words") from None
    return "\n".join(dict.fromkeys(line for _number, line in lines))
