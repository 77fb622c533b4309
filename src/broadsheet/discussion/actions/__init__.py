"""What people do in a discussion: write."""

from broadsheet.discussion.actions.comments import (
    UNANSWERABLE,
    Draft,
    Newcomer,
    Posted,
    Writer,
    check_answerable,
    open_thread,
    post_comment,
    prepare_comment,
    preview_comment,
)

__all__ = [
    "UNANSWERABLE",
    "Draft",
    "Newcomer",
    "Posted",
    "Writer",
    "check_answerable",
    "open_thread",
    "post_comment",
    "prepare_comment",
    "preview_comment",
]
