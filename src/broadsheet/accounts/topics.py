"""The kind of topic that accounts owns: the names that people write under."""

from __future__ import annotations

from django.utils.translation import gettext as _

from broadsheet.delivery.topics import TopicKind

# One for all: a name stands beside everything its owner wrote, on any number of pages, and rarely changes.
NAMES = "names"

PROFILES = TopicKind(
    name="profiles",
    title=lambda key: _("Names of readers"),
    url=lambda key: "",
    may_see=lambda key: key == NAMES,
)
