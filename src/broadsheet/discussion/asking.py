"""What a request needs to know of a discussion, asked of the database once, however many parts of a page want it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.models import Site

from broadsheet.delivery.announce import version_for
from broadsheet.delivery.shown import shows
from broadsheet.discussion.models import DiscussionSettings, Order, Thread, key_of
from broadsheet.discussion.reading import order_named
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage

Row = TypeVar("Row", bound=models.Model)


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
        shows(*known[key].topics)
    return known[key]


def order_asked_for(request: HttpRequest) -> Order | None:
    """Return the order that the address names, the newsroom's where it names none; None for one that does not exist."""
    name = request.GET.get("order")
    return settings_of(request).order if name is None else order_named(name)


def no_such_order() -> Refusal:
    """Return what is said where the order asked for does not exist."""
    return Refusal("no-such-order", _("Comments come newest first, oldest first or by votes."), status=404)


def _with_settings(request: HttpRequest, key: Any) -> Thread | None:
    """One query, from the site that is there in any case: the thread and the settings, or what there is of them."""
    site = Site.find_for_request(request)
    if site is None:
        return Thread.objects.filter(translation_key=key).first()
    decided = DiscussionSettings.objects.filter(site=OuterRef("pk"))
    thread = Thread.objects.filter(translation_key=key)
    asked = [Subquery(rows.values(columns=_columns(rows.model))) for rows in (decided, thread)]
    asked.append(Subquery(thread.values(version=version_for("thread"))))
    settings, found, version = Site.objects.filter(pk=site.pk).values_list(*asked).first() or (None, None, None)
    request.__dict__["_broadsheet_discussion"] = (
        _row(DiscussionSettings, settings) if settings else DiscussionSettings(site=site)
    )
    if not found:
        return None
    row = _row(Thread, found)
    row.version = version
    return row


def _columns(model: type[models.Model]) -> JSONObject:
    return JSONObject(**{field.attname: field.attname for field in model._meta.concrete_fields})


def _row(model: type[Row], kept: dict[str, Any]) -> Row:
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(None, names, [_value(model._meta.get_field(name), kept[name]) for name in names])


def _value(field: Any, value: Any) -> Any:
    """What a column of JSON is in Python: on SQLite JSON stands there as text, and a moment without its zone, UTC."""
    if isinstance(field, models.JSONField):
        return json.loads(value) if isinstance(value, str) else value
    if isinstance(field, models.DateTimeField):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return field.to_python(value)
