"""Who is told of a comment, written down in the transaction that publishes it or decides on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broadsheet.moderation.models import Standing
from broadsheet.notification.messages import Reader
from broadsheet.notification.models import Subscription
from broadsheet.notification.notify import notify, notify_subscribers
from broadsheet.notification.recipients import of_others

if TYPE_CHECKING:
    from broadsheet.discussion.models import Comment

NEW, REPLY, PUBLISHED, REJECTED = "new-comment", "reply", "comment-published", "comment-rejected"


def tell_of_comment(comment: Comment) -> None:
    """Tell of a comment that everybody may read now: who asked for replies to what it answers, then all subscribers.

    Each gets one mail, however often the comment is published anew, and its author none.
    """
    occasion = f"comment:{comment.public_id}:posted"
    facts = {"comment": comment.public_id}
    if comment.parent:
        asked = Subscription.objects.in_force().filter(topic=comment.thread.topic).of_replies_to(comment.parent.author)
        wishes = of_others(asked, comment.author).select_related("profile")
        notify(REPLY, occasion=occasion, to=map(Reader.of, wishes), facts=facts)
    notify_subscribers(
        NEW,
        occasion=occasion,
        topic=comment.thread.topic,
        wanted=Subscription.Kind.ALL,
        facts=facts,
        but_not=comment.author,
    )


def tell_of_decision(comment: Comment, before: str) -> None:
    """Tell of a moderator's decision on a comment that stood as `before`; of a removal nobody is told.

    What is published for the first time is told like any new comment, and its author that it is; of what is rejected
    only the author learns, with the reason.
    """
    if comment.is_published and before in (Standing.HELD, Standing.REJECTED):
        tell_of_comment(comment)
        _tell_author(comment, PUBLISHED)
    elif comment.standing == Standing.REJECTED and before == Standing.HELD:
        _tell_author(comment, REJECTED)


def _tell_author(comment: Comment, kind: str) -> None:
    """Tell the author, if we know by proof where they read.

    That is a member's address, and a guest's that has confirmed a subscription to this very thread: an address that
    somebody merely typed gets no mail but the one that asks.
    """
    author = comment.author
    facts = {"comment": comment.public_id}
    if author.is_guest:
        wishes = Subscription.objects.in_force().filter(topic=comment.thread.topic).of_writer(author)
        readers = [Reader.of(wish) for wish in wishes.select_related("profile")]
    else:
        readers = [Reader(comment.language, author)]
    notify(kind, occasion=f"comment:{comment.public_id}:{kind}", to=readers, facts=facts)
