"""Editing and deleting one's own comment; pages that need no JavaScript."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from broadsheet.accounts.models import Profile
from broadsheet.discussion.actions import (
    check_changeable,
    check_editable,
    delete_comment,
    edit_comment,
    not_your_comment,
    preview_comment,
)
from broadsheet.discussion.asking import settings_of
from broadsheet.discussion.drawing import Pen
from broadsheet.discussion.forms import (
    Form,
    Typed,
    blank_form,
    check_whole,
    filled_form,
    key_of_edit,
    read_form,
    reader_of,
    scopes_of,
    spam_signs_of,
)
from broadsheet.discussion.models import Comment
from broadsheet.discussion.reading import article_for_readers, comment_for, last_words_of
from broadsheet.discussion.writing import lost
from broadsheet.gate.address import client_address
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage

# The refusals after which there is no form to correct: the words are shown, to copy.
FINAL = ("thread-closed", "too-late", "comment-removed", "banned")


@dataclass(frozen=True)
class Own:
    """Somebody's own comment, and the article it is about."""

    article: ArticlePage
    comment: Comment
    by: Profile


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the form for other words; take what it brings."""
    try:
        own = _own(request, public_id)
    except Refusal as refusal:
        return lost(request, refusal)
    typed = read_form(request) if request.method == "POST" else None
    try:
        check_editable(own.comment, by=own.by, within=settings_of(request).edit_window)
        if typed is None:
            return _form_page(request, own, _blank(request, own))
        return _take(request, own, typed)
    except Refusal as refusal:
        form = filled_form(_blank(request, own), typed or Typed(), error=refusal)
        return _form_page(request, own, form, status=refusal.status)


@guarded
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask whether a comment shall be gone; let it be gone."""
    own, within = _own(request, public_id), settings_of(request).edit_window
    if request.method != "POST":
        check_changeable(own.comment, by=own.by, within=within)
        drawn = Pen(own.by, own.article, is_open=False).alone(own.comment)
        context = {"article": own.article, "thread": own.comment.thread, "comment": own.comment, "drawn": drawn}
        return render(request, "discussion/delete.html", context)
    deleted = delete_comment(own.comment, by=own.by, within=within)
    return _go_on(deleted.permalink if deleted.is_shown else f"{own.article.get_url(request)}#discussion")


def _own(request: HttpRequest, public_id: str) -> Own:
    """Find a reader's own comment. Refusals: `not-found`, `not-your-comment`."""
    reader = reader_of(request)
    comment = comment_for(reader, public_id)
    article = article_for_readers(comment.thread.translation_key)
    if reader is None or comment.author_id != reader.pk:
        raise not_your_comment()
    return Own(article, comment, reader)


def _take(request: HttpRequest, own: Own, typed: Typed) -> HttpResponse:
    """Keep or preview what was typed."""
    check_whole(typed)
    if typed.wants_preview:
        return _form_page(request, own, filled_form(_blank(request, own), typed, preview=preview_comment(typed.body)))
    edited = edit_comment(
        own.comment,
        by=own.by,
        body=typed.body,
        key=key_of_edit(typed, own.comment),
        within=settings_of(request).edit_window,
        scopes=scopes_of(own.article),
        spam_signs=spam_signs_of(request, typed),
        client=client_address(request),
    )
    return _go_on(edited.comment.permalink)


def _blank(request: HttpRequest, own: Own) -> Form:
    """The form with the words that the author wrote last, be they held or not."""
    action = reverse("discussion:edit", args=[own.comment.public_id])
    form = blank_form(request, action, timezone.now())
    return replace(form, typed=Typed(body=last_words_of(own.comment)), key=secrets.token_urlsafe(18))


def _form_page(request: HttpRequest, own: Own, form: Form, status: int = 200) -> HttpResponse:
    context = {
        "article": own.article,
        "thread": own.comment.thread,
        "comment": own.comment,
        "form": form,
        "is_final": form.error is not None and form.error.code in FINAL,
    }
    return render(request, "discussion/edit.html", context, status=status)


def _go_on(url: str) -> HttpResponse:
    answer = HttpResponseRedirect(url)
    answer.status_code = 303  # whatever the browser came with, it goes on with GET
    return answer
