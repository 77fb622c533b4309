"""Idempotency keys: a repeated submission gets the first answer and writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from broadsheet.gate.models import AnsweredKey

# Long enough for a form that lies open overnight and is sent twice in the morning.
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Key:
    """Names one submission. `scope` is the verb and whom it is for; equal digests are the same submission."""

    scope: str
    digest: str

    @classmethod
    def of(cls, scope: str, *parts: str) -> Key:
        """Make a key of what identifies a submission: the form's own key when it has one, and all that was typed."""
        # Lengths in front, so that no two lists of parts make the same text.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return cls(scope, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


@dataclass(frozen=True)
class Answer:
    """What a submission led to; `is_repeat` when somebody had been here before."""

    reference: str
    is_repeat: bool


def answer_once(key: Key, write: Callable[[], str]) -> Answer:
    """Run `write` in a transaction and remember the reference it returns; a repeat gets that reference instead.

    Two at once are told apart by the key's unique constraint: the second waits for the first to commit, then answers
    as it did. A `write` that raises leaves no trace, so the next attempt is a first one.
    """
    earlier = earlier_answer(key)
    if earlier is not None:
        return earlier
    try:
        with transaction.atomic():
            row = AnsweredKey.objects.create(scope=key.scope, digest=key.digest)
            row.reference = write()
            row.save(update_fields=["reference"])
    except IntegrityError:
        earlier = earlier_answer(key)
        if earlier is None:
            raise
        return earlier
    return Answer(row.reference, is_repeat=False)


def earlier_answer(key: Key) -> Answer | None:
    """Return what the same submission led to before; None for one that is the first."""
    references = AnsweredKey.objects.filter(scope=key.scope, digest=key.digest).values_list("reference", flat=True)
    reference = references.first()
    return None if reference is None else Answer(reference, is_repeat=True)


def forget_old_keys(now: datetime | None = None) -> int:
    """Forget what was answered more than a day ago; return how many that were. For the timetable."""
    old = AnsweredKey.objects.filter(created_at__lt=(now or timezone.now()) - KEPT_FOR)
    return old.delete()[0]
