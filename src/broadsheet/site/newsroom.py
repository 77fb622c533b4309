"""What the newsroom does by Wagtail's own views is one transaction with what is told of it (docs/decisions/0037)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from broadsheet.accounts.rights import may_enter_newsroom
from broadsheet.kernel.refusal import Refusal
from broadsheet.site.refusals import answer_refusal

LOG = logging.getLogger("broadsheet.newsroom")
NEWSROOM = "admin/"  # what the route of every address of the newsroom begins with
SAFE = frozenset(["GET", "HEAD", "OPTIONS", "TRACE"])
# PostgreSQL's words for "you two waited for each other" and "somebody was before you".
PASSING = frozenset(["40P01", "40001"])
PREVIEWS = frozenset(["preview_on_add", "preview_on_edit"])
PAGES_FORM = "wagtailadmin_pages:edit"
PRESENCE = "wagtailadmin_editing_sessions"
# Of pictures that are there already, without a file in the request.
PICTURE_WORK = frozenset(["wagtailimages_chooser:select_format", "wagtailimages:create_multiple_from_uploaded_image"])

View = Callable[..., HttpResponse]


class NewsroomTransactionMiddleware:
    """Runs Wagtail's views that change something in one transaction each, which Wagtail itself does for some only.

    Ours call actions, which open their own (docs/decisions/0002); a decision on many comments is many transactions.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Run the view in Django's place, as ATOMIC_REQUESTS would: undone when it raises, rendered when it is done."""
        if not _is_one_transaction(request, view):
            return None
        try:
            return _once_more(partial(_in_a_transaction, partial(view, request, *args, **kwargs)), request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)


def _in_a_transaction(act: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic():
        return act()


def _once_more(act: Callable[[], HttpResponse], request: HttpRequest) -> HttpResponse:
    """Act again where the database undid it in favour of somebody else; what was sent is read already, and kept."""
    try:
        return act()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in PASSING:
            raise
        LOG.info("%s %s waited for somebody who waited for it, and is done again.", request.method, request.path)
    return act()


def _is_one_transaction(request: HttpRequest, view: View) -> bool:
    """Whether a request is the newsroom's, changes something by a view of Wagtail's, and is quick.

    SQLite lets one write at a time, from the beginning of the transaction: strangers, files and pages by themselves get
    none.
    """
    match = request.resolver_match
    if request.method in SAFE or match is None or not match.route.startswith(NEWSROOM):
        return False
    if view.__module__.startswith("broadsheet.") or _is_by_itself(request):
        return False
    if match.view_name in PICTURE_WORK or request.FILES:  # last: it reads the body, which views of ours do themselves
        return False
    user = request.user
    return user.is_authenticated and may_enter_newsroom(user)


def _is_by_itself(request: HttpRequest) -> bool:
    """Whether an editor's page sends this by itself: what is to be previewed, the draft, that somebody is there.

    Wagtail keeps a draft in a transaction of its own, and nobody is told of any of these.
    """
    match = request.resolver_match
    if match is None:
        return False
    is_draft = match.view_name == PAGES_FORM and not request.accepts("text/html")
    return is_draft or match.url_name in PREVIEWS or match.namespace == PRESENCE
