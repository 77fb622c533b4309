"""The one way to tell people something by mail: written down in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from broadsheet.accounts.models import Profile
from broadsheet.gate.keys import Key
from broadsheet.notification.kinds import notice_kind
from broadsheet.notification.messages import Reader, write_messages
from broadsheet.notification.models import Round, Subscription
from broadsheet.notification.tasks import wake


def notify(
    kind: str,
    *,
    occasion: str,
    to: Iterable[Reader],
    facts: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> None:
    """Tell `to` of an occasion (`comment:x7k2…:posted`), in a notice of `kind` that is written from `facts` when sent.

    A few readers who are known by name; for all who subscribe there is `notify_subscribers`. Readers who cannot be
    written to are left out. A rollback tells nobody, a repeat tells nobody twice. `not_before` lets it wait for more.
    """
    write_messages(kind, occasion, to, facts or {}, not_before)
    _wake_after_commit()


def notify_subscribers(
    kind: str,
    *,
    occasion: str,
    topic: str,
    wanted: Subscription.Kind,
    facts: Mapping[str, Any] | None = None,
    but_not: Profile | None = None,
) -> None:
    """Tell of an occasion everybody who by now subscribes to `topic` for what is `wanted`, except `but_not`.

    Writes one row, however many they are; their mails are written in the background. Who has got a mail by `notify`
    for the same occasion gets no second one.
    """
    known = notice_kind(kind)
    if known is None or known.about != topic.partition(":")[0]:
        raise ValueError(f"There is no notice kind {kind!r} about {topic!r}.")
    one = Round(
        key=Key.of("round", kind, occasion, topic, wanted).digest,
        kind=kind,
        occasion=occasion,
        facts=dict(facts or {}),
        topic=topic,
        wanted=wanted,
        but_not=but_not,
    )
    Round.objects.bulk_create([one], ignore_conflicts=True)
    _wake_after_commit()


def _wake_after_commit() -> None:
    # Robust: the mail is written, and whoever wrote it shall not fail because the hint could not be given.
    transaction.on_commit(wake, robust=True)
