"""What the OpenAPI document tells of an operation: what it is about, what it answers, the refusals one may meet.

The sentences that people read are where the rules are; what stands here is for who writes a program.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from broadsheet.discussion.api.shapes import Refused

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MEANINGS: dict[str, tuple[int, str]] = {
    "json-unreadable": (400, "the body is no JSON in UTF-8, names something twice, holds NaN or is nested too deep"),
    "header-missing": (400, "the header Idempotency-Key is missing"),
    "token-unknown": (401, "the token is not known, has expired or was revoked"),
    "cross-site": (403, "a page of another site sent it"),
    "token-reads-only": (403, "the token may only read"),
    "banned": (403, "a moderator banned the author, or the connection"),
    "thread-closed": (403, "nothing new is taken in this discussion"),
    "branch-closed": (403, "nothing new is taken in this branch"),
    "no-down-votes": (403, "comments are not voted down here"),
    "not-your-comment": (403, "only its author can change it"),
    "too-late": (403, "the time to change it is over"),
    "vote-on-own": (403, "nobody votes on their own comment"),
    "not-found": (404, "there is no such thing, or not for you; nobody can tell which"),
    "no-such-order": (404, "comments come newest, oldest or most-voted"),
    "no-such-page": (404, "the cursor is not of this list, or not of this order"),
    "parent-held": (409, "what is answered awaits a moderator"),
    "parent-removed": (409, "what is answered was removed"),
    "comment-removed": (409, "a moderator removed it"),
    "decided-right-now": (409, "a moderator is deciding on it; try again in a moment"),
    "vote-on-unpublished": (409, "only what everybody reads is voted on"),
    "too-large": (413, "the body is larger than any of ours can be"),
    "not-json": (415, "the body does not call itself application/json"),
    "key-unfit": (422, "the header Idempotency-Key is not 16 to 64 visible ASCII characters"),
    "parameter-unknown": (422, "there is no such parameter here, or it was given twice"),
    "parameter-missing": (422, "a parameter is missing"),
    "no-such-limit": (422, "limit is a whole number from 1 to 100"),
    "field-unknown": (422, "a field of the body does not belong here"),
    "field-missing": (422, "a field of the body is missing"),
    "field-unfit": (422, "a field of the body, or all of it, is not of its type"),
    "name-missing": (422, "a guest gives a name"),
    "name-too-long": (422, "the name is too long"),
    "email-invalid": (422, "the address is none"),
    "text-empty": (422, "nobody would see anything"),
    "text-too-long": (422, "the words are too long"),
    "text-too-deep": (422, "quotes, lists and brackets stand in one another too deep"),
    "text-unwanted": (422, "there is a character in it that hides or turns others, or half of one"),
    "text-html": (422, "it holds HTML outside code"),
    "text-link": (422, "it holds a link that would run something"),
    "no-such-vote": (422, "a vote is 1, -1 or 0"),
    "slow-mode": (429, "everybody may write one comment in so many minutes; the sentence says when the next one"),
    "too-many": (429, "that was too much in a short time; wait and try again"),
}

BY_ANYBODY = ("token-unknown", "parameter-unknown")
UNSAFE = (*BY_ANYBODY, "cross-site", "token-reads-only")
WITH_BODY = (*UNSAFE, "json-unreadable", "not-json", "too-large", "field-unknown", "field-missing", "field-unfit")
WITH_KEY = (*WITH_BODY, "header-missing", "key-unfit")
TEXT = ("text-empty", "text-too-long", "text-too-deep", "text-unwanted", "text-html", "text-link")
LISTED = ("not-found", "no-such-page", "no-such-limit")
WRITTEN = (*TEXT, "banned", "too-many", "thread-closed", "branch-closed", "not-found")
NEW = ("slow-mode", "name-missing", "name-too-long", "email-invalid")


def about(name: str, tag: str, summary: _StrPromise) -> dict[str, Any]:
    """Return how an operation is called, as ninja takes it; its docstring says more."""
    return {"operation_id": name, "tags": [tag], "summary": summary}


def answers(shape: Any, *refusals: str, status: int = 200) -> dict[str, Any]:
    """Return what an operation may answer, as ninja takes it: `shape`, and the refusals by their status."""
    statuses = sorted({MEANINGS[code][0] for code in refusals})
    told = {refused: {"description": _told(refused, refusals)} for refused in statuses}
    return {
        "response": {status: shape, **dict.fromkeys(statuses, Refused)},
        "openapi_extra": {"responses": told},
    }


def _told(status: int, codes: Iterable[str]) -> str:
    meant = [f"`{code}`: {MEANINGS[code][1]}" for code in MEANINGS if code in codes and MEANINGS[code][0] == status]
    return "; ".join(meant) + "."
