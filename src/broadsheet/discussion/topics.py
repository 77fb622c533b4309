"""The kind of topic that discussion owns: a thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from broadsheet.delivery.topics import Figures, TopicKind
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import article_for_readers
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage


def _named(key: str) -> Thread | None:
    """The thread of that number; or of that key, under which its beginning is announced (`Thread.topics`)."""
    if key.isascii() and key.isdigit() and len(key) < 19:
        return Thread.objects.filter(pk=int(key)).first()
    try:
        translation_key = UUID(key)
    except ValueError:
        return None
    begun = Thread.objects.filter(translation_key=translation_key).first()
    return (begun or Thread(translation_key=translation_key)) if str(translation_key) == key else None


def _shown(key: str) -> tuple[Thread, ArticlePage] | None:
    """The thread and the article it is about, if everybody may read both."""
    thread = _named(key)
    try:
        return (thread, article_for_readers(thread.translation_key)) if thread and not thread.is_off else None
    except Refusal:
        return None


def _title(key: str) -> str:
    """What one subscribes to, which is what is said in it: "" for a thread under the name of its beginning."""
    shown = _shown(key) if key.isdigit() else None
    return _("Comments on {headline}").format(headline=shown[1].title) if shown else ""


def _url(key: str) -> str:
    shown = _shown(key)
    return shown[0].url if shown else ""


def _figures(key: str, names: Collection[str]) -> Mapping[str, Figures]:
    """How many comments there are; of each that everybody may read, given by its public id, the score."""
    thread = _named(key) or Thread()
    published = Comment.objects.visible_to(None).filter(thread=thread.pk, public_id__in=names)
    scores = dict(published.values_list("public_id", "score")) if names else {}
    return {"": {"comments": thread.comment_count}, **{name: {"score": score} for name, score in scores.items()}}


THREAD = TopicKind(name="thread", title=_title, url=_url, may_see=lambda key: _shown(key) is not None, figures=_figures)
