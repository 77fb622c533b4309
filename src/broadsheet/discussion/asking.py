"""What a request needs to know of a discussion, asked of the database once, however many parts of a page want it."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import JSONField, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from wagtail.models import Site

from broadsheet.discussion.models import DiscussionSettings, Order, Thread, key_of
from broadsheet.discussion.reading import order_named
from broadsheet.publication.models import ArticlePage


def settings_of(request: HttpRequest) -> DiscussionSettings:
    """Return what the newsroom decided for all discussions; as designed where it decided nothing."""
    known: DiscussionSettings | None = request.__dict__.get("_broadsheet_discussion")
    if known is None:
        site = Site.find_for_request(request)
        known = DiscussionSettings.objects.filter(site=site).first() or DiscussionSettings(site=site)
        request.__dict__["_broadsheet_discussion"] = known
    return known


def thread_on(request: HttpRequest, article: ArticlePage) -> Thread:
    """Return the thread of an article as `Thread.objects.of` does, and find the settings in the same query."""
    key = key_of(article)
    known: dict[Any, Thread] = request.__dict__.setdefault("_broadsheet_threads", {})
    if key not in known:
        known[key] = _with_settings(request, key) or Thread(translation_key=key)
    return known[key]


def order_asked_for(request: HttpRequest) -> Order | None:
    """Return the order that the address names, the newsroom's where it names none; None for one that does not exist."""
    name = request.GET.get("order")
    return settings_of(request).order if name is None else order_named(name)


def _with_settings(request: HttpRequest, key: Any) -> Thread | None:
    site = Site.find_for_request(request)
    columns = {field.attname: field.attname for field in DiscussionSettings._meta.concrete_fields}
    decided = DiscussionSettings.objects.filter(site=site).values(columns=JSONObject(**columns))
    thread = Thread.objects.filter(translation_key=key).annotate(decided=Subquery(decided)).first()
    if thread is not None:
        kept: dict[str, Any] = getattr(thread, "decided", None) or {}
        fields = {name: _value(name, value) for name, value in kept.items()}
        request.__dict__["_broadsheet_discussion"] = DiscussionSettings(**(fields or {"site": site}))
    return thread


def _value(name: str, value: Any) -> Any:
    # SQLite keeps JSON as text, and so puts it into other JSON.
    is_text = isinstance(value, str) and isinstance(DiscussionSettings._meta.get_field(name), JSONField)
    return json.loads(value) if is_text else value
