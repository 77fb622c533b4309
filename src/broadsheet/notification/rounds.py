"""A postman's round: from something that happened to a mail for each who subscribes to its topic, some at a time."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from broadsheet.notification.messages import Reader, write_messages
from broadsheet.notification.models import Round, Subscription, SubscriptionQuerySet
from broadsheet.notification.recipients import of_others

AT_ONCE = 200  # subscriptions in one transaction: other writers wait for its end


def write_rounds(*, at_most: int = 50, at_once: int = AT_ONCE) -> int:
    """Go on with the oldest unfinished rounds, `at_most` steps of `at_once` subscriptions; return how many it took."""
    steps = 0
    while steps < at_most and (unfinished := Round.objects.filter(finished_at=None).order_by("pk").first()):
        _go_on(unfinished, at_once)
        steps += 1
    return steps


def _go_on(one: Round, at_once: int) -> None:
    """Write the next messages and note how far it went, in one transaction: a kill leaves both or neither."""
    with transaction.atomic():
        batch = list(_subscribers(one)[:at_once])
        reached = batch[-1].pk if batch else one.reached
        finished_at = None if len(batch) == at_once else timezone.now()
        # Of two workers with the same step the second finds that the round has gone on, and writes nothing.
        mine = Round.objects.filter(pk=one.pk, reached=one.reached, finished_at=None)
        if mine.update(reached=reached, finished_at=finished_at):
            write_messages(one.kind, one.occasion, map(Reader.of, batch), one.facts)


def _subscribers(one: Round) -> SubscriptionQuerySet:
    wishes = Subscription.objects.in_force().filter(
        topic=one.topic, kind=one.wanted, pk__gt=one.reached, confirmed_at__lte=one.created_at
    )
    if one.but_not is not None:
        wishes = of_others(wishes, one.but_not)
    return wishes.select_related("profile").order_by("pk")
