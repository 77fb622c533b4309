"""Mail to moderators: something awaits them. One says all that does by then, and none comes before a while is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from broadsheet.accounts.models import User
from broadsheet.moderation.desk import HELD, DeskLine, queue, waiting_counts
from broadsheet.moderation.models import DeskMail
from broadsheet.moderation.rights import MODERATE, may_moderate
from broadsheet.notification.kinds import Letter, Notice, NoticeKind, letter
from broadsheet.notification.messages import Reader
from broadsheet.notification.notify import notify
from broadsheet.notification.publication import public_url

KIND = "held"
# Between two mails to one moderator, however much is held in the meantime.
PAUSE = timedelta(minutes=15)
# In one mail; the desk has them all.
LINES_SHOWN = 5


def tell_moderators(now: datetime | None = None) -> None:
    """Tell every moderator who wants it that something is held. In the transaction that holds it.

    A mail that is not due yet tells of this too. Else a new one is written: due at once, or when the pause since the
    last is over.
    """
    now = now or timezone.now()
    addresses = moderators_addresses()
    known = DeskMail.objects.filter(user__in=list(addresses)).values_list("user", flat=True)
    missing = [DeskMail(user_id=pk) for pk in addresses.keys() - set(known)]
    DeskMail.objects.bulk_create(missing, ignore_conflicts=True)
    idle = DeskMail.objects.filter(Q(due_at=None) | Q(due_at__lte=now), user__in=list(addresses), is_wanted=True)
    for mail in idle.select_related("user").order_by("pk"):
        due = max(now, mail.due_at + PAUSE) if mail.due_at else now
        # Of two who hold something at once, one writes the mail.
        if idle.filter(pk=mail.pk, due_at=mail.due_at).update(due_at=due):
            reader = Reader(_language_of(mail.user), address=addresses[mail.user_id])
            occasion = f"{KIND}:{mail.user_id}:{due.isoformat()}"
            notify(KIND, occasion=occasion, to=[reader], facts={"user": mail.user_id}, not_before=due)


def moderators_addresses() -> dict[int, str]:
    """Return the address of everybody who may decide at the desk and has proven one, by the user's primary key."""
    app, _dot, codename = MODERATE.partition(".")
    right = {"codename": codename, "content_type__app_label": app}
    may = Q(user__is_superuser=True)
    for path in ("user__groups__permissions", "user__user_permissions"):
        may |= Q(**{f"{path}__{name}": value for name, value in right.items()})
    rows = EmailAddress.objects.filter(may, verified=True, user__is_active=True)
    # The main one comes last and wins.
    return dict(rows.order_by("primary", "-pk").values_list("user", "email").distinct())


def wants_mail(user: User) -> bool:
    """Whether a moderator is mailed about what is held."""
    return not DeskMail.objects.filter(user=user, is_wanted=False).exists()


def want_mail(user: User, *, is_wanted: bool) -> None:
    """Mail a moderator about what is held from now on, or no more."""
    DeskMail.objects.update_or_create(user=user, defaults={"is_wanted": is_wanted})


def _may_receive(notice: Notice) -> bool:
    user = User.objects.filter(pk=notice.facts.get("user", 0)).first()
    return user is not None and may_moderate(user) and wants_mail(user) and waiting_counts()[HELD] > 0


def _write(notice: Notice) -> Letter:
    held = queue(HELD)
    first: list[DeskLine] = held[:LINES_SHOWN]
    subject = ngettext("{count} comment awaits you", "{count} comments await you", len(held)).format(count=len(held))
    return letter(
        notice,
        subject,
        "moderation/mail/held",
        rows=[line.row for line in first],
        others=len(held) - len(first),
        desk_url=public_url("desk:desk"),
    )


def _language_of(user: User) -> str:
    """The language that a moderator has chosen for the newsroom."""
    profile = getattr(user, "wagtail_userprofile", None)
    return str(profile.get_preferred_language()) if profile else settings.LANGUAGE_CODE


HELD_NOTICE = NoticeKind(
    name=KIND, label=gettext_lazy("Something awaits the moderators"), may_receive=_may_receive, write=_write
)
