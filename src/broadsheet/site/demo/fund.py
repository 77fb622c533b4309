"""Fills the demo's fund: the treasurer makes the campaign and books every gift, as she would for a real one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from wagtail.models import Site

from broadsheet.accounts.models import User
from broadsheet.funding.actions import Aim, Gift, Plan, book_gift, create_campaign
from broadsheet.funding.models import WaysOfGiving, Words
from broadsheet.kernel.money import minor_units
from broadsheet.publication.models import ArticlePage

Said = dict[str, Any]
Moment = Callable[[Said], datetime.datetime]

# The files are written in it, sums too.
LANGUAGE = "en"


def load_fund(said: Said, article: ArticlePage, moment: Moment) -> None:
    """Make the campaign that `said` describes, and book its gifts on their days; every other one came from `article`.

    `moment` tells the time that a row's `days_ago` means.
    """
    treasurer = User.objects.get(groups__name="Treasurer")
    _open_account(said["bank"])
    began = moment({"days_ago": said["began_days_ago"]})
    plan = Plan(
        words={code: Words(title, said["texts"][code]) for code, title in said["titles"].items()},
        aims=[Aim(_sum(aim["amount"], said), aim["titles"]) for aim in said["milestones"]],
        currency=said["currency"],
        starts_on=began.date(),
        ends_on=moment({"days_ago": -said["ends_in_days"]}).date(),
    )
    campaign = create_campaign(plan, by=treasurer, now=began)
    for number, row in enumerate(said["gifts"]):
        gift = Gift(
            _sum(row["amount"], said),
            said["currency"],
            row["by"],
            moment(row).date(),
            campaign,
            name=row.get("name", ""),
            message=row.get("message", ""),
            article=article if number % 2 else None,
        )
        book_gift(gift, by=treasurer, key=f"demo:{number}", now=moment(row))


def _open_account(bank: Said) -> None:
    site = Site.objects.get(is_default_site=True)
    ways = WaysOfGiving.for_site(site)
    ways.account_holder, ways.iban, ways.bic = bank["holder"], bank["iban"], bank["bic"]
    ways.full_clean()
    ways.save()


def _sum(amount: str, said: Said) -> int:
    return minor_units(amount, said["currency"], LANGUAGE)
