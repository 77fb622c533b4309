"""Writing mail down: who is to be told of an occasion, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from broadsheet.accounts.models import Profile
from broadsheet.gate.keys import Key
from broadsheet.notification.kinds import notice_kind
from broadsheet.notification.models import OutboxMessage, Subscription
from broadsheet.notification.recipients import proven_addresses_of

ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class Reader:
    """Whom to write to: a member at whatever address they have proven, anybody else at an address given here."""

    language: str
    profile: Profile | None = None
    address: str = ""
    subscription: Subscription | None = None

    @classmethod
    def of(cls, subscription: Subscription) -> Reader:
        """The reader who subscribed."""
        return cls(subscription.language, subscription.profile, subscription.address, subscription)


def write_messages(
    kind: str,
    occasion: str,
    readers: Iterable[Reader],
    facts: Mapping[str, Any],
    not_before: datetime | None = None,
) -> None:
    """Write a message to each of `readers` who can be written to, in the surrounding transaction.

    What was written for the same occasion and address before, of whatever kind, stays as it is: nobody gets two mails.
    """
    if notice_kind(kind) is None:
        raise ValueError(f"There is no notice kind {kind!r}.")
    readers = list(readers)
    members = proven_addresses_of([one.profile for one in readers if one.profile and not one.address])
    rows = [
        OutboxMessage(
            key=Key.of("mail", occasion, address).digest,
            kind=kind,
            facts=dict(facts),
            address=address,
            profile=reader.profile,
            subscription=reader.subscription,
            language=reader.language,
            next_attempt_at=not_before or timezone.now(),
        )
        for reader in readers
        if (address := reader.address or (members.get(reader.profile.pk, "") if reader.profile else ""))
    ]
    OutboxMessage.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
