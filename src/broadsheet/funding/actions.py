"""What treasurers do: make and change campaigns, book gifts and take them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from broadsheet.accounts.models import User
from broadsheet.accounts.names import clean_name
from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic
from broadsheet.funding import ledger
from broadsheet.funding.models import Campaign, Donation, Milestone, Reversal, Transfer, Words, raised_for
from broadsheet.funding.models.books import MESSAGE_LIMIT, REASON_LIMIT, REFERENCE_LIMIT
from broadsheet.funding.models.campaigns import CALL_LIMIT, TEXT_LIMIT, TITLE_LIMIT, WHICH_RUNS, today
from broadsheet.funding.rights import may_keep_books
from broadsheet.kernel.money import LARGEST, currencies
from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import Unfit, canonical_text, is_visible

if TYPE_CHECKING:
    from wagtail.models import Page

# Beyond that the staff is no longer read as one.
MILESTONES_LIMIT = 12
# Books older than that are in another book.
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Aim:
    """A milestone as it is planned: a sum in minor units, and by language what it is for."""

    amount: int
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All that a treasurer decides of a campaign; without a `page` it is the whole publication's."""

    words: Mapping[str, Words]
    aims: Sequence[Aim]
    currency: str
    starts_on: date
    ends_on: date | None = None
    page: Page | None = None


@dataclass(frozen=True)
class Gift:
    """All that a treasurer knows of a gift: `amount` in minor units; without a `name` it stays off the wall."""

    amount: int
    currency: str
    way: str
    given_on: date
    campaign: Campaign | None = None
    name: str = ""
    message: str = ""
    article: Page | None = None
    reference: str = ""


@dataclass(frozen=True)
class Booked:
    """What became of a gift; `is_repeat` when the same one was booked before."""

    donation: Donation
    is_repeat: bool


def create_campaign(plan: Plan, *, by: User, now: datetime | None = None) -> Campaign:
    """Make a campaign with its milestones. It is shown from its first day to its last, by the publication's midnight.

    Raises Refusal: `not-the-treasurer`, `unknown-currency`, `ends-before-it-begins`, `no-title`, `text-too-long`, those
    of milestones (`no-goal`, `too-many-milestones`, `milestone-twice`, `wrong-sum`).
    """
    _check_right(by)
    plan = _checked(plan)
    moment = now or timezone.now()
    with transaction.atomic():
        campaign = Campaign(created_by=by, created_at=moment)
        _write(campaign, plan, moment)
        Milestone.objects.bulk_create(
            Milestone(campaign=campaign, amount=aim.amount, titles=dict(aim.titles)) for aim in plan.aims
        )
        _tell(campaign, "campaign-created", was_known=False, now=moment)
    return campaign


def change_campaign(campaign: Campaign, plan: Plan, *, by: User, now: datetime | None = None) -> Campaign:
    """Let a campaign follow another plan. What was reached stays reached, with its date.

    Raises the refusals of `create_campaign`, and `currency-is-booked`, `milestone-is-reached`.
    """
    _check_right(by)
    plan = _checked(plan)
    moment = now or timezone.now()
    with transaction.atomic():
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        was_known = locked.phase(moment) != Campaign.Phase.COMING
        if locked.currency != plan.currency and _has_entries(locked):
            sentence = _("There are gifts in {currency} in the books of this campaign.")
            raise Refusal("currency-is-booked", sentence.format(currency=locked.currency), status=409, field="currency")
        _write(locked, plan, moment)
        _change_milestones(locked, plan.aims)
        _mark_reached(locked, moment)
        _tell(locked, "campaign-changed", was_known=was_known, now=moment)
    return locked


def book_gift(gift: Gift, *, by: User, key: str, now: datetime | None = None) -> Booked:
    """Enter a gift into the books; `key` names the movement of money, so that a repeat returns the first.

    Raises Refusal: `not-the-treasurer`, `wrong-sum`, `wrong-currency`, `unknown-currency`, `unknown-way`, `wrong-day`,
    those of names and texts, and `key-used` for the same key with another gift.
    """
    _check_right(by)
    moment = now or timezone.now()
    gift = checked_gift(gift, moment)
    earlier = _booked_before(gift, key)
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            return Booked(_book(gift, by, key, moment), is_repeat=False)
    except IntegrityError:
        earlier = _booked_before(gift, key)
        if earlier is None:
            raise
        return earlier


def reverse_gift(donation: Donation, *, by: User, reason: str, now: datetime | None = None) -> Reversal:
    """Take a gift back by the opposite transfer.

    Raises Refusal: `not-the-treasurer`, `no-reason`, `reversed-already`.
    """
    _check_right(by)
    reason = _line(reason, REASON_LIMIT, "reason")
    if not reason:
        raise Refusal("no-reason", _("Say why, for whoever reads the books."), field="reason")
    moment = now or timezone.now()
    original = donation.transfer
    try:
        with transaction.atomic():
            if donation.campaign_id:
                Campaign.objects.select_for_update(no_key=True).get(pk=donation.campaign_id)
            entry = ledger.opposite(original.entry, f"reversal:{donation.public_id}")
            transfer = _enter(entry, moment, reverses=original)
            reversal = Reversal.objects.create(donation=donation, transfer=transfer, reason=reason, by=by, at=moment)
            _tell_of_money(donation, "gift-reversed", moment)
    except IntegrityError:
        if not Reversal.objects.filter(donation=donation).exists():
            raise
        raise Refusal("reversed-already", _("This gift has been taken back already."), status=409) from None
    return reversal


def take_off_wall(donation: Donation, *, by: User, now: datetime | None = None) -> None:
    """Forget the giver's name and words, as they wish; the gift stays in the books."""
    _check_right(by)
    with transaction.atomic():
        Donation.objects.filter(pk=donation.pk).update(name="", message="")
        _tell_of_money(donation, "gift-unnamed", now or timezone.now())
    donation.name = donation.message = ""


def tell_what_began_and_ended(now: datetime | None = None) -> int:
    """Announce the campaigns that began or ended by their dates since somebody looked. For the timetable."""
    told = 0
    for campaign in Campaign.objects.exclude(announced_phase=Campaign.Phase.OVER):
        phase = campaign.phase(now)
        with transaction.atomic():
            moved = Campaign.objects.filter(pk=campaign.pk, announced_phase=campaign.announced_phase)
            if phase != campaign.announced_phase and moved.update(announced_phase=phase):
                _announce(campaign, f"campaign-{phase}")
                told += 1
    return told


def _check_right(by: User) -> None:
    if not may_keep_books(by):
        raise Refusal("not-the-treasurer", _("Only a treasurer keeps the books."), status=403)


def _checked(plan: Plan) -> Plan:
    """Return the plan with its words made clean."""
    _check_currency(plan.currency)
    if plan.ends_on and plan.ends_on < plan.starts_on:
        raise Refusal("ends-before-it-begins", _("The last day lies before the first."), field="ends_on")
    words = {code: _checked_words(code, said) for code, said in plan.words.items() if said.title.strip()}
    if not words:
        raise Refusal("no-title", _("Give the campaign a title."), field=f"title_{settings.LANGUAGES[0][0]}")
    silent = [
        code for code, said in plan.words.items() if code not in words and (said.text.strip() or said.call.strip())
    ]
    if silent:
        raise Refusal("no-title", _("Give the campaign a title in this language too."), field=f"title_{silent[0]}")
    aims = sorted((_checked_aim(aim) for aim in plan.aims), key=lambda aim: aim.amount)
    if not aims:
        raise Refusal("no-goal", _("Give at least one sum: the goal."), field="milestones")
    if len(aims) > MILESTONES_LIMIT:
        sentence = _("There is room for {limit} milestones.").format(limit=MILESTONES_LIMIT)
        raise Refusal("too-many-milestones", sentence, field="milestones")
    if len({aim.amount for aim in aims}) < len(aims):
        raise Refusal("milestone-twice", _("Two milestones have the same sum."), field="milestones")
    return Plan(words, aims, plan.currency, plan.starts_on, plan.ends_on, plan.page)


def _checked_words(code: str, said: Words) -> Words:
    return Words(
        title=_line(said.title, TITLE_LIMIT, f"title_{code}"),
        text=_text(said.text, TEXT_LIMIT, f"text_{code}"),
        call=_line(said.call, CALL_LIMIT, f"call_{code}"),
    )


def _checked_aim(aim: Aim) -> Aim:
    _check_sum(aim.amount, "milestones")
    titles = {code: _line(title, TITLE_LIMIT, "milestones") for code, title in aim.titles.items()}
    return Aim(aim.amount, {code: title for code, title in titles.items() if title})


def checked_gift(gift: Gift, now: datetime | None = None) -> Gift:
    """Return the gift as it would be booked. Raises the refusals of `book_gift` that are about the gift alone."""
    _check_currency(gift.currency)
    _check_sum(gift.amount, "amount")
    if gift.way not in Donation.Way.values:
        raise Refusal("unknown-way", _("Say whether it came in cash or by bank transfer."), field="way")
    if gift.campaign and gift.campaign.currency != gift.currency:
        sentence = _("This campaign is in {currency}.").format(currency=gift.campaign.currency)
        raise Refusal("wrong-currency", sentence, field="currency")
    if not EARLIEST <= gift.given_on <= today(now):
        raise Refusal("wrong-day", _("Give the day on which the money came; it cannot lie ahead."), field="given_on")
    return Gift(
        gift.amount,
        gift.currency,
        gift.way,
        gift.given_on,
        gift.campaign,
        clean_name(gift.name) if gift.name.strip() else "",
        _line(gift.message, MESSAGE_LIMIT, "message"),
        gift.article,
        _line(gift.reference, REFERENCE_LIMIT, "reference"),
    )


def _check_currency(currency: str) -> None:
    if currency not in currencies():
        raise Refusal("unknown-currency", _("Give the code of a currency, such as EUR."), field="currency")


def _check_sum(amount: int, field: str) -> None:
    if not 0 < amount <= LARGEST:
        raise Refusal("wrong-sum", _("Give a sum above zero."), field=field)


def _line(typed: str, limit: int, field: str) -> str:
    return " ".join(_text(typed, limit, field).split())


def _text(typed: str, limit: int, field: str) -> str:
    """Return what was typed in the form it is kept in; "" for what nobody can see."""
    too_long = Refusal("text-too-long", _("This is too long; {limit} characters fit.").format(limit=limit), field=field)
    if len(typed) > 10 * limit:  # hopeless: not even looked at
        raise too_long
    try:
        text = canonical_text(typed)
    except Unfit as unfit:
        raise Refusal(unfit.code, _(unfit.message) % unfit.values, field=field) from None
    if len(text) > limit:
        raise too_long
    return text if is_visible(text) else ""


def _write(campaign: Campaign, plan: Plan, now: datetime) -> None:
    campaign.say(dict(plan.words))
    campaign.currency, campaign.starts_on, campaign.ends_on = plan.currency, plan.starts_on, plan.ends_on
    campaign.page = plan.page
    campaign.scope = Campaign.Scope.PAGE if plan.page else Campaign.Scope.PUBLICATION
    campaign.announced_phase = campaign.phase(now)
    campaign.save()


def _has_entries(campaign: Campaign) -> bool:
    return Transfer.objects.filter(credit=campaign.account).exists()


def _change_milestones(campaign: Campaign, aims: Sequence[Aim]) -> None:
    """Keep what is reached, whatever the plan says of the others."""
    planned = {aim.amount: aim for aim in aims}
    standing = {milestone.amount: milestone for milestone in campaign.milestones.all()}
    for amount, milestone in standing.items():
        if amount in planned:
            milestone.titles = dict(planned[amount].titles)
            milestone.save(update_fields=["titles"])
        elif milestone.reached_at:
            sentence = _("A milestone that was reached keeps its sum.")
            raise Refusal("milestone-is-reached", sentence, status=409, field="milestones")
        else:
            milestone.delete()
    for amount in planned.keys() - standing.keys():
        Milestone.objects.create(campaign=campaign, amount=amount, titles=dict(planned[amount].titles))


def _booked_before(gift: Gift, key: str) -> Booked | None:
    """Return the gift that was booked under the key. Raises `key-used` when it is not the same one."""
    known = Donation.objects.select_related("transfer").filter(transfer__key=f"gift:{key}").first()
    if known is None:
        return None
    same = Gift(
        known.transfer.amount,
        known.transfer.currency,
        known.way,
        known.given_on,
        gift.campaign if known.campaign_id == (gift.campaign.pk if gift.campaign else None) else known.campaign,
        gift.name,  # may have been taken off the wall since
        gift.message,
        gift.article,
        known.reference,
    )
    if same != gift:
        sentence = _("This form has booked a gift already. Look at the list, and begin a new form for another one.")
        raise Refusal("key-used", sentence, status=409)
    return Booked(known, is_repeat=True)


def _book(gift: Gift, by: User, key: str, now: datetime) -> Donation:
    account = ledger.GENERAL
    if gift.campaign:
        # Two gifts at once: the second sees the first when it looks at what is reached.
        locked = Campaign.objects.select_for_update(no_key=True).get(pk=gift.campaign.pk)
        if locked.currency != gift.currency:
            raise Refusal("wrong-currency", _("This campaign is in {currency}.").format(currency=locked.currency))
        account = locked.account
    entry = ledger.gift(f"gift:{key}", into=gift.way, of=account, amount=gift.amount, currency=gift.currency)
    donation = Donation.objects.create(
        transfer=_enter(entry, now),
        campaign=gift.campaign,
        way=gift.way,
        given_on=gift.given_on,
        name=gift.name,
        message=gift.message,
        article=gift.article,
        reference=gift.reference,
        booked_by=by,
        booked_at=now,
    )
    if gift.campaign:
        _mark_reached(gift.campaign, now)
    _tell_of_money(donation, "gift-booked", now)
    return donation


def _enter(entry: ledger.Entry, now: datetime, reverses: Transfer | None = None) -> Transfer:
    return Transfer.objects.create(
        key=entry.key,
        debit=entry.debit,
        credit=entry.credit,
        amount=entry.amount,
        currency=entry.currency,
        reverses=reverses,
        at=now,
    )


def _mark_reached(campaign: Campaign, now: datetime) -> None:
    """Note which milestones the sum has reached; whoever holds the campaign's row does."""
    reached = Milestone.objects.filter(campaign=campaign, reached_at=None, amount__lte=raised_for(campaign))
    reached.update(reached_at=now)


def _tell_of_money(donation: Donation, change: str, now: datetime) -> None:
    """Announce the sums of a campaign; one that nobody knows of yet is not spoken of.

    Of a gift for none there is nothing to see but the name on the wall, if its giver wants it there.
    """
    if donation.campaign is None and donation.name:
        announce(topic("campaign", WHICH_RUNS), change)
    elif donation.campaign and donation.campaign.phase(now) != Campaign.Phase.COMING:
        announce(donation.campaign.topic, change)


def _tell(campaign: Campaign, change: str, *, was_known: bool, now: datetime) -> None:
    if was_known or campaign.phase(now) != Campaign.Phase.COMING:
        _announce(campaign, change)


def _announce(campaign: Campaign, change: str) -> None:
    """Tell whoever shows the campaign, and whoever shows that none or another one runs."""
    announce(campaign.topic, change)
    announce(topic("campaign", WHICH_RUNS), change)
