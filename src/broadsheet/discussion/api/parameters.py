"""The parameters and headers of the API: how each is written, and how it reads in the OpenAPI document."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Header, Path, Query
from pydantic import BeforeValidator, WithJsonSchema

from broadsheet.discussion.api.shapes import ID, ORDERS
from broadsheet.discussion.forms import KEY_LENGTHS
from broadsheet.discussion.reading import PAGE_LENGTH
from broadsheet.kernel.refusal import Refusal

MOST = 100  # comments on a page
SHORTEST_KEY, LONGEST_KEY = KEY_LENGTHS[0], KEY_LENGTHS[-1]
KEY_HEADER = "Idempotency-Key"
KEY = re.compile(f"[!-~]{{{SHORTEST_KEY},{LONGEST_KEY}}}", re.ASCII)

_WHOLE = re.compile("[1-9][0-9]{0,2}", re.ASCII)


def _limit(text: Any) -> int:
    """A number is written in one way only: int() would take １００, 1_0 and +1 too."""
    if not (isinstance(text, str) and _WHOLE.fullmatch(text) and int(text) <= MOST):
        sentence = _("Ask for 1 to {most} at once, in plain digits.").format(most=MOST)
        raise Refusal("no-such-limit", sentence, field="limit")
    return int(text)


def _key(text: Any) -> str:
    if not (isinstance(text, str) and KEY.fullmatch(text)):
        sentence = _("The header {header} takes {shortest} to {longest} characters of plain ASCII, without spaces.")
        sentence = sentence.format(header=KEY_HEADER, shortest=SHORTEST_KEY, longest=LONGEST_KEY)
        raise Refusal("key-unfit", sentence, field=KEY_HEADER)
    return text


ThreadKey = Annotated[UUID, Path(description="The key of a discussion: it is in the address of its page.")]
CommentId = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": ID}),
    Path(description="The id of a comment: it is in the address of its page."),
]
ArticlePath = Annotated[
    str,
    Query(description="The path of an article of this publication, as it stands in its address."),
]
OrderName = Annotated[
    str | None,
    WithJsonSchema({"type": "string", "enum": ORDERS}),
    Query(None, description="newest, oldest or most-voted; where none is given, the newsroom's own choice."),
]
Cursor = Annotated[
    str | None,
    WithJsonSchema({"type": "string"}),
    Query(None, description="Where the page goes on: the `after` of the page before, in the same order."),
]
Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST}),
    Query(PAGE_LENGTH, description="How many at most; what is pinned comes besides."),
]
_KEY_SCHEMA = WithJsonSchema({"type": "string", "pattern": f"^{KEY.pattern}$"})
KeyHeader = Annotated[
    str,
    BeforeValidator(_key),
    _KEY_SCHEMA,
    Header(
        alias=KEY_HEADER,
        description=(
            "Names this very submission, so that sending it again posts nothing again and gets the first answer. "
            "Make a new random one for each; the same with other words is another submission. Kept for a day."
        ),
    ),
]
OptionalKeyHeader = Annotated[
    str | None,
    BeforeValidator(_key),
    _KEY_SCHEMA,
    Header(
        None,
        alias=KEY_HEADER,
        description="Tells strangers apart who vote without a cookie, so that sending it again is the same voice.",
    ),
]
