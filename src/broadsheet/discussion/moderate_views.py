"""What moderators do with a comment where they read it; pages that need no JavaScript and that nobody else finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from broadsheet.accounts.models import User
from broadsheet.discussion import actions
from broadsheet.discussion.drawing import Pen
from broadsheet.discussion.forms import reader_of, reads_as_moderator
from broadsheet.discussion.models import Comment
from broadsheet.discussion.reading import article_for_readers, comment_for, not_found
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal


@dataclass(frozen=True)
class Asked:
    """A comment, and the moderator who asks for it."""

    comment: Comment
    by: User


@never_cache
@require_safe
def moderate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a comment with what moderators can do with it; nobody else finds this page."""
    return _page(request, _asked(request, public_id).comment)


@guarded
@require_POST
def pin(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put a comment above all others of its thread."""
    return _act(request, public_id, actions.pin_comment)


@guarded
@require_POST
def unpin(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let a comment stand where it belongs again."""
    return _act(request, public_id, actions.unpin_comment)


@guarded
@require_POST
def pick(request: HttpRequest, public_id: str) -> HttpResponse:
    """Commend a comment to readers as an editors' pick."""
    return _act(request, public_id, actions.pick_comment)


@guarded
@require_POST
def unpick(request: HttpRequest, public_id: str) -> HttpResponse:
    """Commend a comment to readers no more."""
    return _act(request, public_id, actions.unpick_comment)


@guarded
@require_POST
def close_branch(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let nobody take part any more in the branch that a comment is part of."""
    return _act(request, public_id, actions.close_branch)


@guarded
@require_POST
def open_branch(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let people take part in the branch of a comment again."""
    return _act(request, public_id, actions.open_branch)


@guarded
@require_POST
def hide_versions(request: HttpRequest, public_id: str) -> HttpResponse:
    """Keep what stood in a comment before it was edited from readers."""
    return _act(request, public_id, actions.hide_versions)


@guarded
@require_POST
def show_versions(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let readers see what stood in a comment before it was edited."""
    return _act(request, public_id, actions.show_versions)


def _act(request: HttpRequest, public_id: str, action: Callable[..., Comment]) -> HttpResponse:
    """Do it and show the comment as it is then; what is refused is said there."""
    asked = _asked(request, public_id)
    try:
        action(asked.comment, by=asked.by)
    except Refusal as refusal:
        return _page(request, asked.comment, refusal)
    answer = HttpResponseRedirect(reverse("discussion:moderate", args=[asked.comment.public_id]))
    answer.status_code = 303  # whatever the browser came with, it goes on with GET
    return answer


def _asked(request: HttpRequest, public_id: str) -> Asked:
    """Find a comment for a moderator. Raises Refusal `not-found`: the same for anybody else, whatever there is."""
    user = request.user
    if not (isinstance(user, User) and reads_as_moderator(request)):
        raise not_found()
    return Asked(comment_for(reader_of(request), public_id), user)


def _page(request: HttpRequest, comment: Comment, refusal: Refusal | None = None) -> HttpResponse:
    article = article_for_readers(comment.thread.translation_key)
    context = {
        "article": article,
        "comment": comment,
        "thread": comment.thread,
        "drawn": Pen(reader_of(request), article, is_open=False).alone(comment),
        "refusal": refusal,
    }
    response = render(request, "discussion/moderate.html", context, status=refusal.status if refusal else 200)
    response["Cache-Control"] = "private, no-store"
    return response
