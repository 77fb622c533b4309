"""What a request needs to know of a discussion, asked of the database once, however many parts of a page want it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
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

# What stands in the statement for the site and the thread that are asked for; nothing else in it is equal to them.
_A_SITE, _A_KEY = -1, UUID(int=1)


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


def _with_settings(request: HttpRequest, key: UUID) -> Thread | None:
    """One query, from the site that is there in any case: the thread and the settings, or what there is of them."""
    site = Site.find_for_request(request)
    if site is None:
        return Thread.objects.filter(translation_key=key).first()
    settings, found, version = _found(site, key)
    request.__dict__["_broadsheet_discussion"] = (
        _row(DiscussionSettings, settings) if settings else DiscussionSettings(site=site)
    )
    if not found:
        return None
    row = _row(Thread, found)
    row.version = version
    return row


def _found(site: Site, key: UUID) -> tuple[dict[str, Any] | None, dict[str, Any] | None, int | None]:
    """Return the settings' row, the thread's row and the version of its topic, as far as there are any."""
    sql, parameters, for_key = _question()
    asked = {_A_SITE: site.pk, for_key: _in_database(key)}
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked.get(one, one) for one in parameters])
        settings, found, version = cursor.fetchone() or (None, None, None)
    return settings and json.loads(settings), found and json.loads(found), version


@cache
def _question() -> tuple[str, tuple[Any, ...], Any]:
    """Return the statement, its parameters, and the one among them that stands for the key of a thread.

    Put together once: for all these columns that takes ten times as long as the database does to answer.
    """
    decided = DiscussionSettings.objects.filter(site=OuterRef("pk"))
    thread = Thread.objects.filter(translation_key=_A_KEY)
    asked = [Subquery(rows.values(columns=_columns(rows.model))) for rows in (decided, thread)]
    asked.append(Subquery(thread.values(version=version_for("thread"))))
    query = Site.objects.filter(pk=_A_SITE).values_list(*asked).query
    return *query.sql_with_params(), _in_database(_A_KEY)


def _in_database(key: UUID) -> Any:
    return Thread._meta.get_field("translation_key").get_db_prep_value(key, connection)


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
