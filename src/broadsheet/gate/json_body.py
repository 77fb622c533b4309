"""JSON as programs send it, read strictly: what two programs would read differently is refused by both.

Python's own reader takes NaN, numbers beyond all bounds, names given twice (the last one counts) and bytes in several
encodings; and it gives up with an error of its own on what is nested too deep.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _

from broadsheet.kernel.refusal import Refusal

# Bytes: the longest comment has ten thousand characters, and the longest way to write one takes twelve.
BODY_LIMIT = 256 * 1024


class _Unreadable(ValueError):
    """What is no JSON to us, although Python would read it."""


def check_json_request(request: HttpRequest) -> None:
    """Raise Refusal `not-json` (415) or `too-large` (413) for a request whose body need not even be read."""
    if request.content_type != "application/json":
        raise Refusal("not-json", _("Send JSON, and say so: Content-Type: application/json."), status=415)
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
        raise Refusal("too-large", _("This is too much at once. Nothing was done with it."), status=413)


def read_json(raw: bytes) -> Any:
    """Return what the bytes say. Raises Refusal `json-unreadable` (400) for all that is not plain JSON in UTF-8."""
    try:
        read: Any = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse, parse_float=_finite
        )
    except (ValueError, RecursionError):  # numbers of thousands of digits and broken UTF-8 are ValueErrors too
        raise unreadable() from None
    return read


def unreadable() -> Refusal:
    """Return what is said of a body that is no JSON, or none at all."""
    sentence = _("This is no JSON that we can read: UTF-8, every name once, no NaN, nothing nested deep.")
    return Refusal("json-unreadable", sentence, status=400)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise _Unreadable("a name was given twice")
    return named


def _refuse(constant: str) -> NoReturn:
    raise _Unreadable(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Unreadable("a number beyond all bounds")
    return number
