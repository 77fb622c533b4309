"""How a campaign is drawn: its staff with every figure, in the active language and its direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.utils import timezone
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from broadsheet.funding.models import Campaign, Milestone, Words
from broadsheet.funding.models.campaigns import today
from broadsheet.funding.staff import Staff, staff_of
from broadsheet.kernel import money, written


@dataclass(frozen=True)
class Step:
    """A milestone in words: its sum, what it is for, when it was reached, or what is missing."""

    sum: str
    title: str
    is_reached: bool
    state: str


@dataclass(frozen=True)
class Meter:
    """A campaign as a page shows it. `language` is the one its words are in, when that is not the page's own."""

    campaign: Campaign
    words: Words
    language: str
    staff: Staff
    steps: Sequence[Step]
    text: str
    state: str

    @property
    def paragraphs(self) -> list[str]:
        """What it says, paragraph by paragraph."""
        return [line for line in self.words.text.splitlines() if line.strip()]

    @property
    def value(self) -> str:
        """What is raised, as HTML wants a number."""
        return str(self.staff.raised)

    @property
    def top(self) -> str:
        """The end of the scale, as HTML wants a number."""
        return str(self.staff.top)

    @property
    def last_reached(self) -> Step | None:
        """The highest milestone that was reached."""
        return next((step for step in reversed(self.steps) if step.is_reached), None)


def meter_of(campaign: Campaign, milestones: Sequence[Milestone]) -> Meter:
    """Return the meter of a campaign that came with its sums. Every figure in it is of the same sum."""
    language = get_language() or ""
    code = campaign.language_said()
    raised = max(campaign.raised, 0)
    write = partial(money.figures, currency=campaign.currency, language=language)
    staff = staff_of(
        raised,
        [milestone.amount for milestone in milestones],
        [milestone.amount for milestone in milestones if milestone.reached_at],
        write,
        is_rtl=get_language_bidi(),
    )
    return Meter(
        campaign=campaign,
        words=campaign.said(),
        language="" if code == language else code,
        staff=staff,
        steps=[_step(milestone, campaign, raised, code, language) for milestone in milestones],
        text=_text(raised, milestones[-1].amount, campaign, language),
        state=_state(campaign, language),
    )


def _text(raised: int, goal: int, campaign: Campaign, language: str) -> str:
    values = {
        "raised": money.written(raised, campaign.currency, language),
        "goal": money.written(goal, campaign.currency, language),
    }
    if raised > goal:
        return _("{raised} raised. The goal was {goal}.").format(**values)
    return _("{raised} of {goal} raised.").format(**values)


def _state(campaign: Campaign, language: str) -> str:
    """How many gave, and until when one can."""
    count = written.number(campaign.gifts, language)
    gifts = ngettext("{count} gift.", "{count} gifts.", campaign.gifts).format(count=count) if campaign.gifts else ""
    return " ".join(filter(None, [gifts, _days(campaign, language)]))


def _days(campaign: Campaign, language: str) -> str:
    if campaign.ends_on is None:
        return ""
    end = written.day(campaign.ends_on, language)
    is_over = campaign.ends_on < today()
    return (_("It ended on {day}.") if is_over else _("It runs until {day}.")).format(day=end)


def _step(milestone: Milestone, campaign: Campaign, raised: int, code: str, language: str) -> Step:
    return Step(
        sum=money.written(milestone.amount, campaign.currency, language),
        title=milestone.title(code),
        is_reached=milestone.reached_at is not None,
        state=_reached(milestone, language) or _missing(milestone.amount - raised, campaign.currency, language),
    )


def _reached(milestone: Milestone, language: str) -> str:
    if milestone.reached_at is None:
        return ""
    day: date = timezone.localtime(milestone.reached_at, timezone.get_default_timezone()).date()
    return _("Reached on {day}").format(day=written.day(day, language))


def _missing(units: int, currency: str, language: str) -> str:
    return _("{sum} to go").format(sum=money.written(max(units, 0), currency, language))
