"""What every form for a comment leads to: what was typed is posted or previewed, and comes back when it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from broadsheet.accounts.visitor import remember_guest
from broadsheet.discussion.actions import UNANSWERABLE, Posted, check_answerable, post_comment, preview_comment
from broadsheet.discussion.forms import (
    About,
    Form,
    Typed,
    blank_form,
    check_whole,
    filled_form,
    key_of,
    read_form,
    reader_of,
    scopes_of,
    spam_signs_of,
    writer_of,
)
from broadsheet.discussion.models import Comment, Order, Thread
from broadsheet.discussion.reading import Branch, CommentPage, comment_for
from broadsheet.discussion.subscribing import check_can_be_told, tell_of_replies, told_url
from broadsheet.discussion.talk import Talk
from broadsheet.gate.address import client_address
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage

# A repeat that brings no key is taken for the same person's only as long as a double click or a retry takes.
SAME_PERSON_FOR = timedelta(seconds=30)


@dataclass(frozen=True)
class Place:
    """Where somebody writes: under an article, in answer to a comment, or about what a module above knows of."""

    article: ArticlePage
    thread: Thread
    parent: Comment | None = None
    about: About | None = None

    @property
    def action(self) -> str:
        """The path that the form goes to."""
        if self.about:
            return self.about.action
        if self.parent:
            return reverse("discussion:reply", args=[self.parent.public_id])
        return self.thread.write_url

    @property
    def trouble(self) -> Refusal | None:
        """Why nothing can be written here, as far as that is known before."""
        return self.about.trouble if self.about else None

    def without(self, refusal: Refusal) -> Place:
        """Return where the words may stand instead: what cannot be answered or quoted may still be said by itself."""
        if self.about and refusal.code in self.about.refusals:
            return replace(self, about=None)
        return replace(self, parent=None) if refusal.code in UNANSWERABLE else self


def write_at(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the form for a comment at a place; take what it brings. What is refused comes back in the form."""
    typed = read_form(request) if request.method == "POST" else None
    try:
        if typed is None or typed.wants_form:
            _check(place)
            return _form_page(request, place, _blank(request, place))
        place = _place_named(request, place, typed)
        return _take(request, place, typed)
    except Refusal as refusal:
        here = place.without(refusal)
        form = filled_form(_blank(request, here), typed or Typed(), error=refusal)
        return _form_page(request, here, form, status=refusal.status)


def lost(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a form whose place is gone: there is none to show, but the words are not lost."""
    if request.method != "POST":
        raise refusal
    form = Form(action="", typed=read_form(request), error=refusal)
    response = render(request, "discussion/lost.html", {"form": form}, status=refusal.status)
    response["Cache-Control"] = "private, no-store"
    return response


def _check(place: Place) -> None:
    check_answerable(place.thread, place.parent)
    if place.trouble:
        raise place.trouble


def _place_named(request: HttpRequest, place: Place, typed: Typed) -> Place:
    """Where the form itself says that its words belong; forms of ours say it by their address."""
    if place.parent or place.about or not typed.parent:
        return place
    return replace(place, parent=comment_for(reader_of(request), typed.parent))


def _take(request: HttpRequest, place: Place, typed: Typed) -> HttpResponse:
    """Post or preview what was typed."""
    check_whole(typed)
    if typed.wants_preview:
        _check(place)
        form = filled_form(_blank(request, place), typed, preview=preview_comment(typed.body))
        return _form_page(request, place, form)
    check_can_be_told(request, typed)
    posted = _post(request, place, typed)
    told = tell_of_replies(request, typed, posted.comment)
    answer = HttpResponseRedirect(told_url(posted.comment, told))
    answer.status_code = 303  # whatever the browser came with, it goes on with GET
    if _is_theirs(posted, typed):
        remember_guest(answer, posted.comment.author)
    return answer


def _post(request: HttpRequest, place: Place, typed: Typed) -> Posted:
    key = key_of(request, typed, place.thread, place.parent)
    if place.about:
        post, key = place.about.post, Key.of(key.scope, key.digest, *place.about.identity)
    else:
        post = partial(post_comment, place.thread, parent=place.parent)
    return post(
        by=writer_of(request, typed),
        body=typed.body,
        key=key,
        scopes=scopes_of(place.article),
        spam_signs=spam_signs_of(request, typed),
        client=client_address(request),
    )


def _is_theirs(posted: Posted, typed: Typed) -> bool:
    """Whether the browser may be told that it is the guest who wrote this: a repeat might come from somebody else."""
    is_recent = timezone.now() - posted.comment.created_at < SAME_PERSON_FOR
    return posted.comment.author.is_guest and (not posted.is_repeat or typed.has_key or is_recent)


def _form_page(request: HttpRequest, place: Place, form: Form, status: int = 200) -> HttpResponse:
    parent = place.parent
    page = CommentPage([Branch(parent)] if parent else [], Order.NEWEST)
    context = {
        "article": place.article,
        "thread": place.thread,
        "parent": parent,
        "talk": Talk(place.article, place.thread, reader_of(request), lambda _among: page),
        "form": form,
    }
    response = render(request, "discussion/write.html", context, status=status)
    if request.method == "POST":
        response["Cache-Control"] = "private, no-store"
    return response


def _blank(request: HttpRequest, place: Place) -> Form:
    return replace(blank_form(request, place.action, timezone.now(), place.parent), about=place.about)
