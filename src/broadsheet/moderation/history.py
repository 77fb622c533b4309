"""What a moderator should know of a writer and of a thing: what became of it, and what readers complain of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from broadsheet.accounts.models import Profile
from broadsheet.moderation.kinds import ModeratedKind, moderated_kinds
from broadsheet.moderation.models import Ban, Origin, Report, Standing

# Of what reporters add, the latest; a campaign against somebody shall not fill the desk.
WORDS_SHOWN = 5
# From which somebody writes in a month, at home, at work and on the way; more are a telephone's passing ones.
NETWORKS = 5


@dataclass
class History:
    """What became of everything that somebody wrote here: how much of it stands how, how often it was reported."""

    writer: Profile
    counts: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    decisions: int = 0
    bans: list[Ban] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        """Since when they are a member, or a guest whom we know."""
        user = self.writer.user
        return user.date_joined if user else self.writer.created_at

    @property
    def published(self) -> int:
        """How much of it everybody can read."""
        return self.counts[Standing.PUBLISHED]

    @property
    def held(self) -> int:
        """How much of it awaits a moderator."""
        return self.counts[Standing.HELD]

    @property
    def rejected(self) -> int:
        """How much of it was rejected."""
        return self.counts[Standing.REJECTED]

    @property
    def removed(self) -> int:
        """How much of it was removed."""
        return self.counts[Standing.REMOVED]


@dataclass
class ReportsOnThing:
    """The open reports on one thing: how many, for which reasons, and the latest words; never by whom."""

    count: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    @property
    def by_reason(self) -> list[tuple[str, int]]:
        """Each reason in words with its number, the most frequent first."""
        return [(str(Report.Reason(reason).label), count) for reason, count in self.reasons.most_common()]


@dataclass(frozen=True)
class Past:
    """One earlier decision, for whoever decides next."""

    decision: Any
    what: str


def histories_of(writers: Mapping[int, Profile]) -> dict[int, History]:
    """Return the history of each writer by the profile's primary key, in a few queries for all."""
    found = {pk: History(writer) for pk, writer in writers.items()}
    for kind in moderated_kinds() if found else ():
        if not kind.changes_another:
            _count_written(kind, found)
        _count_decisions(kind, found)
        _count_reports(kind, found)
    for ban in Ban.objects.in_force(timezone.now()).filter(profile__in=list(found)) if found else ():
        found[ban.profile_id].bans.append(ban)  # type: ignore[index]
    return found


def open_reports_on(found: Sequence[tuple[ModeratedKind, Any]]) -> dict[tuple[str, int], ReportsOnThing]:
    """Return the open reports on things that have some, by kind and primary key; one query for each kind."""
    reports: dict[tuple[str, int], ReportsOnThing] = {}
    for kind in moderated_kinds():
        pks = [thing.pk for other, thing in found if other.name == kind.name]
        if kind.report_rows is None or not pks:
            continue
        opened = kind.report_rows.filter(subject__in=pks, settled_at=None).order_by("-pk")
        for subject, reason, text in opened.values_list("subject", "reason", "text"):
            on_thing = reports.setdefault((kind.name, subject), ReportsOnThing())
            on_thing.count += 1
            on_thing.reasons[reason] += 1
            if text and len(on_thing.words) < WORDS_SHOWN:
                on_thing.words.append(text)
    return reports


def decisions_on(kind: ModeratedKind, pk: int) -> list[Any]:
    """Return every decision on one thing, the latest first."""
    return list(_with_names(kind.decision_rows.filter(subject=pk)))


def decisions_about(writer: Profile, at_most: int) -> list[Past]:
    """Return the latest decisions on what somebody wrote, of all kinds."""
    found = [
        Past(decision, kind.name)
        for kind in moderated_kinds()
        for decision in _with_names(kind.decision_rows.filter(subject__author=writer))[:at_most]
    ]
    return sorted(found, key=lambda past: past.decision.at, reverse=True)[:at_most]


def networks_of(writer: Profile) -> list[str]:
    """Return the networks that somebody wrote from lately, as far as that is remembered, the latest first."""
    networks = Origin.objects.filter(profile=writer).order_by("-at").values_list("network", flat=True)
    return list(dict.fromkeys(networks))[:NETWORKS]


def _with_names(decisions: Any) -> Any:
    return decisions.select_related("by", "ruling").order_by("-pk")


def _count_written(kind: ModeratedKind, found: Mapping[int, History]) -> None:
    rows = kind.rows().filter(author__in=list(found)).order_by()
    for author, standing, number in rows.values_list("author", "standing").annotate(number=Count("pk")):
        found[author].counts[standing] += number


def _count_decisions(kind: ModeratedKind, found: Mapping[int, History]) -> None:
    rows = kind.decision_rows.filter(subject__author__in=list(found)).order_by()
    undone = Q(undoes__isnull=False) | Q(undone_by__isnull=False)
    for author, number in rows.exclude(undone).values_list("subject__author").annotate(number=Count("pk")):
        found[author].decisions += number


def _count_reports(kind: ModeratedKind, found: Mapping[int, History]) -> None:
    if kind.report_rows is None:
        return
    rows = kind.report_rows.filter(subject__author__in=list(found)).order_by()
    for author, number in rows.values_list("subject__author").annotate(number=Count("pk")):
        found[author].reports += number
