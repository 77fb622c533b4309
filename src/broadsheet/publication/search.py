"""Searching articles with the database's own full-text index, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Value, When

from broadsheet.publication.models import ArticlePage

if TYPE_CHECKING:
    from broadsheet.publication.models import ArticleQuerySet

QUERY_LENGTH = 200  # characters; nobody types more, and an index asked for thousands of words is slow
WORDS = 12
FOUND = 200  # of which ten pages are shown; beyond, one asks more closely

# Letters and digits of any script, with the marks that belong to them and what joins the parts of a word.
_WORD = re.compile(r"[^\W_][\w\u0300-\u036f\u064b-\u065f\u0900-\u0903\u200c\u200d'’-]*")


def read_query(text: str) -> str:
    """Return what is searched for: on one line, not longer than a query is."""
    return " ".join(text.replace("\x00", " ").split())[:QUERY_LENGTH]


def found_articles(articles: ArticleQuerySet, query: str) -> ArticleQuerySet:
    """Return those of `articles` that hold every word of `query`, the most fitting first; none for no words."""
    # Signs that mean something in the databases' own languages of search are no part of a word, so none gets there.
    words = [word[:QUERY_LENGTH] for word in _WORD.findall(query)][:WORDS]
    nothing: ArticleQuerySet = articles.none()
    if not words:
        return nothing
    hits = ArticlePage.objects.live().search(" ".join(words), operator="and")[:FOUND]
    keys = [hit.pk for hit in hits]
    rank = Case(*(When(pk=key, then=Value(place)) for place, key in enumerate(keys)), output_field=IntegerField())
    found: ArticleQuerySet = articles.filter(pk__in=keys).annotate(rank=rank).order_by("rank")
    return found if keys else nothing
