"""Writing in a discussion: post, reply, edit, delete, vote, preview; each is the action that the page calls."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.responses import Status

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.tokens import is_unlimited
from broadsheet.accounts.visitor import Visitor, remember_guest
from broadsheet.discussion.actions import (
    Posted,
    Stranger,
    Voter,
    cast_vote,
    delete_comment,
    edit_comment,
    not_your_comment,
    post_comment,
    preview_comment,
)
from broadsheet.discussion.api import shapes
from broadsheet.discussion.api.composing import Scribe
from broadsheet.discussion.api.document import NEW, TEXT, UNSAFE, WITH_BODY, WITH_KEY, WRITTEN, about, answers
from broadsheet.discussion.api.parameters import CommentId, KeyHeader, OptionalKeyHeader, ThreadKey
from broadsheet.discussion.api.places import Discussed, Said, comment_at, discussion_of
from broadsheet.discussion.api.reading import read_comment
from broadsheet.discussion.api.router import ROUTER
from broadsheet.discussion.asking import settings_of
from broadsheet.discussion.forms import Typed, key_of_edit, reader_of, scopes_of, writer_of
from broadsheet.discussion.models import Comment
from broadsheet.gate.address import client_address
from broadsheet.gate.keys import Key
from broadsheet.gate.limits import network_of
from broadsheet.kernel.ids import is_public_id
from broadsheet.kernel.refusal import Refusal

# A repeat makes its sender the guest who was made by the first only as long as a retry takes.
SAME_PERSON_FOR = timedelta(minutes=2)


@ROUTER.post(
    "/threads/{uuid:key}/comments",
    **about("post_comment", "comments", _("Comment on an article")),
    **answers(shapes.Comment, *WITH_KEY, *WRITTEN, *NEW, status=201),
)
def comment(
    request: HttpRequest, response: HttpResponse, key: ThreadKey, words: shapes.NewComment, idempotency_key: KeyHeader
) -> Status[shapes.Comment]:
    """Judged as one that is written on the page: `standing` says whether it is published or awaits a moderator."""
    return _post(request, response, discussion_of(request, key), None, words, idempotency_key)


@ROUTER.post(
    "/comments/{public_id}/replies",
    **about("post_reply", "comments", _("Reply to a comment")),
    **answers(shapes.Comment, *WITH_KEY, *WRITTEN, *NEW, "parent-held", "parent-removed", status=201),
)
def reply(
    request: HttpRequest,
    response: HttpResponse,
    public_id: CommentId,
    words: shapes.NewComment,
    idempotency_key: KeyHeader,
) -> Status[shapes.Comment]:
    """To any that is published, however deep it stands."""
    said = comment_at(request, public_id)
    place = Discussed(said.article, said.comment.thread)
    return _post(request, response, place, said.comment, words, idempotency_key)


@ROUTER.patch(
    "/comments/{public_id}",
    **about("edit_comment", "comments", _("Put other words in place of your own")),
    **answers(
        shapes.Comment,
        *WITH_KEY,
        *WRITTEN,
        "not-your-comment",
        "too-late",
        "comment-removed",
        "decided-right-now",
    ),
)
def edit(request: HttpRequest, public_id: CommentId, words: shapes.Words, idempotency_key: KeyHeader) -> shapes.Comment:
    """For as long as the newsroom lets authors. Words that await a moderator leave the earlier ones public."""
    said = comment_at(request, public_id)
    typed = Typed(body=words.body, key=idempotency_key)
    edited = edit_comment(
        said.comment,
        by=_author(request, said),
        body=typed.body,
        key=key_of_edit(typed, said.comment),
        within=settings_of(request).edit_window,
        scopes=scopes_of(said.article),
        client=_client(request),
    )
    return Scribe(reader_of(request), [edited.comment]).comment(edited.comment)


@ROUTER.delete(
    "/comments/{public_id}",
    **about("delete_comment", "comments", _("Take your own comment back")),
    **answers(
        None, *UNSAFE, "not-found", "not-your-comment", "too-late", "comment-removed", "decided-right-now", status=204
    ),
)
def delete(request: HttpRequest, public_id: CommentId) -> Status[None]:
    """Its words are gone in every version; its place stays where something answers it. Deleted again is deleted."""
    try:
        said = comment_at(request, public_id)
        delete_comment(said.comment, by=_author(request, said), within=settings_of(request).edit_window)
    except Refusal:
        # Found gone, or found by nobody: done before, or at this moment by a repeat.
        if not _is_deleted_by(reader_of(request), public_id):
            raise
    return Status(204, None)


@ROUTER.put(
    "/comments/{public_id}/vote",
    **about("vote", "votes", _("Vote on a comment, change your vote or take it back")),
    **answers(
        shapes.Voted,
        *WITH_BODY,
        "key-unfit",
        "banned",
        "too-many",
        "thread-closed",
        "branch-closed",
        "not-found",
        "no-such-vote",
        "no-down-votes",
        "vote-on-own",
        "vote-on-unpublished",
    ),
)
def vote(
    request: HttpRequest,
    response: HttpResponse,
    public_id: CommentId,
    cast: shapes.NewVote,
    idempotency_key: OptionalKeyHeader,
) -> shapes.Voted:
    """The same again changes nothing. A stranger who sends the same key again is the same stranger."""
    comment = comment_at(request, public_id).comment
    by = _voter(request, idempotency_key or "")
    voted = cast_vote(comment, by=by, value=cast.value, client=_client(request))
    if isinstance(by, Stranger) and voted.by and not voted.by.name:  # who has taken a name since is remembered already
        remember_guest(response, voted.by)
    now = voted.comment
    return shapes.Voted(
        comment=now.public_id, value=voted.value, up_count=now.up_count, down_count=now.down_count, score=now.score
    )


@ROUTER.post(
    "/preview",
    **about("preview", "comments", _("See words as they would be shown")),
    **answers(shapes.Previewed, *WITH_BODY, *TEXT),
)
def preview(request: HttpRequest, words: shapes.Words) -> shapes.Previewed:
    """Nothing is posted, and nothing kept."""
    return shapes.Previewed(html=preview_comment(words.body))


def _post(
    request: HttpRequest,
    response: HttpResponse,
    place: Discussed,
    parent: Comment | None,
    words: shapes.NewComment,
    idempotency_key: str,
) -> Status[shapes.Comment]:
    typed = Typed(body=words.body, name=words.name, email=words.email, key=idempotency_key)
    posted = post_comment(
        place.thread,
        by=writer_of(request, typed),
        body=typed.body,
        key=_key(request, typed, place, parent),
        parent=parent,
        scopes=scopes_of(place.article),
        # Without signs of spam: a program has no form that it could have been too quick with.
        client=_client(request),
    )
    comment, is_theirs = posted.comment, _is_theirs(posted)
    response["Location"] = _address_of(request, comment)
    if is_theirs and comment.author.is_guest:
        remember_guest(response, comment.author)
    eyes = comment.author if is_theirs else reader_of(request)
    return Status(201, Scribe(eyes, [comment], known=[parent] if parent else []).comment(comment))


def _key(request: HttpRequest, typed: Typed, place: Discussed, parent: Comment | None) -> Key:
    """Return what makes a submission the same one: its key, who sends it, and everything in it.

    A form's key is random, since form.js or we made it; a program's may be anything, "0000000000000001" too. So nobody
    gets the answer to what somebody else sent. A guest is known by the network: the cookie may come with the answer.
    """
    visitor = _visitor(request)
    is_member = visitor.user.is_authenticated
    sender = f"member {visitor.user.pk}" if is_member else f"guest {network_of(client_address(request))}"
    answered = parent.public_id if parent else ""
    scope = f"comment:{place.thread.translation_key}"
    return Key.of(scope, "api", sender, typed.key, answered, typed.body, typed.name, typed.email)


def _is_theirs(posted: Posted) -> bool:
    """Whether who sends this may be told all that its author may: a late repeat might come from a neighbour."""
    return not posted.is_repeat or timezone.now() - posted.comment.created_at < SAME_PERSON_FOR


def _address_of(request: HttpRequest, comment: Comment) -> str:
    """The address of a comment in the API, wherever whoever composes the addresses put it."""
    assert request.resolver_match  # noqa: S101 - it led here
    return reverse(f"{request.resolver_match.namespace}:{read_comment.__name__}", args=[comment.public_id])


def _author(request: HttpRequest, said: Said) -> Profile:
    """Who asks, where that is who wrote it. Raises Refusal `not-your-comment`."""
    reader = reader_of(request)
    if reader is None or said.comment.author_id != reader.pk:
        raise not_your_comment()
    return reader


def _is_deleted_by(reader: Profile | None, public_id: str) -> bool:
    if reader is None or not is_public_id(public_id):
        return False
    return Comment.objects.deleted_by(reader).filter(public_id=public_id).exists()


def _voter(request: HttpRequest, key: str) -> Voter:
    visitor = _visitor(request)
    if isinstance(visitor.user, User):
        return visitor.profile or visitor.user
    return visitor.profile or Stranger(key)


def _client(request: HttpRequest) -> str:
    """The address that limits count by; none for a program of the newsroom's that writes without limits."""
    return "" if is_unlimited(_visitor(request).token) else client_address(request)


def _visitor(request: HttpRequest) -> Visitor:
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    return visitor
