"""The notices that notification itself sends: to confirm a subscription, to see all one's subscriptions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.notification.kinds import Letter, Notice, NoticeKind, letter
from broadsheet.notification.models import Subscription
from broadsheet.notification.publication import public_url, publication_name
from broadsheet.notification.tokens import CONFIRM, OVERVIEW, SILENCE
from broadsheet.notification.topics import shown_subject_of, subject_of


def _asked(notice: Notice) -> Subscription | None:
    """The subscription that is to be confirmed, as long as it was not asked for anew and nobody has confirmed it."""
    facts = notice.facts
    return Subscription.objects.asked().filter(public_id=facts["subscription"], nonce=facts["nonce"]).first()


def _may_confirm(notice: Notice) -> bool:
    asked = _asked(notice)
    return asked is not None and subject_of(asked.topic) is not None


def _write_confirm(notice: Notice) -> Letter:
    asked = _asked(notice)
    assert asked is not None  # noqa: S101 - `_may_confirm` has seen to it a moment ago
    return letter(
        notice,
        _("Please confirm: {subject}").format(subject=shown_subject_of(asked.topic).title),
        "notification/mail/confirm",
        topic=shown_subject_of(asked.topic),
        wanted=Subscription.Kind(asked.asked_kind).label,
        confirm_url=public_url("notification:confirm", t=CONFIRM.token(f"{asked.public_id}.{asked.nonce}")),
        **_common(notice),
    )


def _write_overview(notice: Notice) -> Letter:
    return letter(
        notice,
        _("Your subscriptions to {publication}").format(publication=publication_name()),
        "notification/mail/overview",
        overview_url=public_url("notification:overview", t=OVERVIEW.token(notice.address)),
        **_common(notice),
    )


def _common(notice: Notice) -> dict[str, Any]:
    return {"silence_url": public_url("notification:silence", t=SILENCE.token(notice.address))}


CONFIRM_NOTICE = NoticeKind(
    name="confirm",
    label=gettext_lazy("Confirmation of a subscription"),
    may_receive=_may_confirm,
    write=_write_confirm,
)
OVERVIEW_NOTICE = NoticeKind(
    name="overview",
    label=gettext_lazy("Overview of one's subscriptions"),
    may_receive=lambda notice: Subscription.objects.in_force().of_address(notice.address).exists(),
    write=_write_overview,
)
