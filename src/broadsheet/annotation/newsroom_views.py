"""Questions to readers, as the newsroom sees them: ask, edit, close, remove; and passages that lost their words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from broadsheet.accounts.models import User
from broadsheet.annotation import actions
from broadsheet.annotation.anchoring import PASSAGE_LIMIT
from broadsheet.annotation.forms import selection_in
from broadsheet.annotation.models import QUESTION_LIMIT, Passage, Prompt
from broadsheet.annotation.paragraphs import paragraphs
from broadsheet.annotation.reading import live_text_of
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage, PublishedText


@dataclass(frozen=True)
class Sent:
    """What an editor sent and what is wrong with it, to be shown again; `passage` is the one it is about."""

    words: str = ""
    question: str = ""
    passage: str = ""
    error: Refusal | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the questions to an article's readers and its orphans; ask another question."""
    user, article = _editor(request, pk)
    if request.method != "POST":
        return _page(request, article)
    selection, question = selection_in(request, article), request.POST.get("question", "")
    try:
        actions.ask(article, selection=selection, by=user, question=question)
    except Refusal as refusal:
        return _page(request, article, Sent(selection.exact, question, error=refusal), refusal.status)
    messages.success(request, _("Your question stands beside the text."))
    return redirect("annotation_questions", article.pk)


@require_POST
def edit(request: HttpRequest, pk: int, public_id: str) -> HttpResponse:
    """Ask in other words."""
    question = request.POST.get("question", "")
    return _changed(
        request, pk, public_id, lambda prompt, user: actions.edit_prompt(prompt, by=user, question=question)
    )


@require_POST
def close(request: HttpRequest, pk: int, public_id: str) -> HttpResponse:
    """Take no more answers to a question."""
    return _changed(request, pk, public_id, lambda prompt, user: actions.close_prompt(prompt, by=user))


@require_POST
def open_again(request: HttpRequest, pk: int, public_id: str) -> HttpResponse:
    """Take answers to a question again."""
    return _changed(request, pk, public_id, lambda prompt, user: actions.open_prompt_again(prompt, by=user))


@require_POST
def remove(request: HttpRequest, pk: int, public_id: str) -> HttpResponse:
    """Take a question back."""
    return _changed(request, pk, public_id, lambda prompt, user: actions.remove_prompt(prompt, by=user))


@require_POST
def attach(request: HttpRequest, pk: int, public_id: str) -> HttpResponse:
    """Say which words an orphan is about now."""
    user, article = _editor(request, pk)
    passage = get_object_or_404(Passage, article=article, public_id=public_id)
    selection = selection_in(request, article)
    try:
        actions.attach_again(passage, to=selection, by=user)
    except Refusal as refusal:
        return _page(request, article, Sent(selection.exact, passage=public_id, error=refusal), refusal.status)
    messages.success(request, _("The passage stands in the text again."))
    return redirect("annotation_questions", article.pk)


def _changed(request: HttpRequest, pk: int, public_id: str, change: Callable[[Prompt, User], object]) -> HttpResponse:
    """Change a question and lead back; what is wrong with the new words stands beside them."""
    user, article = _editor(request, pk)
    prompt = get_object_or_404(Prompt, passage__article=article, passage__public_id=public_id)
    try:
        change(prompt, user)
    except Refusal as refusal:
        sent = Sent(question=request.POST.get("question", ""), passage=public_id, error=refusal)
        return _page(request, article, sent, refusal.status)
    messages.success(request, _("The question was changed."))
    return redirect("annotation_questions", article.pk)


def _page(request: HttpRequest, article: ArticlePage, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    passages = list(Passage.objects.of(article).counted().order_by("live_block_id", "live_start", "pk"))
    text = live_text_of(article)
    context = {
        "page_title": _("Questions to readers"),
        "page_subtitle": article.title,
        "header_icon": "help",
        "article": article,
        "asked": [passage for passage in passages if passage.asked],
        "orphans": [passage for passage in passages if passage.is_orphan and (passage.count or passage.asked)],
        "blocks": _paragraphs(text) if text else [],
        "sent": sent or Sent(),
        "question_limit": QUESTION_LIMIT,
        "passage_limit": PASSAGE_LIMIT,
    }
    return render(request, "annotation/newsroom/questions.html", context, status=status)


def _paragraphs(text: PublishedText) -> list[tuple[str, str]]:
    """The paragraphs of the text that readers get, each with the id of its block."""
    return [
        (block, words[start:end])
        for block, words in text.block_texts().items()
        for start, end in paragraphs(words)
        if start < end
    ]


def _editor(request: HttpRequest, pk: int) -> tuple[User, ArticlePage]:
    """Who asks, and the article, if they may: an alias has no questions of its own."""
    article = get_object_or_404(ArticlePage, pk=pk, alias_of=None)
    if not isinstance(request.user, User) or not actions.may_ask(request.user, article):
        raise PermissionDenied
    return request.user, article
