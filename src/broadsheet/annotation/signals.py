"""Where annotation listens: to Wagtail's publishing, behind publication, which keeps the text first."""

from __future__ import annotations

import logging
from typing import Any

from wagtail.models import Page
from wagtail.signals import page_published

from broadsheet.annotation.carried import carry_over
from broadsheet.publication import signals as publication
from broadsheet.publication.models import ArticlePage

log = logging.getLogger("broadsheet.annotation")


def listen() -> None:
    """Begin to listen; called once, when the applications are ready."""
    publication.listen()  # the order of listening is the order of hearing; to listen twice is to listen once
    page_published.connect(on_published)


def on_published(sender: type[Page], instance: Page, **_kwargs: Any) -> None:
    """Carry passages over, in the transaction of the publishing. No passage keeps a newsroom from publishing."""
    if not isinstance(instance, ArticlePage) or not instance.live:
        return
    try:
        carry_over(instance)
    except Exception:  # not drawn meanwhile; the timetable tries again, and `broadsheet check` tells of it
        log.exception("The passages of article %s were not carried over.", instance.pk)
