"""The invitation: what leads a reader from the story to the comment form, as the newsroom wants it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language

from broadsheet.discussion.asking import settings_of
from broadsheet.discussion.models import Thread
from broadsheet.discussion.models.settings import Invitation


@dataclass(frozen=True)
class Inviting:
    """The button, and the sentence that appears `delay` seconds later, once per article; "" for a button only."""

    key: str
    sentence: str
    delay: int


def invitation_to(request: HttpRequest, thread: Thread) -> Inviting | None:
    """Return how readers of the article are invited; None where they are not, or nothing can be written."""
    decided = settings_of(request)
    if thread.is_closed or decided.invitation == Invitation.OFF:
        return None
    says = decided.invitation == Invitation.SENTENCE
    sentence = decided.sentence_in(get_language() or "") if says else ""
    return Inviting(str(thread.translation_key), sentence, decided.invitation_delay)
