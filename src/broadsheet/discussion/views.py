"""The pages of a discussion: all its comments, one of them in its branch, the form."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.discussion.asking import settings_of, thread_on
from broadsheet.discussion.forms import blank_form, reader_of, reads_as_moderator
from broadsheet.discussion.models import Order
from broadsheet.discussion.picks import offer_picks
from broadsheet.discussion.reading import CommentPage, article_for_readers, branch_of, comment_for, comment_in_place
from broadsheet.discussion.subscribing import notify_form
from broadsheet.discussion.talk import Talk, talk_at
from broadsheet.discussion.writing import Place, lost, write_at
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import plain_text

# Of a comment, for whoever shows a link to it.
EXCERPT = 200


@require_safe
def thread_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show a page of all comments of a thread, in the order and from the comment on that the address names."""
    article = article_for_readers(key)
    thread = thread_on(request, article)
    talk = talk_at(request, article, thread, thread.url)
    offer_picks(talk, after=request.GET.get("after"), before=request.GET.get("before"))
    form = blank_form(request, thread.write_url, timezone.now())
    notify = notify_form(request, thread)
    context = {"article": article, "thread": thread, "talk": talk, "form": form, "notify": notify}
    return render(request, "discussion/thread.html", context)


@require_safe
def comment_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a comment in its place: what it answers, and what answers it."""
    reader = reader_of(request)
    comment = comment_in_place(reader, public_id)
    article = article_for_readers(comment.thread.translation_key)
    page = CommentPage([branch_of(comment, reader, request.GET.get("after", ""))], Order.NEWEST)
    is_readable = comment.may_be_read_by(reader)
    talk = Talk(
        article, comment.thread, reader, lambda _among: page,
        decided=settings_of(request), may_moderate=reads_as_moderator(request),
    )  # fmt: skip
    context = {
        "article": article,
        "thread": comment.thread,
        "comment": comment,
        "is_readable": is_readable,
        "excerpt": plain_text(comment.html)[:EXCERPT] if is_readable else "",
        "talk": talk,
        "around": f"{comment.thread.url}?{urlencode({'from': (comment.root or comment).public_id})}",
        "told": request.GET.get("told", ""),
    }
    return render(request, "discussion/comment.html", context)


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the form for a comment under an article; take what it brings."""
    try:
        article = article_for_readers(key)
    except Refusal as refusal:
        return lost(request, refusal)
    return write_at(request, Place(article, thread_on(request, article)))


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a comment and the form for an answer to it; take what the form brings."""
    try:
        comment = comment_for(reader_of(request), public_id)
        article = article_for_readers(comment.thread.translation_key)
    except Refusal as refusal:
        return lost(request, refusal)
    return write_at(request, Place(article, comment.thread, comment))
