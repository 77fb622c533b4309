"""Threads, comments, their versions and votes, and what the newsroom decides for all of them."""

from broadsheet.discussion.models.comments import Comment, CommentDecision, CommentQuerySet, CommentReport
from broadsheet.discussion.models.edits import CommentEdit, CommentEditDecision, bear_last_published
from broadsheet.discussion.models.inline import InlineCount, count_inline
from broadsheet.discussion.models.settings import DiscussionSettings, Order
from broadsheet.discussion.models.threads import ARTICLE, LONGEST_PAUSE, Thread, ThreadQuerySet, counted, key_of
from broadsheet.discussion.models.votes import DOWN, NONE, UP, Vote

__all__ = [
    "ARTICLE",
    "DOWN",
    "LONGEST_PAUSE",
    "NONE",
    "UP",
    "Comment",
    "CommentDecision",
    "CommentEdit",
    "CommentEditDecision",
    "CommentQuerySet",
    "CommentReport",
    "DiscussionSettings",
    "InlineCount",
    "Order",
    "Thread",
    "ThreadQuerySet",
    "Vote",
    "bear_last_published",
    "count_inline",
    "counted",
    "key_of",
]
