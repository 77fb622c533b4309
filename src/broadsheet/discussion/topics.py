"""The kind of topic that discussion owns: a thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from broadsheet.delivery.topics import Figures, TopicKind
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import article_for_readers
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage


def _shown(key: str) -> tuple[Thread, ArticlePage] | None:
    """The thread and the article it is about, if everybody may read both."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    thread = Thread.objects.filter(pk=int(key), is_off=False).first()
    try:
        return (thread, article_for_readers(thread.translation_key)) if thread else None
    except Refusal:
        return None


def _title(key: str) -> str:
    shown = _shown(key)
    return _("Comments on {headline}").format(headline=shown[1].title) if shown else ""


def _url(key: str) -> str:
    shown = _shown(key)
    return shown[0].url if shown else ""


def _figures(key: str, names: Collection[str]) -> Mapping[str, Figures]:
    """How many comments there are; of each that everybody may read, given by its public id, the score."""
    comments = Thread.objects.filter(pk=int(key)).values_list("comment_count", flat=True).get()
    published = Comment.objects.visible_to(None).filter(thread=int(key), public_id__in=names)
    scores = dict(published.values_list("public_id", "score")) if names else {}
    return {"": {"comments": comments}, **{name: {"score": score} for name, score in scores.items()}}


THREAD = TopicKind(name="thread", title=_title, url=_url, may_see=lambda key: _shown(key) is not None, figures=_figures)
