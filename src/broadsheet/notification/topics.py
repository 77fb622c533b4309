"""What one can subscribe to: a topic that readers may see, of a kind that some notice is about."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from broadsheet.delivery.topics import for_everybody
from broadsheet.notification.kinds import notice_kinds
from broadsheet.notification.publication import on_public_address


@dataclass(frozen=True)
class Subject:
    """A topic as a reader sees it, in the active language; without address where it is no longer public."""

    title: str
    url: str


def subject_of(topic: str) -> Subject | None:
    """Return a topic as a reader sees it; None for one that does not exist, has no title or is not for readers."""
    found = for_everybody(topic)
    if found is None:
        return None
    kind, key = found
    title = kind.title(key)
    return Subject(title, on_public_address(kind.url(key))) if title else None


def shown_subject_of(topic: str) -> Subject:
    """Return a topic as a reader sees it, or what to call one that they may not see any more."""
    return subject_of(topic) or Subject(_("Something that is no longer public"), "")


def can_be_subscribed_to(topic: str) -> bool:
    """Whether readers may see the topic and some notice is about its kind."""
    return topic.partition(":")[0] in {kind.about for kind in notice_kinds()} and subject_of(topic) is not None
