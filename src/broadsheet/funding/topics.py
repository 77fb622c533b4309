"""The kind of topic that funding owns: a campaign, and which of them run."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.delivery.topics import TopicKind
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


CAMPAIGN = TopicKind(
    name="campaign",
    title=_title,
    url=_url,
    may_see=lambda key: key == WHICH_RUNS or _visible(key) is not None,
)
