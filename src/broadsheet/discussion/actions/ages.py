"""Closing discussions by their age, as the newsroom's rule says, and opening those again that the rule closes no more.

The rule is a site's: so many days after the first publication of the article, which is that of the earliest of its
language versions that is live. For the timetable: what is done is done once, and one run does only so much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from wagtail.log_actions import log

from broadsheet.delivery.announce import announce
from broadsheet.discussion.models import DiscussionSettings, Thread, ThreadQuerySet
from broadsheet.discussion.sites import articles_of
from broadsheet.publication.models import ArticleQuerySet

# In Wagtail's log, with nobody who did it.
CLOSED_BY_AGE, OPENED_BY_RULE = "broadsheet.close_old_thread", "broadsheet.open_young_thread"

BATCH = 50  # threads in one transaction: whoever writes meanwhile hardly waits
RUN = 2_000  # threads in one run, which then ends with its batch: a new rule takes minutes in a large archive


def follow_age_rule(now: datetime | None = None) -> int:
    """Close what has come of age on each site, where nobody has written too; open what no rule closes any more.

    What a moderator closed stays closed, what one opened again stays open. Returns how many threads were looked at; in
    the next run it goes on where this one ended.
    """
    moment = now or timezone.now()
    decided = list(DiscussionSettings.objects.select_related("site__root_page").order_by("pk"))
    rules = [one for one in decided if one.close_after_days]
    steps: list[Callable[[], int]] = [partial(_open_young, one, rules, moment) for one in decided]
    steps += [partial(_close_old, rule, moment) for rule in rules]
    seen = 0
    for step in steps:
        batch = BATCH
        while batch == BATCH and seen < RUN:
            batch = step()
            seen += batch
    return seen


@transaction.atomic
def _close_old(rule: DiscussionSettings, now: datetime) -> int:
    """Close some of the threads that are old enough; return how many."""
    settled = Thread.objects.filter(Q(is_closed=True) | Q(stays_open=True), translation_key=OuterRef("translation_key"))
    due = _of_age(rule, now).exclude(Exists(settled)).order_by()
    keys: set[UUID] = set(due.values_list("translation_key", flat=True).distinct()[:BATCH])
    for key in sorted(keys):
        thread = Thread.objects.begun(key)
        days = rule.close_after_days
        still_open = Thread.objects.filter(pk=thread.pk, is_closed=False, stays_open=False)
        if still_open.update(is_closed=True, closed_after_days=days):
            log(thread, CLOSED_BY_AGE, data={"days": days})
            announce(thread.topic, "thread-closed")
    return len(keys)


@transaction.atomic
def _open_young(decided: DiscussionSettings, rules: Sequence[DiscussionSettings], now: datetime) -> int:
    """Look at some of the threads that were closed sooner than their site says now; return how many.

    Those that a rule closes all the same bear these days from now on, so that nobody looks at them again.
    """
    days = decided.close_after_days
    threads = list(_closed_sooner(decided, rules).order_by("pk")[:BATCH])
    old = _keys_of_age(rules, now, [thread.translation_key for thread in threads])
    for thread in sorted(threads, key=attrgetter("translation_key")):  # the order in which everybody locks several
        same = Thread.objects.filter(pk=thread.pk, closed_after_days=thread.closed_after_days)
        if thread.translation_key in old:
            same.update(closed_after_days=days)
        elif same.update(is_closed=False, closed_after_days=0):
            log(thread, OPENED_BY_RULE, data={"days": days})
            announce(thread.topic, "thread-opened")
    return len(threads)


def _closed_sooner(decided: DiscussionSettings, rules: Sequence[DiscussionSettings]) -> ThreadQuerySet:
    """The threads of a site that were closed by age, sooner than it says now; all of them, where no rule is left."""
    of_story = {"translation_key": OuterRef("translation_key")}
    here = Exists(articles_of(decided.site).filter(**of_story))
    if decided.close_after_days:
        return Thread.objects.filter(here, closed_after_days__gt=0, closed_after_days__lt=decided.close_after_days)
    is_ruled = Exists(articles_of(*(rule.site for rule in rules)).filter(**of_story))
    return Thread.objects.filter(here, ~is_ruled, closed_after_days__gt=0)


def _keys_of_age(rules: Sequence[DiscussionSettings], now: datetime, keys: Sequence[UUID]) -> set[UUID]:
    """Those of the stories that any of the rules closes: where sites share them, the shortest one counts."""
    due = [_of_age(rule, now).filter(translation_key__in=keys) for rule in rules]
    return {key for articles in due for key in articles.values_list("translation_key", flat=True)}


def _of_age(rule: DiscussionSettings, now: datetime) -> ArticleQuerySet:
    """The live articles that a rule closes."""
    first_day = now - timedelta(days=rule.close_after_days)
    due: ArticleQuerySet = articles_of(rule.site).live().filter(first_published_at__lte=first_day)
    return due
