"""How much a reader's form may hold: counted before it is taken apart, which is what costs time."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from broadsheet.kernel.refusal import Refusal

# Several times the longest form that readers have. Twenty thousand parts in one megabyte keep Django busy for seconds;
# only the newsroom's editor needs as many (DATA_UPLOAD_MAX_NUMBER_FIELDS).
MOST_FIELDS = 200


def check_form_size(request: HttpRequest) -> None:
    """Raise Refusal `too-large` or `too-many-fields` for more than any form of ours holds, but in the admin."""
    if request.path_info.startswith(reverse("wagtailadmin_home")):
        return
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise Refusal("too-large", _("This is too much at once. Nothing was done with it."), status=413)
    if count_fields(request) > MOST_FIELDS:
        raise Refusal("too-many-fields", _("No form of ours has as many fields. Nothing was done with it."), status=413)


def count_fields(request: HttpRequest) -> int:
    """Return how many fields a form seems to have, by what stands between them; 0 for what is no form."""
    if request.content_type == "application/x-www-form-urlencoded":
        return request.body.count(b"&") + 1
    if request.content_type == "multipart/form-data":
        boundary = (request.content_params or {}).get("boundary", "")
        return request.body.count(b"--" + boundary.encode("utf-8", "replace")) if boundary else 0
    return 0
