"""Reporting: a reader, known or not, tells moderators of something published."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from broadsheet.gate.limits import Limit, network_of, take_all
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.models import REPORT_LIMIT, Moderated, Report, Ruling

if TYPE_CHECKING:
    from broadsheet.accounts.models import Profile

# An angry reader reports a whole thread; a script reports every comment there is. A school or a ferry, behind one
# address, has more than one angry reader.
REPORTS_OF_PROFILE = Limit("reports-of-profile", 30, timedelta(hours=1))
REPORTS_OF_NETWORK = Limit("reports-of-network", 60, timedelta(hours=1))
# What nobody sees can only shorten a text; what is many times too long is not even looked at.
HOPELESS = 4


def report(
    reports: type[Report], thing: Moderated, *, by: Profile | None, client: str, reason: str, text: str = ""
) -> None:
    """Write down that a reader reports a published thing; the same reader's second report changes nothing.

    Nobody is told whether it was the first. `reports` is the adopter's table, `client` the reader's address, which is
    kept as a digest only. Raises Refusal `no-such-reason`, `text-too-long`, `not-found` for what is not published, and
    `too-many`.
    """
    if reason not in Report.Reason.values:
        raise Refusal("no-such-reason", _("Choose what it is about."), field="reason")
    text = clean_text(text)
    network = network_of(client)
    own = [(REPORTS_OF_PROFILE, by.public_id)] if by else []
    if take_all(*own, (REPORTS_OF_NETWORK, network)):
        raise Refusal("too-many", _("That were many reports in a short time. Please wait an hour."), status=429)
    digest = digest_of(by, network)
    with transaction.atomic():
        # Locked, or a decision at the same time would leave it open on what is gone.
        subject = type(thing)._default_manager.select_for_update(no_key=True).get(pk=thing.pk)
        if not subject.is_published:
            raise Refusal("not-found", _("This does not exist, or no longer."), status=404)
        table: Any = reports  # whose subject the abstract class does not know
        new = table(subject=subject, reporter=by, digest=digest, reason=reason, text=text)
        table._default_manager.bulk_create([new], ignore_conflicts=True)


def clean_text(text: str) -> str:
    """Return what a reporter adds on one line. Raises Refusal `text-too-long`."""
    line = " ".join(text[: HOPELESS * REPORT_LIMIT].replace("\0", "").split())
    line = line.encode("utf-8", "replace").decode()  # halves of characters, which no database takes
    if len(line) > REPORT_LIMIT or len(text) > HOPELESS * REPORT_LIMIT:
        sentence = format_lazy(_("At most {limit} characters, please."), limit=REPORT_LIMIT)
        raise Refusal("text-too-long", sentence, field="text")
    return line


def settle_reports(reports: type[Report] | None, thing: Moderated, ruling: Ruling | None = None) -> None:
    """Close the open reports of a thing that was decided on, or that its author took away. In that transaction."""
    if reports is not None:
        table: Any = reports
        table._default_manager.filter(subject=thing, settled_at=None).update(
            settled_at=timezone.now(), settled_by=ruling
        )


def reopen_reports(reports: type[Report] | None, thing: Moderated, ruling: Ruling | None) -> None:
    """Open again what a ruling had settled, once it is undone; who has reported anew by then has one open report."""
    if reports is None or ruling is None:
        return
    table: Any = reports
    of_thing = table._default_manager.filter(subject=thing)
    reported_anew = of_thing.filter(settled_at=None).values("digest")
    of_thing.filter(settled_by=ruling).exclude(digest__in=reported_anew).update(settled_at=None, settled_by=None)


def digest_of(by: Profile | None, network: str) -> str:
    """Return what stands for a reporter whom nobody shall read there."""
    whose = f"profile:{by.public_id}" if by else f"network:{network}"
    return salted_hmac("broadsheet.moderation.reports", whose, algorithm="sha256").hexdigest()
