"""What money is asked for: a campaign, its milestones, and which campaign a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from broadsheet.delivery.announce import version_for
from broadsheet.delivery.shown import shows, true_until
from broadsheet.delivery.topics import topic
from broadsheet.funding.ledger import campaign_account
from broadsheet.funding.models.books import LOOKS_LIKE_A_CURRENCY, Transfer
from broadsheet.kernel.ids import LENGTH, public_id

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable

TITLE_LIMIT, TEXT_LIMIT, CALL_LIMIT = 80, 1000, 40
# What every page that asks for support shows: which campaign runs where, and the ways of giving.
WHICH_RUNS = "all"

is_currency = RegexValidator(r"^[A-Z]{3}\Z", _("Give the code of a currency, such as EUR."))


def today(now: datetime | None = None) -> date:
    """Return the date in the publication's time zone; campaigns begin and end at its midnight."""
    return timezone.localdate(now or timezone.now(), timezone.get_default_timezone())


@dataclass(frozen=True)
class Words:
    """What a campaign says in one language; `call` stands on the button, its text is plain, in paragraphs."""

    title: str
    text: str = ""
    call: str = ""


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Questions about campaigns."""

    def running(self, now: datetime | None = None) -> Self:
        """Keep those that take gifts today: from the first day to the last one, both included."""
        day = today(now)
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)

    def begun(self, now: datetime | None = None) -> Self:
        """Keep those whose first day has come; nobody knows of the others yet."""
        return self.filter(starts_on__lte=today(now))

    def visible(self, now: datetime | None = None) -> Self:
        """Keep what everybody may know of: begun, and of the publication or of a page that everybody may read."""
        readable = Page.objects.live().public().values("pk")
        return self.begun(now).filter(Q(scope=Campaign.Scope.PUBLICATION) | Q(page__in=readable))

    def of_publication(self) -> Self:
        """Keep those of the whole publication."""
        return self.filter(scope=Campaign.Scope.PUBLICATION)

    def above(self, page: Page) -> Self:
        """Keep those of a page, of its ancestors (in any language), and of the publication; the nearest first.

        Of several equally near the one that began last comes first, then the one that was made last.
        """
        steps = range(Page.steplen, len(page.path) + 1, Page.steplen)
        line = Q(path__in=[page.path[:end] for end in steps])
        if page.alias_of_id:  # not asked for nothing: the question would read every page
            line |= Q(pk=page.alias_of_id)
        near = Q(page__translation_key__in=Page.objects.filter(line).values("translation_key"))
        found = self.filter(Q(scope=Campaign.Scope.PUBLICATION) | near)
        return found.annotate(depth=Coalesce("page__depth", 0)).order_by("-depth", "-starts_on", "-pk")

    def with_sums(self) -> Self:
        """Add `raised` (minor units) and `gifts` (how many stand) from the ledger."""
        return self.annotate(**sums_of(OuterRef("pk")))


class Campaign(models.Model):
    """Money that is asked for something: of the whole publication, or of one page and all that lies below it.

    `words` holds what it says by language, as `Words`. Its goal is its last milestone.
    """

    class Scope(models.TextChoices):
        """Where a campaign is shown."""

        PUBLICATION = "publication", _("the whole publication")
        PAGE = "page", _("a section or an article")

    class Phase(models.TextChoices):
        """What was last told to the world."""

        COMING = "coming", _("coming")
        RUNNING = "running", _("running")
        OVER = "over", _("over")

    public_id = models.CharField(max_length=LENGTH, unique=True, default=public_id, editable=False)
    scope = models.CharField(max_length=12, choices=Scope.choices, default=Scope.PUBLICATION)
    # Where the page is deleted the campaign is shown nowhere, and its books stay.
    page = models.ForeignKey(Page, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    currency = models.CharField(max_length=3, validators=[is_currency])
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    words = models.JSONField(default=dict)
    announced_phase = models.CharField(max_length=8, choices=Phase.choices, default=Phase.COMING)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = CampaignQuerySet.as_manager()

    # Of with_sums(), and of its topic where whoever fetched the row asked for that.
    raised: int
    gifts: int
    version: int | None = None

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        default_permissions = ()
        permissions = [("keep_books", _("Can make campaigns, book gifts and take them back"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="funding_a_campaign_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(scope="page") | Q(scope="publication", page=None), name="funding_scope_of_a_campaign"
            ),
            models.CheckConstraint(condition=LOOKS_LIKE_A_CURRENCY, name="funding_currency_of_a_campaign"),
        ]

    def __str__(self) -> str:
        return self.said().title

    @property
    def topic(self) -> str:
        """The name under which its changes are announced."""
        return topic("campaign", self.pk)

    @property
    def live(self) -> str:
        """What a page of it follows: its topic, and of which version the page is; "" where nobody asked for that."""
        return "" if self.version is None else f"{self.topic}={self.version}"

    @property
    def url(self) -> str:
        """The path of its page, in the active language."""
        return reverse("funding:campaign", args=[self.public_id])

    @property
    def account(self) -> str:
        """Its account in the ledger."""
        return campaign_account(self.pk)

    def phase(self, now: datetime | None = None) -> Phase:
        """Where it stands today."""
        day = today(now)
        if day < self.starts_on:
            return self.Phase.COMING
        return self.Phase.OVER if self.ends_on and day > self.ends_on else self.Phase.RUNNING

    def language_said(self) -> str:
        """The code of the language its words are in: the active one, else the publication's first that has some."""
        codes = [get_language() or "", *(code for code, _name in settings.LANGUAGES), *self.words]
        return next((code for code in codes if code in self.words), "")

    def said(self) -> Words:
        """What it says, in the active language if it can."""
        return Words(**self.words.get(self.language_said(), {"title": ""}))

    def say(self, words: dict[str, Words]) -> None:
        """Let it say this, by language."""
        self.words = {code: asdict(one) for code, one in words.items()}


class Milestone(models.Model):
    """A sum on the way to the goal, the last of them the goal itself. Once reached it stays reached.

    `titles` says by language what the sum is for.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="milestones")
    amount = models.PositiveBigIntegerField()
    titles = models.JSONField(default=dict)
    reached_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        default_permissions = ()
        ordering = ["amount"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "amount"], name="funding_one_milestone_per_sum"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="funding_a_milestone_is_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"

    def title(self, code: str) -> str:
        """What it is for, in the language `code`, else in whichever it is said in."""
        return str(self.titles.get(code) or next(iter(self.titles.values()), ""))


def show_which_runs(now: datetime | None = None) -> None:
    """Say that the answer at hand shows which campaigns run, which the publication's midnight may change."""
    shows(topic("campaign", WHICH_RUNS))
    true_until(next_midnight(now))


def next_midnight(now: datetime | None = None) -> datetime:
    """Return when campaigns begin and end next."""
    return timezone.make_aware(
        datetime.combine(today(now) + timedelta(days=1), time()), timezone.get_default_timezone()
    )


def raised_for(campaign: Campaign) -> int:
    """Return what has been given for a campaign, in minor units: the sum of the ledger."""
    sums = Transfer.objects.aggregate(
        given=Sum("amount", filter=Q(credit=campaign.account), default=0),
        back=Sum("amount", filter=Q(debit=campaign.account), default=0),
    )
    return int(sums["given"] - sums["back"])


def shown_on(page: Page | None, now: datetime | None = None) -> tuple[Campaign, Sequence[Milestone]] | None:
    """Return the campaign that a page shows, with its sums, and its milestones; None where none runs. One query.

    Without a page: the publication's own.
    """
    show_which_runs(now)
    running = Campaign.objects.running(now)
    nearest = running.above(page) if page else running.of_publication().order_by("-starts_on", "-pk")
    return _with_milestones(Milestone.objects.filter(campaign=Subquery(nearest.values("pk")[:1])))


def with_milestones(campaign: Campaign) -> tuple[Campaign, Sequence[Milestone]]:
    """Return a campaign with its sums, and its milestones."""
    found = _with_milestones(Milestone.objects.filter(campaign=campaign))
    assert found  # noqa: S101 - a campaign is made with its milestones
    return found


def _with_milestones(milestones: models.QuerySet[Milestone]) -> tuple[Campaign, Sequence[Milestone]] | None:
    asked = {**sums_of(OuterRef("campaign")), "version": version_for("campaign", "campaign")}
    rows = list(milestones.select_related("campaign").annotate(**asked).order_by("amount"))
    if not rows:
        return None
    campaign = rows[0].campaign
    shows(campaign.topic)
    campaign.raised, campaign.gifts = rows[0].raised, rows[0].gifts  # type: ignore[attr-defined]
    campaign.version = rows[0].version  # type: ignore[attr-defined]
    return campaign, rows


def sums_of(number: OuterRef) -> dict[str, Combinable]:
    """Return the expressions `raised` and `gifts` for rows that know a campaign's number; each a range of an index."""
    account = Concat(Value("campaign:"), Cast(number, models.CharField()))

    def over(side: str, what: Any) -> Coalesce:
        rows = Transfer.objects.filter(**{side: account}).order_by().values(side)
        return Coalesce(Subquery(rows.annotate(found=what).values("found")), 0, output_field=models.BigIntegerField())

    return {
        "raised": over("credit", Sum("amount")) - over("debit", Sum("amount")),
        "gifts": over("credit", Count("pk")) - over("debit", Count("pk")),
    }
