"""What was changed in a comment, for everybody to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from broadsheet.discussion.forms import reader_of
from broadsheet.discussion.models import Comment, CommentEdit
from broadsheet.discussion.reading import VERSIONS, article_for_readers, comment_for, not_found, versions_of
from broadsheet.kernel.alignment import Change, Fate, changes
from broadsheet.moderation.rights import may_moderate

_NUMBER = re.compile("[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class Version:
    """One version of a comment, and how it came out of the one before; the first one is all new, and kept so."""

    edit: CommentEdit
    changes: list[Change]


@require_safe
def versions(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the versions of a comment, the latest first, each with what it changed."""
    comment = comment_for(reader_of(request), public_id)
    article = article_for_readers(comment.thread.translation_key)
    if not _may_see(request, comment):
        raise not_found()
    found = versions_of(comment, _before(request))
    if not found:
        raise not_found()
    shown = found[:VERSIONS]
    context = {
        "article": article,
        "thread": comment.thread,
        "comment": comment,
        "versions": _compared(shown, found[len(shown) :]),
        "earlier": shown[-1].number if len(found) > VERSIONS else None,
    }
    return render(request, "discussion/versions.html", context)


def _may_see(request: HttpRequest, comment: Comment) -> bool:
    """Whether the versions are for this reader; what the newsroom hides, a moderator still sees."""
    if not comment.is_published:
        return False
    return not comment.hides_versions or may_moderate(request.visitor.user)  # type: ignore[attr-defined]


def _before(request: HttpRequest) -> int | None:
    given = request.GET.get("before")
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise not_found()
    return int(given)


def _compared(shown: list[CommentEdit], further: list[CommentEdit]) -> list[Version]:
    compared = [Version(edit, changes(earlier.source, edit.source)) for edit, earlier in pairwise([*shown, *further])]
    first = shown[-1]
    return compared if further else [*compared, Version(first, [Change(Fate.KEPT, first.source)])]
