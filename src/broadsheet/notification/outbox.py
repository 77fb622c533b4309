"""The outbox: mail that was written down is sent afterwards, at least once, always under the same Message-ID.

As many workers as there are may call `send_due`. Each takes one message at a time and holds it by a lease. A worker
that is killed leaves a lease that runs out, and another one sends the message, again if need be. While a lease holds,
nobody else touches the message. What wakes a worker is a hint (tasks.py); the timetable looks too.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from broadsheet.notification.kinds import Letter, Notice, NoticeKind, notice_kind
from broadsheet.notification.models import REASON_LIMIT, OutboxMessage, Subscription
from broadsheet.notification.post import Post, Refused, Unreachable, mail_of, one_line, what_went_wrong
from broadsheet.notification.publication import public_url
from broadsheet.notification.recipients import has_proven, is_silenced, proven_address_of
from broadsheet.notification.tokens import STOP
from broadsheet.notification.topics import subject_of

log = logging.getLogger("broadsheet.notification")

AT_ONCE = 50  # messages in one run: then whoever called may look around
# Longer than one hand-over can take: some eight steps of at most EMAIL_TIMEOUT (20 seconds) each.
LEASE = timedelta(minutes=5)
# The first of them after a minute, the last after two days of trying: mail servers are mended by then, or never.
ATTEMPTS = 15
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=6)
# After a server that cannot be reached at all; no message is at fault for that, so none loses an attempt by it.
OUTAGE = timedelta(minutes=5)

State = OutboxMessage.State
_chance = secrets.SystemRandom()


class Withdrawn(Exception):
    """The message is not to be sent any more; says why."""


def send_due(*, at_most: int = AT_ONCE) -> int:
    """Send what is due, `at_most` so many messages; return how many were taken in hand.

    Refuses to run inside a transaction: a mail server may take its time, and a rollback would forget what was sent.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Mail is never sent inside a transaction.")
    taken = 0
    with Post() as post:
        while taken < at_most and (message := _take()):
            taken += 1
            try:
                _see_to(message, post)
            except Unreachable as outage:
                _wait_out(message, str(outage))
                break
    return taken


def delay_after(attempts: int, chance: float) -> timedelta:
    """Return how long to wait after so many failed attempts: twice as long each time, up to `LONGEST_DELAY`.

    `chance`, from 0 to 1, moves it by a quarter either way, so that what failed together does not come back together.
    """
    doublings = min(attempts - 1, 30)  # a large number of them is a number too large
    delay: timedelta = min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
    return delay * (0.75 + chance / 2)


def findings(now: datetime | None = None) -> Iterator[str]:
    """Yield a sentence for an operator about mail that does not arrive. For `broadsheet check`."""
    now = now or timezone.now()
    dead = OutboxMessage.objects.dead().count()
    if dead:
        yield f"{dead} mails could not be delivered: look at them in the newsroom under Mail"
    late = OutboxMessage.objects.waiting().filter(created_at__lte=now - timedelta(hours=1)).order_by("created_at")
    if oldest := late.first():
        reason = f"; last: {oldest.reason}" if oldest.reason else ""
        yield f"{late.count()} mails wait, the oldest since {oldest.created_at:%Y-%m-%d %H:%M} UTC{reason}"


def _take() -> OutboxMessage | None:
    """Take the message that is due longest; the lease and the attempt are written before anything is tried."""
    now = timezone.now()
    holder = secrets.token_hex(12)
    with transaction.atomic():
        # Where the database can, without waiting for what another worker is taking this moment.
        due = OutboxMessage.objects.due(now).select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")
        first = due.values_list("pk", flat=True).first()
        if first is None:
            return None
        OutboxMessage.objects.filter(pk=first).update(
            leased_by=holder, leased_until=now + LEASE, attempts=F("attempts") + 1
        )
    return OutboxMessage.objects.select_related("profile", "subscription").get(pk=first)


def _see_to(message: OutboxMessage, post: Post) -> None:
    """Send a message that was taken, or say what becomes of it. Raises Unreachable."""
    try:
        if message.attempts > ATTEMPTS:
            raise Refused(gettext_noop("The worker ended each time it tried to send this."))
        _send(message, post)
    except Unreachable:
        raise
    except Withdrawn as why:
        _settle(message, State.WITHDRAWN, str(why))
    except Refused as why:
        _settle(message, State.DEAD, str(why))
    except OSError as error:
        _try_later(message, what_went_wrong(error))
    except Exception as error:
        log.exception("%s cannot be written.", message)
        _try_later(message, what_went_wrong(error))
    else:
        _settle(message, State.SENT, "")


def _send(message: OutboxMessage, post: Post) -> None:
    language = message.language if message.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        notice, letter = _written(message, language)
        post.hand_in(mail_of(notice, letter, message.number))


def _written(message: OutboxMessage, language: str) -> tuple[Notice, Letter]:
    """Write the letter, in the active language, if its reader may still have it. Raises Withdrawn."""
    kind = _kind_of(message)
    notice = Notice(
        kind=message.kind,
        address=_address_of(message),
        language=language,
        facts=message.facts,
        profile=message.profile,
        topic=message.subscription.topic if message.subscription else "",
        stop_url=_stop_url(message.subscription),
    )
    if is_silenced(notice.address):
        raise Withdrawn(gettext_noop("The reader wants no mail from here."))
    if not kind.may_receive(notice):
        raise Withdrawn(gettext_noop("It is no longer so, or the reader may no longer know of it."))
    return notice, kind.write(notice)


def _kind_of(message: OutboxMessage) -> NoticeKind:
    kind = notice_kind(message.kind)
    if kind is None:
        raise Refused(gettext_noop("Nothing here knows how to write mail of this kind."))
    return kind


def _address_of(message: OutboxMessage) -> str:
    """Return where the reader is to be written to now. Raises Withdrawn where they want it no more, or are gone."""
    wish = message.subscription
    if wish is not None and not (wish.is_in_force and subject_of(wish.topic)):
        raise Withdrawn(gettext_noop("The subscription was stopped, or its topic is no longer public."))
    is_members = message.profile is not None and not message.profile.is_guest and not (wish and wish.address)
    if message.profile is None or not is_members or has_proven(message.profile, message.address):
        return message.address
    address = proven_address_of(message.profile)
    if not address:
        raise Withdrawn(gettext_noop("The member has no proven address any more."))
    return address


def _stop_url(wish: Subscription | None) -> str:
    return public_url("notification:stop", t=STOP.token(wish.public_id)) if wish else ""


def _settle(message: OutboxMessage, state: str, reason: str) -> None:
    """Note how it ended. What was sent is sent, whoever has taken it by now; anything else only while it is ours."""
    mine = OutboxMessage.objects.filter(pk=message.pk)
    if state != State.SENT:
        mine = mine.filter(leased_by=message.leased_by)
    mine.update(
        state=state, reason=one_line(reason, REASON_LIMIT), settled_at=timezone.now(), leased_by="", leased_until=None
    )


def _try_later(message: OutboxMessage, reason: str) -> None:
    """Put it back for another attempt, or give it up after the last."""
    if message.attempts >= ATTEMPTS:
        _settle(message, State.DEAD, reason)
        return
    due = timezone.now() + delay_after(message.attempts, _chance.random())
    OutboxMessage.objects.filter(pk=message.pk, leased_by=message.leased_by).update(
        next_attempt_at=due, reason=one_line(reason, REASON_LIMIT), leased_by="", leased_until=None
    )


def _wait_out(message: OutboxMessage, reason: str) -> None:
    """Put it back unharmed, and let everything that is due wait with it: the server will be asked again in a while."""
    now = timezone.now()
    until = now + OUTAGE * (0.75 + _chance.random() / 2)
    log.warning("The mail server cannot be reached: %s", reason)
    held = OutboxMessage.objects.filter(pk=message.pk, leased_by=message.leased_by)
    held.update(attempts=F("attempts") - 1, leased_by="", leased_until=None)
    OutboxMessage.objects.due(now).update(next_attempt_at=until, reason=one_line(reason, REASON_LIMIT))
