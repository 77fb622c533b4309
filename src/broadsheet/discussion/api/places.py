"""What a request of the API is about: an article's discussion, a comment in it, as who asks may see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_language_from_path
from wagtail.models import Page

from broadsheet.discussion.api import shapes
from broadsheet.discussion.asking import settings_of, thread_on
from broadsheet.discussion.forms import reader_of
from broadsheet.discussion.models import Comment, Thread, key_of
from broadsheet.discussion.reading import article_for_readers, comment_for, not_found
from broadsheet.publication.models import ArticlePage
from broadsheet.publication.public import absolute, address_of

# A page's path: the names of the pages above it, as their addresses have them.
_PATH = re.compile(r"(?:/[\w-]+)+/?")


@dataclass(frozen=True)
class Discussed:
    """A discussion as everybody may read it, with the article that it is about."""

    article: ArticlePage
    thread: Thread


@dataclass(frozen=True)
class Said:
    """A comment that has a place on the reader's pages, and where it was said."""

    article: ArticlePage
    comment: Comment


def discussion_of(request: HttpRequest, key: UUID) -> Discussed:
    """Return the discussion with that key, begun or not. Raises Refusal `not-found`."""
    article = article_for_readers(key)
    return Discussed(article, thread_on(request, article))


def discussion_at(request: HttpRequest, path: str) -> Discussed:
    """Return the discussion of the article at a path of ours, as a browser names it. Raises Refusal `not-found`."""
    return discussion_of(request, key_of(_article_at(request, unquote(path))))


def comment_at(request: HttpRequest, public_id: str) -> Said:
    """Return a comment, be it the place of one that was removed. Raises Refusal `not-found`."""
    comment = comment_for(reader_of(request), public_id)
    return Said(article_for_readers(comment.thread.translation_key), comment)


def thread_shape(request: HttpRequest, discussed: Discussed) -> shapes.Thread:
    """Return a discussion in the API's shape."""
    article, thread, decided = discussed.article, discussed.thread, settings_of(request)
    return shapes.Thread(
        key=str(thread.translation_key),
        article=shapes.Article(title=article.title, url=address_of(article, request), language=article.language),
        url=absolute(thread.url),
        comment_count=thread.comment_count,
        is_closed=thread.is_closed,
        slow_minutes=thread.slow_minutes,
        may_vote_down=decided.has_down_votes,
        edit_minutes=decided.edit_minutes,
        order=decided.order.value,
    )


def _article_at(request: HttpRequest, path: str) -> ArticlePage:
    """The page that a reader would get at a path; the path says in which language."""
    named = _PATH.fullmatch(path)
    language = get_language_from_path(path)
    with translation.override(language or settings.LANGUAGE_CODE):
        page = Page.find_for_request(request, path.removeprefix(f"/{language}/")) if named else None
    if not isinstance(page, ArticlePage):
        raise not_found()
    return page
