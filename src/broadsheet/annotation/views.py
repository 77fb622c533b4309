"""The pages of passages: one with what is said of it, and the forms for a comment on words of an article."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.annotation.drawing import url_of, words_of
from broadsheet.annotation.forms import about_passage, about_selection, names_words, selection_in
from broadsheet.annotation.models import Passage
from broadsheet.annotation.reading import comments_on, passage_for_readers
from broadsheet.delivery.shown import shows
from broadsheet.discussion.forms import blank_form
from broadsheet.discussion.models import Thread
from broadsheet.discussion.reading import article_for_readers, discussed, not_found
from broadsheet.discussion.talk import talk_at
from broadsheet.discussion.writing import Place, lost, write_at
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage


@require_safe
def passage_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a passage, what an editor asks about it, the comments on it and the form for one more."""
    passage, article = _passage(public_id)
    thread = Thread.objects.of(article)
    talk = talk_at(request, article, thread, url_of(passage))
    talk.among = comments_on(passage)
    about = about_passage(article, passage)
    # The words stand at the top of the page already.
    form = replace(blank_form(request, about.action, timezone.now()), about=replace(about, quote=SafeString()))
    context = {
        "article": article,
        "passage": passage,
        "words": words_of(passage),
        "back": article.url if passage.is_orphan else f"{article.url}#{passage.element_id}",
        "thread": thread,
        "talk": talk,
        "form": form,
        "takes_comments": passage.asked is None or passage.asked.is_open,
    }
    return render(request, "annotation/passage.html", context)


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the form for a comment on selected words or on a paragraph of an article; take what it brings."""
    try:
        article = article_for_readers(key)
    except Refusal as refusal:
        return lost(request, refusal)
    if request.method != "POST" and not names_words(request):
        return redirect(f"{article.url}?passages=on#text")  # where one chooses a paragraph
    thread = Thread.objects.of(article)
    about = about_selection(article, thread, selection_in(request, article))
    return write_at(request, Place(article, thread, about=about))


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the form for a comment on a passage; take what it brings."""
    try:
        passage, article = _passage(public_id)
    except Refusal as refusal:
        return lost(request, refusal)
    place = Place(article, Thread.objects.of(article), about=about_passage(article, passage))
    return write_at(request, place)


def _passage(public_id: str) -> tuple[Passage, ArticlePage]:
    """A passage and its article, as far as everybody may read both and discuss them."""
    passage = passage_for_readers(public_id)
    articles = discussed(ArticlePage.objects.readable().originals()).filter(pk=passage.article_id)
    article = articles.select_related("locale").defer_streamfields().first()
    if article is None:
        raise not_found()
    shows(article.topic)
    return passage, article
