"""The newsroom's discussions, and how each stands: closed or open, off or on, slow, what is pinned and picked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import Truncator
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.discussion import actions
from broadsheet.discussion.models import LONGEST_PAUSE, Comment, Thread
from broadsheet.kernel import written
from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import plain_text
from broadsheet.moderation.desk_views import moderator_of, moderators_only
from broadsheet.publication.models import ArticlePage

PER_PAGE = 50
MOST_MARKED = 50  # pinned and picked comments shown of one discussion; readers find all picks in it
EXCERPT = 120  # characters of a comment, to know it again

_MINUTES = re.compile("[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Line:
    """A discussion in the list: how it stands, in words."""

    thread: Any
    states: list[str]


@dataclass(frozen=True)
class Marked:
    """A comment that is pinned or picked, and how it begins."""

    comment: Comment
    excerpt: str


@moderators_only
@require_safe
def threads(request: HttpRequest) -> HttpResponse:
    """Show all discussions, the latest begun first."""
    versions = ArticlePage.objects.filter(translation_key=OuterRef("translation_key")).order_by("pk")
    found: QuerySet[Any] = Thread.objects.annotate(headline=Subquery(versions.values("title")[:1])).order_by("-pk")
    paginator = WagtailPaginator(found.filter(headline__isnull=False), PER_PAGE)
    shown = paginator.get_page(request.GET.get("p"))
    context = {
        "items": shown,
        "lines": [Line(thread, states_of(thread)) for thread in shown],
        "elided_page_range": paginator.get_elided_page_range(shown.number),
        "page_title": _("Discussions"),
        "header_icon": "comment",
    }
    return render(request, "discussion/newsroom/threads.html", context)


@moderators_only
@require_safe
def one(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show how the discussion of one article stands; nobody needs to have written there."""
    return _one(request, _article(key))


@moderators_only
@require_POST
def close(request: HttpRequest, key: UUID) -> HttpResponse:
    """Close the discussion of an article."""
    return _do(request, key, actions.close_thread, _("The discussion of {headline} is closed."))


@moderators_only
@require_POST
def open_again(request: HttpRequest, key: UUID) -> HttpResponse:
    """Open the discussion of an article again."""
    return _do(request, key, actions.open_thread_again, _("The discussion of {headline} is open again."))


@moderators_only
@require_POST
def leave_to_age(request: HttpRequest, key: UUID) -> HttpResponse:
    """Let a discussion that was opened again be closed by its age."""
    return _do(request, key, actions.leave_thread_to_age, _("The discussion of {headline} is left to its age."))


@moderators_only
@require_POST
def switch_off(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the whole discussion of an article from readers."""
    return _do(request, key, actions.switch_off_thread, _("Readers do not see the discussion of {headline} any more."))


@moderators_only
@require_POST
def switch_on(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give the discussion of an article back to readers."""
    return _do(request, key, actions.switch_on_thread, _("Readers see the discussion of {headline} again."))


@moderators_only
@require_POST
def slow(request: HttpRequest, key: UUID) -> HttpResponse:
    """Set in how many minutes everybody has one comment below an article."""
    article, typed = _article(key), request.POST.get("minutes", "").strip()
    try:
        if not _MINUTES.fullmatch(typed):
            raise actions.no_such_pause()
        actions.slow_thread(Thread.objects.of(article), minutes=int(typed), by=moderator_of(request))
    except Refusal as refusal:
        return _one(request, article, typed, refusal)
    messages.success(request, _("The pace of the discussion of {headline} is set.").format(headline=article.title))
    return _back(request, key)


def states_of(thread: Thread) -> list[str]:
    """Say in a few words each how a discussion stands, what matters most first."""
    states = [_("off: readers do not see it")] if thread.is_off else []
    states.append(_state(thread))
    if thread.slow_minutes:
        pause = written.minutes(thread.slow_minutes, get_language() or "")
        states.append(_("one comment in {pause}").format(pause=pause))
    return states


def _state(thread: Thread) -> str:
    if thread.closed_after_days:
        return _("closed by its age")
    if thread.is_closed:
        return _("closed")
    return _("open, whatever its age") if thread.stays_open else pgettext("a discussion", "open")


def _do(request: HttpRequest, key: UUID, action: Callable[..., Thread], done: str) -> HttpResponse:
    article = _article(key)
    action(Thread.objects.of(article), by=moderator_of(request))
    messages.success(request, done.format(headline=article.title))
    return _back(request, key)


def _one(request: HttpRequest, article: ArticlePage, typed: str = "", refusal: Refusal | None = None) -> HttpResponse:
    thread = Thread.objects.of(article)
    context = {
        "thread": thread,
        "marked": _marked(thread),
        "minutes": typed if refusal else str(thread.slow_minutes),
        "most_minutes": str(LONGEST_PAUSE),
        "refusal": refusal,
        "page_title": _("Discussion"),
        "page_subtitle": article.title,
        "header_icon": "comment",
    }
    return render(request, "discussion/newsroom/one.html", context, status=refusal.status if refusal else 200)


def _marked(thread: Thread) -> list[Marked]:
    """What is pinned, then what is picked, the latest first."""
    marked = Comment.objects.filter(Q(is_pinned=True) | Q(is_pick=True), thread=thread.pk).select_related("author")
    latest = marked.order_by("-is_pinned", "-created_at")[:MOST_MARKED]
    return [Marked(comment, Truncator(plain_text(comment.html)).chars(EXCERPT)) for comment in latest]


def _back(request: HttpRequest, key: UUID) -> HttpResponse:
    return redirect("discussion_threads") if request.POST.get("from") == "list" else redirect("discussion_one", key)


def _article(key: UUID) -> ArticlePage:
    """The first version of an article, however it stands: the newsroom sees its own drafts."""
    article: ArticlePage | None = ArticlePage.objects.filter(translation_key=key, alias_of=None).order_by("pk").first()
    if article is None:
        raise Http404
    return article
