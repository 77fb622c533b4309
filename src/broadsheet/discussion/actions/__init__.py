"""What people do in a discussion: write, change, vote; and what moderators do: close."""

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
from broadsheet.discussion.actions.edits import (
    Edited,
    check_changeable,
    check_editable,
    delete_comment,
    edit_comment,
    empty,
    not_your_comment,
)
from broadsheet.discussion.actions.threads import CLOSED, OPENED, close_thread, open_thread_again
from broadsheet.discussion.actions.votes import Stranger, Voted, Voter, cast_vote, no_such_vote, take_back_votes

__all__ = [
    "CLOSED",
    "OPENED",
    "UNANSWERABLE",
    "Draft",
    "Edited",
    "Newcomer",
    "Posted",
    "Stranger",
    "Voted",
    "Voter",
    "Writer",
    "cast_vote",
    "check_answerable",
    "check_changeable",
    "check_editable",
    "close_thread",
    "delete_comment",
    "edit_comment",
    "empty",
    "no_such_vote",
    "not_your_comment",
    "open_thread",
    "open_thread_again",
    "post_comment",
    "prepare_comment",
    "preview_comment",
    "take_back_votes",
]
