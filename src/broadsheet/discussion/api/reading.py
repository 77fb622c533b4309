"""Reading a discussion: the thread, its comments a page at a time, what answers them, who asks."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.visitor import Visitor
from broadsheet.discussion.api import shapes
from broadsheet.discussion.api.composing import Scribe, person
from broadsheet.discussion.api.document import BY_ANYBODY, LISTED, about, answers
from broadsheet.discussion.api.parameters import ArticlePath, CommentId, Cursor, Limit, OrderName, ThreadKey
from broadsheet.discussion.api.places import comment_at, discussion_at, discussion_of, thread_shape
from broadsheet.discussion.api.router import ROUTER
from broadsheet.discussion.asking import no_such_order, order_asked_for
from broadsheet.discussion.forms import reader_of
from broadsheet.discussion.reading import (
    Replies,
    first_page,
    no_such_page,
    page_after,
    replies_below,
    replies_of,
)

SAFE = ["GET", "HEAD"]


@ROUTER.api_operation(
    SAFE,
    "/threads/at",
    **about("find_thread", "threads", _("The discussion of an article, found by the article's path")),
    **answers(shapes.Thread, *BY_ANYBODY, "not-found", "parameter-missing"),
)
def find_thread(request: HttpRequest, path: ArticlePath) -> shapes.Thread:
    """A path in any language of the article leads to the same discussion. Begun or not: it may have no comment yet."""
    return thread_shape(request, discussion_at(request, path))


@ROUTER.api_operation(
    SAFE,
    "/threads/{uuid:key}",
    **about("read_thread", "threads", _("A discussion")),
    **answers(shapes.Thread, *BY_ANYBODY, "not-found"),
)
def read_thread(request: HttpRequest, key: ThreadKey) -> shapes.Thread:
    """How it stands: how many comments there are, whether and how one may write."""
    return thread_shape(request, discussion_of(request, key))


@ROUTER.api_operation(
    SAFE,
    "/threads/{uuid:key}/comments",
    **about("list_comments", "comments", _("The comments under an article, a page at a time")),
    **answers(shapes.CommentList, *BY_ANYBODY, *LISTED, "no-such-order"),
)
def list_comments(
    request: HttpRequest,
    key: ThreadKey,
    order: OrderName,
    after: Cursor,
    limit: Limit,
) -> shapes.CommentList:
    """Each comes with the first replies of its branch and how many more there are.

    Paging by `after`, one gets every comment once, whatever is written or voted meanwhile; by votes: every one whose
    own score did not change.
    """
    thread = discussion_of(request, key).thread
    asked, reader = order_asked_for(request), reader_of(request)
    if asked is None:
        raise no_such_order()
    if after is None:
        page = first_page(thread, reader, asked, length=limit)
    else:
        page = page_after(thread, reader, asked, after, length=limit)
    scribe = Scribe(reader, page.comments)
    tops = [scribe.top(branch) for branch in page.branches]
    return shapes.CommentList(order=asked.value, comments=tops, after=page.after or None)


@ROUTER.api_operation(
    SAFE,
    "/comments/{public_id}",
    **about("read_comment", "comments", _("One comment")),
    **answers(shapes.Comment, *BY_ANYBODY, "not-found"),
)
def read_comment(request: HttpRequest, public_id: CommentId) -> shapes.Comment:
    """What was removed has a place as long as something answers it."""
    comment = comment_at(request, public_id).comment
    return Scribe(reader_of(request), [comment]).comment(comment)


@ROUTER.api_operation(
    SAFE,
    "/comments/{public_id}/replies",
    **about("list_replies", "comments", _("The replies to a comment, a page at a time")),
    **answers(shapes.ReplyList, *BY_ANYBODY, *LISTED),
)
def list_replies(request: HttpRequest, public_id: CommentId, after: Cursor, limit: Limit) -> shapes.ReplyList:
    """Those to the comment itself, in the order they came."""
    comment, reader = comment_at(request, public_id).comment, reader_of(request)
    found = replies_of(comment, reader, _cursor(after), limit)
    return _reply_list(Scribe(reader, found.comments, known=[comment]), found)


@ROUTER.api_operation(
    SAFE,
    "/comments/{public_id}/branch",
    **about("list_branch", "comments", _("All that is said below a comment under an article, a page at a time")),
    **answers(shapes.ReplyList, *BY_ANYBODY, *LISTED),
)
def list_branch(request: HttpRequest, public_id: CommentId, after: Cursor, limit: Limit) -> shapes.ReplyList:
    """The whole branch that a comment is part of, however deep it is, in the order it came.

    So every reply comes behind what it answers. The `more` of a list of comments says where to go on.
    """
    comment, reader = comment_at(request, public_id).comment, reader_of(request)
    top = comment.root or comment
    found = replies_below(top, reader, _cursor(after), limit)
    return _reply_list(Scribe(reader, found.comments, known=[top]), found)


@ROUTER.api_operation(
    SAFE,
    "/me",
    **about("read_me", "you", _("Who you are here")),
    **answers(shapes.You, *BY_ANYBODY),
)
def read_me(request: HttpRequest) -> shapes.You:
    """A member by session or token, a guest by the cookie that writing here set, or nobody we know."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    profile, token = visitor.profile, visitor.token
    is_member = visitor.user.is_authenticated
    return shapes.You(
        kind="member" if is_member else "guest" if profile else "nobody",
        person=person(profile) if profile else None,
        by_token=token is not None,
        may_write=token is None or token.may_write,
    )


def _reply_list(scribe: Scribe, found: Replies) -> shapes.ReplyList:
    comments = [scribe.comment(reply) for reply in found.comments]
    return shapes.ReplyList(comments=comments, after=found.after or None)


def _cursor(after: str | None) -> str:
    """The cursor as the lists take it, for which none is ""; an empty one that was given is none of theirs."""
    if after == "":
        raise no_such_page()
    return after or ""
