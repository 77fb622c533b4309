"""The pages of a discussion: all its comments, one of them in its branch, the form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.accounts.models import Profile
from broadsheet.accounts.visitor import remember_guest
from broadsheet.discussion.actions import UNANSWERABLE, Posted, check_answerable, post_comment, preview_comment
from broadsheet.discussion.drawing import Pen
from broadsheet.discussion.forms import Form, Typed, blank_form, filled_form, key_of, read_form, writer_of
from broadsheet.discussion.models import Comment, Order, Thread
from broadsheet.discussion.reading import (
    DEFAULT_ORDER,
    CommentPage,
    article_for_readers,
    branch_of,
    comment_for,
    first_page,
    order_named,
    page_after,
    page_before,
)
from broadsheet.discussion.sorting import sorts
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import plain_text
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage

# Of a comment, for whoever shows a link to it.
EXCERPT = 200
# A repeat that brings no key is taken for the same person's only as long as a double click or a retry takes.
SAME_PERSON_FOR = timedelta(seconds=30)


@dataclass(frozen=True)
class Place:
    """Where somebody writes: under an article, or in answer to a comment."""

    article: ArticlePage
    thread: Thread
    parent: Comment | None = None

    @property
    def action(self) -> str:
        """The path that the form goes to."""
        if self.parent:
            return reverse("discussion:reply", args=[self.parent.public_id])
        return self.thread.write_url


@require_safe
def thread_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show a page of all comments of a thread, in the order and from the comment on that the address names."""
    article = article_for_readers(key)
    thread = Thread.objects.of(article)
    page = _page(request, thread, _reader(request))
    pen = Pen(_reader(request), article, is_open=not thread.is_closed)
    place = Place(article, thread)
    context = {
        "article": article,
        "thread": thread,
        "tree": pen.tree(page.branches),
        "order": page.order,
        "form": blank_form(request, place.action, timezone.now()),
        **_ways(thread, page),
    }
    return render(request, "discussion/thread.html", context)


@require_safe
def comment_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a comment in its branch: what it answers, and what answers it."""
    reader = _reader(request)
    comment = comment_for(reader, public_id)
    article = article_for_readers(comment.thread.translation_key)
    pen = Pen(reader, article, is_open=not comment.thread.is_closed)
    branch = branch_of(comment, reader, request.GET.get("after", ""))
    is_readable = comment.may_be_read_by(reader)
    context = {
        "article": article,
        "thread": comment.thread,
        "comment": comment,
        "is_readable": is_readable,
        "excerpt": plain_text(comment.html)[:EXCERPT] if is_readable else "",
        "tree": pen.tree([branch]),
    }
    return render(request, "discussion/comment.html", context)


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the form for a comment under an article; take what it brings."""
    try:
        article = article_for_readers(key)
    except Refusal as refusal:
        return _lost(request, refusal)
    return _write(request, Place(article, Thread.objects.of(article)))


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a comment and the form for an answer to it; take what the form brings."""
    try:
        comment = comment_for(_reader(request), public_id)
        article = article_for_readers(comment.thread.translation_key)
    except Refusal as refusal:
        return _lost(request, refusal)
    return _write(request, Place(article, comment.thread, comment))


def _write(request: HttpRequest, place: Place) -> HttpResponse:
    typed = read_form(request) if request.method == "POST" else None
    try:
        if typed is None:
            check_answerable(place.thread, place.parent)
            return _form_page(request, place, _blank(request, place))
        place = _place_named(request, place, typed)
        return _take(request, place, typed)
    except Refusal as refusal:
        # What cannot be answered may still be said: the words stand in the form for a comment of its own.
        here = place if refusal.code not in UNANSWERABLE else replace(place, parent=None)
        form = filled_form(_blank(request, here), typed or Typed(), error=refusal)
        return _form_page(request, here, form, status=refusal.status)


def _place_named(request: HttpRequest, place: Place, typed: Typed) -> Place:
    """Where the form itself says that its words belong; forms of ours say it by their address."""
    if place.parent or not typed.parent:
        return place
    return replace(place, parent=comment_for(_reader(request), typed.parent))


def _take(request: HttpRequest, place: Place, typed: Typed) -> HttpResponse:
    """Post or preview what was typed."""
    if typed.is_broken:
        sentence = _("Some characters did not arrive whole. Look through your words below and type those anew.")
        raise Refusal("text-broken", sentence, field="body")
    if typed.wants_preview:
        check_answerable(place.thread, place.parent)
        form = filled_form(_blank(request, place), typed, preview=preview_comment(typed.body))
        return _form_page(request, place, form)
    posted = post_comment(
        place.thread,
        by=writer_of(request, typed),
        body=typed.body,
        key=key_of(request, typed, place.thread, place.parent),
        parent=place.parent,
        scopes=_scopes(place.article),
        spam_signs=_spam_signs(request, typed),
    )
    answer = HttpResponseRedirect(posted.comment.permalink)
    answer.status_code = 303  # whatever the browser came with, it goes on with GET
    if _is_theirs(posted, typed):
        remember_guest(answer, posted.comment.author)
    return answer


def _is_theirs(posted: Posted, typed: Typed) -> bool:
    """Whether the browser may be told that it is the guest who wrote this: a repeat might come from somebody else."""
    is_recent = timezone.now() - posted.comment.created_at < SAME_PERSON_FOR
    return posted.comment.author.is_guest and (not posted.is_repeat or typed.has_key or is_recent)


def _scopes(article: ArticlePage) -> tuple[str, ...]:
    return (article.topic, f"section:{article.section.pk}") if article.section else (article.topic,)


def _spam_signs(request: HttpRequest, typed: Typed) -> tuple[str, ...]:
    """What looks like a robot; somebody whose words are published here is none, however fast they type."""
    signs = typed.spam_signs(timezone.now())
    reader = _reader(request)
    if "too-fast" in signs and reader and Comment.objects.filter(author=reader, standing=Standing.PUBLISHED).exists():
        return tuple(sign for sign in signs if sign != "too-fast")
    return signs


def _form_page(request: HttpRequest, place: Place, form: Form, status: int = 200) -> HttpResponse:
    pen = Pen(_reader(request), place.article, is_open=False)
    context = {
        "article": place.article,
        "thread": place.thread,
        "parent": place.parent,
        "question": pen.alone(place.parent) if place.parent else "",
        "form": form,
    }
    response = render(request, "discussion/write.html", context, status=status)
    if request.method == "POST":
        response["Cache-Control"] = "private, no-store"
    return response


def _lost(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a form whose place is gone: there is none to show, but the words are not lost."""
    if request.method != "POST":
        raise refusal
    form = Form(action="", typed=read_form(request), error=refusal)
    response = render(request, "discussion/lost.html", {"form": form}, status=refusal.status)
    response["Cache-Control"] = "private, no-store"
    return response


def _blank(request: HttpRequest, place: Place) -> Form:
    return blank_form(request, place.action, timezone.now(), place.parent)


def _reader(request: HttpRequest) -> Profile | None:
    profile: Profile | None = request.visitor.profile  # type: ignore[attr-defined]
    return profile


def _page(request: HttpRequest, thread: Thread, reader: Profile | None) -> CommentPage:
    order = order_named(request.GET.get("order", DEFAULT_ORDER))
    if order is None:
        raise Refusal("no-such-order", _("Comments come newest first, oldest first or by votes."), status=404)
    after, before = request.GET.get("after"), request.GET.get("before")
    if after is not None:
        return page_after(thread, reader, order, after)
    return first_page(thread, reader, order) if before is None else page_before(thread, reader, order, before)


def _ways(thread: Thread, page: CommentPage) -> dict[str, Any]:
    """The addresses of the neighbouring pages; a page is named by the comment it begins behind, or ends before."""
    return {
        "sorts": sorts(thread.url, page.order),
        "preceding": _address(thread, page.order, before=page.before),
        "following": _address(thread, page.order, after=page.after),
    }


def _address(thread: Thread, order: Order, **cursor: str) -> str:
    return f"{thread.url}?{urlencode({'order': order, **cursor})}" if all(cursor.values()) else ""
