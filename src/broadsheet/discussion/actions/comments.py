"""Writing: a comment under an article, or a reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import clean_email, name_guest, new_guest, profile_of
from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.names import clean_name
from broadsheet.delivery.announce import announce
from broadsheet.discussion.actions.branches import check_takes_replies, next_position
from broadsheet.discussion.actions.pace import Pacer, keep_pace, too_soon
from broadsheet.discussion.actions.refusals import check_open, closed, too_many
from broadsheet.discussion.models import Comment, Thread, count_inline, counted, key_of
from broadsheet.discussion.reading import not_found
from broadsheet.discussion.telling import tell_of_comment
from broadsheet.gate.keys import Answer, Key, answer_once, earlier_answer
from broadsheet.gate.limits import Limit, network_of, take_all
from broadsheet.kernel import written
from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.submission import Submission
from broadsheet.kernel.text import Unfit, canonical_text, check_source, count_links, plain_text, safe_html
from broadsheet.moderation.bans import check_not_banned, remember_origin
from broadsheet.moderation.judge import Verdict, judge
from broadsheet.moderation.models import Standing
from broadsheet.moderation.notices import tell_moderators
from broadsheet.moderation.rights import may_moderate

if TYPE_CHECKING:
    from broadsheet.publication.models import ArticlePage

# Removing what nobody sees can only shorten a text; what is many times too long is not even looked at.
HOPELESS = 4

# Twice as much as somebody types who does nothing else; six for each of twenty-five who share a connection; one a
# second in a thread that everybody is in. What is less but still much is held (moderation's burst), not refused.
WITHIN = timedelta(minutes=10)
OF_PROFILE = Limit("comments", 20, WITHIN)
OF_NETWORK = Limit("comments-of-network", 150, WITHIN)
OF_THREAD = Limit("comments-of-thread", 600, WITHIN)

# The refusals that are about the comment to be answered, so that the same words may stand elsewhere.
UNANSWERABLE = ("not-found", "parent-elsewhere", "parent-held", "parent-removed", "branch-closed")


@dataclass(frozen=True)
class Newcomer:
    """Somebody who writes without signing in and whose name is new to us; `known` is the guest of their browser.

    A guest who only voted takes the name; one who has a name stays who they were, but counts for limits and bans.
    """

    name: str
    email: str = ""
    known: Profile | None = None


# Whoever may write: a profile that is known, a member who has none yet, somebody new.
Writer = Profile | User | Newcomer


@dataclass(frozen=True)
class Words:
    """What somebody wants to say: checked, rendered and judged."""

    source: str
    html: str
    verdict: Verdict


@dataclass(frozen=True)
class Draft:
    """A comment that can be posted: nothing is written yet."""

    thread: Thread
    parent: Comment | None
    by: Writer
    words: Words
    client: str = ""
    about: Callable[[Comment], str] | None = None

    @property
    def pacer(self) -> Pacer:
        """Who writes it, as slow mode counts people."""
        user = _user(self.by)
        name = "" if user else _name(self.by)
        return Pacer(_person(self.by), user, name, isinstance(self.by, Newcomer), self.client)


@dataclass(frozen=True)
class Posted:
    """What became of a comment; `is_repeat` when the same submission was answered before."""

    comment: Comment
    is_repeat: bool


def open_thread(article: ArticlePage) -> Thread:
    """Return the thread of an article and its language versions, made when it is first needed."""
    return Thread.objects.begun(key_of(article))


def post_comment(
    thread: Thread,
    *,
    by: Writer,
    body: str,
    key: Key,
    parent: Comment | None = None,
    scopes: tuple[str, ...] = (),
    spam_signs: tuple[str, ...] = (),
    client: str = "",
    about: Callable[[Comment], str] | None = None,
) -> Posted:
    """Add a comment to a thread, or a reply to `parent`; `key` makes a repeat return the first, whatever changed since.

    A thread that is not saved yet is made with its first comment. `client` is the address it comes from, where one is
    known. `about` writes down what within the article the comment is about and returns the public id of that, in the
    transaction that has just written the comment; for a repeat it is not called. Raises the refusals of
    `prepare_comment`, `slow-mode` and `too-many`.
    """
    answer = earlier_answer(key)
    if answer is None:
        draft = prepare_comment(
            thread, by=by, body=body, parent=parent, scopes=scopes, spam_signs=spam_signs, client=client
        )
        answer = _answer(replace(draft, about=about), key)
    comment = Comment.objects.select_related("author", "thread").get(public_id=answer.reference)
    return Posted(comment, answer.is_repeat)


def prepare_comment(
    thread: Thread,
    *,
    by: Writer,
    body: str,
    parent: Comment | None = None,
    scopes: tuple[str, ...] = (),
    spam_signs: tuple[str, ...] = (),
    client: str = "",
) -> Draft:
    """Check, render and judge a comment; outside any transaction, since this is the part that takes time.

    Raises Refusal: those of `check_answerable`, `banned`, those of names, addresses and texts. The first that applies
    is the one that a person can do least about.
    """
    check_answerable(thread, parent)
    by, words = prepare_words(by, body, scopes=(*thread.scopes, *scopes), spam_signs=spam_signs, client=client)
    return Draft(thread, parent, by, words, client)


def prepare_words(
    by: Writer,
    body: str,
    *,
    scopes: tuple[str, ...] = (),
    spam_signs: tuple[str, ...] = (),
    client: str = "",
    is_edit: bool = False,
) -> tuple[Writer, Words]:
    """Check who writes, then check, render and judge what; every way into a comment leads through here.

    Raises Refusal `banned`, those of names, addresses and texts.
    """
    check_not_banned(_person(by), client)
    profile = _profile(by)
    source = _source(body)
    by = _checked(by)
    html = safe_html(source)
    user = _user(by)
    submission = Submission(
        text=source,
        author=_name(by),
        is_guest=user is None,
        links=count_links(html),
        scopes=scopes,
        spam_signs=spam_signs,
        shown=plain_text(html),
        profile=profile.public_id if profile else "",
        client=client,
        published_before=profile is not None and Comment.objects.published_of(profile).exists(),
        is_edit=is_edit,
        is_of_moderator=user is not None and may_moderate(user),
    )
    return by, Words(source, html, judge(submission))


def check_limits(by: Writer, client: str, thread: Thread) -> None:
    """Take one of the turns that a person, a connection and a thread have. Raises Refusal `too-many`.

    What a program of ours brings has no `client`, and no limit.
    """
    if not client:
        return
    person = _person(by)
    own = [(OF_PROFILE, person.public_id)] if person else []
    if take_all(*own, (OF_NETWORK, network_of(client)), (OF_THREAD, str(thread.translation_key))):
        raise too_many()


def check_answerable(thread: Thread, parent: Comment | None = None) -> None:
    """Raise a refusal of `check_open`, or one of `UNANSWERABLE` for a comment that cannot be answered here."""
    check_open(thread)
    if parent and parent.thread_id != thread.pk:
        sentence = _(
            "The comment you answer belongs to another discussion. Here your words would be a comment of their own."
        )
        raise Refusal("parent-elsewhere", sentence)
    if parent:
        _check_standing(parent)
        check_takes_replies(parent)


def preview_comment(body: str) -> SafeString:
    """Return the words as they would be shown. Raises the refusals of texts."""
    # Safe: that is what safe_html makes of anything.
    return mark_safe(safe_html(_source(body)))  # noqa: S308


def _answer(draft: Draft, key: Key) -> Answer:
    """Write a draft, unless it comes too soon or there is too much; this very submission may have come in between."""
    refusal = too_soon(draft.thread, draft.pacer)
    if refusal is None:
        check_limits(draft.by, draft.client, draft.thread)
        return answer_once(key, lambda: _write(draft).public_id)
    answer = earlier_answer(key)
    if answer is None:
        raise refusal
    return answer


def _write(draft: Draft) -> Comment:
    """Write a comment with all that follows. In the transaction of its key.

    Rows are locked upwards: what it answers, the root, the thread; as a moderator's decision does.
    """
    thread = draft.thread
    if thread.pk is None:
        thread = Thread.objects.begun(thread.translation_key)
    parent = _locked(draft.parent) if draft.parent else None
    root_id = (parent.root_id or parent.pk) if parent else None
    is_published = draft.words.verdict.standing == Standing.PUBLISHED
    comment: Comment = Comment.objects.create(
        thread=thread,
        parent=parent,
        root_id=root_id,
        depth=parent.depth + 1 if parent else 0,
        position=next_position(root_id) if root_id else 0,
        author=_author(draft.by),
        source=draft.words.source,
        html=draft.words.html,
        language=get_language() or "",
        standing=draft.words.verdict.standing,
        standing_reason=draft.words.verdict.reason,
        is_shown=is_published,
        is_inline=draft.about is not None,
    )
    comment.count_shown(int(is_published))
    _count_where_open(thread, comment)
    keep_pace(comment, draft.pacer)
    remember_origin(Comment.KIND, comment.public_id, draft.client, comment.author)
    if draft.about:
        _say_about(comment, draft.about(comment))
    if is_published:
        announce(thread.topic, "comment-posted", about=comment.public_id)
        tell_of_comment(comment)
    elif comment.is_held:
        tell_moderators()
    return comment


def _say_about(comment: Comment, about: str) -> None:
    comment.about = about
    comment.save(update_fields=["about"])
    if comment.is_published:
        count_inline(about, 1)


def _locked(parent: Comment) -> Comment:
    """Read what is answered again, and keep it as it is until the answer is written."""
    locked: Comment = Comment.objects.select_for_update(no_key=True).get(pk=parent.pk)
    _check_standing(locked)
    return locked


def _count_where_open(thread: Thread, comment: Comment) -> None:
    """Count a comment; with the same statement make sure that the thread was not closed or taken off meanwhile."""
    known = Thread.objects.filter(pk=thread.pk)
    if not known.filter(is_closed=False, is_off=False).update(**counted(comment, int(comment.is_published))):
        raise not_found() if known.filter(is_off=True).exists() else closed()


def _author(by: Writer) -> Profile:
    if isinstance(by, Profile):
        return by
    if isinstance(by, User):
        return profile_of(by)
    known = _profile(by)
    return name_guest(known, by.name, by.email) if known else new_guest(by.name, by.email)


def _profile(by: Writer) -> Profile | None:
    """Return the profile whose words these will be, if there is one."""
    if isinstance(by, Newcomer):
        return by.known if by.known and not by.known.name else None
    return by if isinstance(by, Profile) else Profile.objects.filter(user=by).first()


def _person(by: Writer) -> Profile | None:
    """Return the profile by which we know who writes, whatever name they take."""
    return by.known if isinstance(by, Newcomer) else _profile(by)


def _user(by: Writer) -> User | None:
    """Return who writes signed in."""
    if isinstance(by, User):
        return by
    return by.user if isinstance(by, Profile) else None


def _name(by: Writer) -> str:
    return by.get_full_name() if isinstance(by, User) else by.name


def _checked(by: Writer) -> Writer:
    if not isinstance(by, Newcomer):
        return by
    return replace(by, name=clean_name(by.name), email=clean_email(by.email))


def _source(body: str) -> str:
    """The words in the form they are kept in. Raises the refusals of texts, in the reader's language."""
    limit: int = settings.COMMENT_LIMIT
    try:
        source = body if len(body) > HOPELESS * limit else canonical_text(body)
        check_source(source, limit)
    except Unfit as unfit:
        language = get_language() or ""
        values = {
            name: written.number(value, language) if isinstance(value, int) else value
            for name, value in unfit.values.items()
        }
        # The message is in the catalogues: the kernel, which knows no languages, marks it for them.
        raise Refusal(unfit.code, _(unfit.message) % values, status=unfit.status, field=unfit.field) from None
    return source


def _check_standing(parent: Comment) -> None:
    if parent.is_held:
        raise Refusal(
            "parent-held", _("This comment awaits a moderator. It can be answered once it is published."), status=409
        )
    if not parent.is_published:
        sentence = _("The comment you answer was removed. You can post your words as a comment of their own.")
        raise Refusal("parent-removed", sentence, status=409)
