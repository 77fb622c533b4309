"""Voting on a comment: two buttons that work without JavaScript, and answer a program in its own way."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from broadsheet.accounts.visitor import remember_guest
from broadsheet.discussion.actions import Stranger, Voted, Voter, cast_vote, no_such_vote
from broadsheet.discussion.forms import KEY_LENGTHS, reader_of
from broadsheet.discussion.models import DOWN, NONE, UP, Comment
from broadsheet.discussion.reading import article_for_readers, comment_for
from broadsheet.gate.address import client_address
from broadsheet.gate.same_site import guarded
from broadsheet.publication.addresses import is_own_path

# Written in one way only: what else reads as a number is nobody's vote.
VALUES = {str(value): value for value in (UP, DOWN, NONE)}

LONGEST_PATH = 1_000  # of ours; nothing longer is repeated in a header


@guarded
@require_POST
def vote(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take somebody's vote, and lead them back to where they pressed the button."""
    comment = comment_for(reader_of(request), public_id)
    article_for_readers(comment.thread.translation_key)
    voted = cast_vote(comment, by=_voter(request), value=_value(request), client=client_address(request))
    answer = _as_json(voted) if _prefers_json(request) else _back(request, voted.comment)
    if reader_of(request) is None and voted.by and voted.by.is_guest:
        remember_guest(answer, voted.by)
    patch_vary_headers(answer, ["Accept"])
    answer["Cache-Control"] = "private, no-store"
    return answer


def _voter(request: HttpRequest) -> Voter:
    visitor = request.visitor  # type: ignore[attr-defined]
    if visitor.user.is_authenticated:
        member: Voter = visitor.profile or visitor.user
        return member
    key = request.POST.get("key", "")
    return visitor.profile or Stranger(key if len(key) in KEY_LENGTHS else "")


def _value(request: HttpRequest) -> int:
    given = request.POST.getlist("value")
    if len(given) != 1 or given[0] not in VALUES:
        raise no_such_vote()
    return VALUES[given[0]]


def _prefers_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _as_json(voted: Voted) -> HttpResponse:
    return JsonResponse({"score": voted.comment.score, "value": voted.value, "version": voted.version})


def _back(request: HttpRequest, comment: Comment) -> HttpResponse:
    """Lead to the comment on the page of ours that the vote came from; where that is not said, on its own page."""
    path = _came_from(request)
    answer = HttpResponseRedirect(f"{path}#{comment.element_id}" if path else comment.permalink)
    answer.status_code = 303  # whatever the browser came with, it goes on with GET
    return answer


def _came_from(request: HttpRequest) -> str:
    """Return path and query of the page of ours that the browser names; empty for any other, and for none."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    path = f"{page.path}?{page.query}" if page.query else page.path
    is_ours = f"{page.scheme}://{page.netloc}" == f"{request.scheme}://{request.get_host()}"
    return path if is_ours and is_own_path(path) and len(path) < LONGEST_PATH else ""
