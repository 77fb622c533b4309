"""The kind of topic that funding owns: a campaign, and which of them run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.delivery.topics import Figures, TopicKind
from broadsheet.funding.models import Campaign
from broadsheet.funding.models.campaigns import WHICH_RUNS


def _visible(key: str) -> Campaign | None:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return Campaign.objects.visible().filter(pk=int(key)).first()


def _title(key: str) -> str:
    if key == WHICH_RUNS:
        return _("Support")
    campaign = _visible(key)
    return campaign.said().title if campaign else ""


def _url(key: str) -> str:
    if key == WHICH_RUNS:
        return reverse("funding:support")
    campaign = _visible(key)
    return campaign.url if campaign else ""


def _figures(key: str, names: Collection[str]) -> Mapping[str, Figures]:
    """What a campaign has got, in minor units of its currency, and in how many gifts."""
    if key == WHICH_RUNS:
        return {}
    campaign = Campaign.objects.with_sums().get(pk=int(key))
    return {"": {"raised": max(campaign.raised, 0), "gifts": campaign.gifts, "currency": campaign.currency}}


CAMPAIGN = TopicKind(
    name="campaign",
    title=_title,
    url=_url,
    may_see=lambda key: key == WHICH_RUNS or _visible(key) is not None,
    figures=_figures,
)
