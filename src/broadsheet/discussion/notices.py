"""The notices of comments: somebody said something, answered you, and what became of your own words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from broadsheet.discussion.models import Comment
from broadsheet.discussion.reading import article_for_readers
from broadsheet.discussion.telling import NEW, PUBLISHED, REJECTED, REPLY
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.models import Standing
from broadsheet.notification.kinds import Letter, Notice, NoticeKind, letter
from broadsheet.notification.publication import on_public_address, public_url
from broadsheet.notification.tokens import SILENCE
from broadsheet.publication.models import ArticlePage

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

QUOTE_LIMIT = 2_000  # characters; a mail is no place to read a long comment, and its link leads there


def _subject_of(notice: Notice) -> tuple[Comment, ArticlePage] | None:
    """The comment that a notice is about, with its article; None where not everybody may read the article."""
    comments = Comment.objects.select_related("author", "thread")
    comment: Comment | None = comments.filter(public_id=notice.facts.get("comment", "")).first()
    try:
        return (comment, article_for_readers(comment.thread.translation_key)) if comment else None
    except Refusal:
        return None


def _may_know(notice: Notice, standing: str) -> bool:
    """Whether the comment stands so still, below an article that everybody may read."""
    subject = _subject_of(notice)
    return subject is not None and subject[0].standing == standing


def _write(notice: Notice, line: str) -> Letter:
    subject = _subject_of(notice)
    assert subject is not None  # noqa: S101 - `_may_know` has seen to it a moment ago
    comment, article = subject
    quote = Truncator(comment.source).chars(QUOTE_LIMIT)
    return letter(
        notice,
        _(line).format(name=comment.author.name, headline=article.title),
        f"discussion/mail/{notice.kind}",
        comment=comment,
        article=article,
        article_url=on_public_address(article.url or ""),
        comment_url=on_public_address(comment.permalink),
        quote=quote,
        quoted="\n".join(f"> {row}" for row in quote.splitlines()),
        silence_url=public_url("notification:silence", t=SILENCE.token(notice.address)),
    )


def _kind(name: str, label: _StrPromise, line: str, standing: str = Standing.PUBLISHED, about: str = "") -> NoticeKind:
    return NoticeKind(
        name=name,
        label=label,
        may_receive=partial(_may_know, standing=standing),
        write=partial(_write, line=line),
        about=about,
    )


NOTICES = (
    _kind(NEW, gettext_lazy("New comment"), gettext_noop("{name} on {headline}"), about="thread"),
    _kind(
        REPLY,
        gettext_lazy("Reply to a comment of one’s own"),
        gettext_noop("{name} has answered you on {headline}"),
        about="thread",
    ),
    _kind(
        PUBLISHED,
        gettext_lazy("A comment of one’s own was published"),
        gettext_noop("Your comment on {headline} is published"),
    ),
    _kind(
        REJECTED,
        gettext_lazy("A comment of one’s own was rejected"),
        gettext_noop("Your comment on {headline} was not published"),
        standing=Standing.REJECTED,
    ),
)
