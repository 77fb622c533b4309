"""Which comments a page shows: every list is a range of an index, however many comments there are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.fields.tuple_lookups import Tuple  # type: ignore[import-untyped]  # django-stubs lacks it
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile
from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import every
from broadsheet.discussion.models import Comment, CommentEdit, CommentQuerySet, Order, Thread, Vote
from broadsheet.discussion.rows import RowAbove, RowAboveOrSame, RowBelow, RowBelowOrSame
from broadsheet.kernel.ids import is_public_id
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, ArticleQuerySet

PAGE_LENGTH = 25  # comments under the article; on a branch page: replies to its comment
FIRST_REPLIES = 10  # drawn below each comment under the article, where that leaves room for those of the others
ROOM = 100  # for first replies on a page: 125 comments weigh some 25 KB compressed, the article needs the rest of 40
BRANCH_LENGTH = 50  # replies drawn on a branch page in all
ABOVE = 3  # comments drawn above the one that a branch page is about: what it answers, what that answers, and so on
WINDOW = 200  # replies looked through for those that belong below a comment in the midst of a branch
VERSIONS = 10  # of a comment, shown with what each changed
MOST_PINNED = 3  # comments that the newsroom puts above all others of a thread; more would be an order of its own
OWN_HELD = 100  # a reader's comments in one thread that await a moderator; nobody has the patience for more


# What the comments under the article are restricted to, if to anything. What keeps many needs an index of its own.
Among = Q | None

# What an order goes by; each is an index, read forwards or backwards.
KEYS = {
    Order.NEWEST: ("created_at", "id"),
    Order.OLDEST: ("created_at", "id"),
    Order.MOST_VOTED: ("score", "created_at", "id"),
}

# Behind a place, or from it on, where an order descends or does not.
BEYOND = {
    (True, False): RowBelow,
    (False, False): RowAbove,
    (True, True): RowBelowOrSame,
    (False, True): RowAboveOrSame,
}

# A score as a page's address names it: written in one way only, within what the column holds.
_SCORE = re.compile("0|-?[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a comment stands among those under the article.

    By votes its score is part of the place: what was left behind is still behind when others have voted since, so that
    whoever pages through sees every comment once whose own score did not change.
    """

    public_id: str
    score: int
    created_at: datetime
    pk: int
    is_part: bool = False  # of the page that begins there

    @classmethod
    def of(cls, comment: Comment) -> Place:
        """Return where a comment stands now."""
        return cls(comment.public_id, comment.score, comment.created_at, comment.pk)

    def key(self, order: Order) -> tuple[int | datetime, ...]:
        """What the place is compared by."""
        keys = (self.score, self.created_at, self.pk)
        return keys if order is Order.MOST_VOTED else keys[1:]

    def named(self, order: Order) -> str:
        """Return the place as an address names it."""
        return f"{self.public_id}.{self.score}" if order is Order.MOST_VOTED else self.public_id


@dataclass(frozen=True)
class More:
    """Replies to a comment that are not drawn: how many, if that is known, and the last one drawn before them."""

    count: int | None
    after: str = ""


@dataclass(frozen=True)
class Branch:
    """A comment and the replies drawn below it, each behind what it answers; `more` are left out, by comment.

    `is_closed` says that a moderator closed the branch of the thread that all of them are part of.
    """

    top: Comment
    replies: Sequence[Comment] = ()
    more: dict[int, More] = field(default_factory=dict)
    is_closed: bool = False


@dataclass(frozen=True)
class Replies:
    """Replies in the order they came; `after` is the last one that everybody sees where more follow, else ""."""

    comments: Sequence[Comment]
    after: str = ""


@dataclass(frozen=True)
class CommentPage:
    """A page of a thread. `before` and `after` are the places that the neighbouring pages end and begin at, or ""."""

    branches: Sequence[Branch]
    order: Order
    before: str = ""
    after: str = ""

    @property
    def comments(self) -> list[Comment]:
        """All comments on the page."""
        return [comment for branch in self.branches for comment in (branch.top, *branch.replies)]


def article_for_readers(key: UUID) -> ArticlePage:
    """Return the version of an article in the active language, else in the first of the publication's that has one.

    Raises Refusal `not-found` for an article that not everybody may read, and where the discussion is switched off.
    """
    versions = discussed(ArticlePage.objects.readable().originals()).filter(translation_key=key)
    found = {version.language: version for version in versions.select_related("locale").defer_streamfields()}
    if not found:
        raise not_found()
    languages = [get_language(), *(code for code, _name in settings.LANGUAGES), *found]
    article: ArticlePage = next(found[code] for code in languages if code in found)
    shows(article.topic)
    return article


def discussed(articles: ArticleQuerySet) -> ArticleQuerySet:
    """Leave out those of the articles whose discussion is switched off."""
    switched_off = Thread.objects.filter(translation_key=OuterRef("translation_key"), is_off=True)
    shown: ArticleQuerySet = articles.exclude(Exists(switched_off))
    return shown


def comment_counts(articles: Iterable[ArticlePage]) -> dict[int, int]:
    """Return how many comments everybody can read below each article, by its primary key; one query.

    One more, where a story stands in a second place: below it stands what is said of the original.
    """
    shows(every("thread"))
    listed = list(articles)
    originals = [article.alias_of_id for article in listed if article.alias_of_id]
    original = (
        dict(ArticlePage.objects.filter(pk__in=originals).values_list("pk", "translation_key")) if originals else {}
    )
    keys: dict[int, UUID] = {
        article.pk: original[article.alias_of_id] if article.alias_of_id else article.translation_key
        for article in listed
    }
    threads = Thread.objects.filter(translation_key__in=keys.values(), is_off=False)
    counts = dict(threads.values_list("translation_key", "comment_count"))
    return {pk: counts.get(key, 0) for pk, key in keys.items()}


def comment_for(reader: Profile | None, public_id: str) -> Comment:
    """Return a comment that has a place on `reader`'s pages, be it a tombstone. Raises Refusal `not-found`."""
    return _placed(reader, public_id, "thread", "author", "root", "parent__author")


def comment_in_place(reader: Profile | None, public_id: str) -> Comment:
    """Return a comment as `comment_for` does, with what it answers, as far up as a page shows it."""
    above = ("__".join(["parent"] * (steps + 1)) for steps in range(ABOVE + 1))
    return _placed(reader, public_id, "thread", "author", "root", *(f"{path}__author" for path in above))


def _placed(reader: Profile | None, public_id: str, *along: str) -> Comment:
    comments = Comment.objects.placed_for(reader).filter(thread__is_off=False).select_related(*along)
    comment: Comment | None = comments.filter(public_id=public_id).first() if is_public_id(public_id) else None
    if comment is None:
        raise not_found()
    return comment


def votes_of(reader: Profile, comments: Iterable[Comment]) -> dict[int, int]:
    """Return how somebody voted on each of the comments, by primary key; those without a vote are left out."""
    votes = Vote.objects.filter(profile=reader, comment__in=[comment.pk for comment in comments])
    return dict(votes.values_list("comment_id", "value"))


def last_words_of(comment: Comment) -> str:
    """Return what its author wrote last in place of a comment's words, be it held, as they typed it; for them alone."""
    held = CommentEdit.objects.held().filter(comment=comment).values_list("source", flat=True).first()
    return comment.source if held is None else held


def versions_of(comment: Comment, before: int | None = None) -> list[CommentEdit]:
    """Return the published versions of a comment, the latest first, numbered below `before`: `VERSIONS` and one more.

    The first one is what was posted; a comment that was not edited has none.
    """
    versions = CommentEdit.objects.filter(comment=comment, standing=Standing.PUBLISHED)
    if before is not None:
        versions = versions.filter(number__lt=before)
    return list(versions.order_by("-number")[: VERSIONS + 1])


def not_found() -> Refusal:
    """Return what is said of everything that does not exist, or not for this reader: nobody can tell which."""
    return Refusal("not-found", _("There is no such comment or discussion, or no longer."), status=404)


def no_such_page() -> Refusal:
    """Return what is said where a page is asked for by a place that is none of its list."""
    return Refusal("no-such-page", _("There is no such page of this discussion."), status=404)


def order_named(name: str) -> Order | None:
    """Return the order of that name; None for a name that is none."""
    return next((order for order in Order if order == name), None)


def first_page(
    thread: Thread, reader: Profile | None, order: Order, among: Among = None, length: int = PAGE_LENGTH
) -> CommentPage:
    """Return the page that the article shows, what is pinned above all others. Two queries, and one more for somebody
    who has written here.

    `among` says which of the comments under the article are kept; what answers them comes along.
    """
    return _page(thread, reader, order, None, among, length)


def page_after(
    thread: Thread, reader: Profile | None, order: Order, after: str, among: Among = None, length: int = PAGE_LENGTH
) -> CommentPage:
    """Return the page that begins behind the place `after`. Raises Refusal `no-such-page`."""
    return _page(thread, reader, order, _place(thread, order, after), among, length)


def page_from(thread: Thread, reader: Profile | None, order: Order, first: str, among: Among = None) -> CommentPage:
    """Return the page that begins with the comment `first` under the article. Raises Refusal `no-such-page`.

    What is pinned stands on the first page, in every order.
    """
    top = _known(Comment.objects.tops().filter(thread=thread.pk), first)
    return _page(thread, reader, order, None if top.is_pinned else replace(Place.of(top), is_part=True), among)


def page_before(thread: Thread, reader: Profile | None, order: Order, before: str, among: Among = None) -> CommentPage:
    """Return the page that ends before the place `before`. Raises Refusal `no-such-page`.

    Where less than a page stands before it, that is the first page.
    """
    back = list(_tops(thread, order, _place(thread, order, before), among, forwards=False)[: PAGE_LENGTH + 1])
    return _page(thread, reader, order, Place.of(back[-1]) if len(back) > PAGE_LENGTH else None, among)


def branch_of(comment: Comment, reader: Profile | None, after: str = "") -> Branch:
    """Return a comment with the first replies to it, or those behind the reply `after`. Raises Refusal `no-such-page`.

    What the comment itself answers stands above it, as far as it was fetched along. Of what answers the replies comes
    what is found close behind them, so that a conversation reads on; `more` leads to the rest.
    """
    direct = list(_replies_to(comment, after)[: PAGE_LENGTH + 1])
    left = len(direct) > PAGE_LENGTH
    direct = direct[:PAGE_LENGTH]
    shown = sorted([*direct, *_below(comment, direct)], key=attrgetter("position"))
    more = _more(comment, shown)
    more.pop(comment.pk, None)
    if left:
        more[comment.pk] = More(None if after else comment.reply_count - len(direct), direct[-1].public_id)
    drawn = {comment.pk, *(reply.pk for reply in shown)}
    held = [own for own in _own_held(comment.thread, reader) if own.parent_id in drawn]
    replies = sorted([*shown, *held], key=attrgetter("position"))
    top, *chain = [*_above(comment), comment]
    beside = {one.parent.pk: More(one.parent.reply_count - one.is_shown) for one in chain if one.parent}
    more |= {pk: others for pk, others in beside.items() if others.count}
    return Branch(top, [*chain, *replies], more, is_closed=comment.is_in_closed_branch)


def _above(comment: Comment) -> list[Comment]:
    """What a comment answers, what that answers, and so on, outermost first: `ABOVE` of them at most."""
    above: list[Comment] = []
    while comment.parent and len(above) < ABOVE:
        comment = comment.parent
        above.insert(0, comment)
    return above


def replies_of(comment: Comment, reader: Profile | None, after: str = "", length: int = PAGE_LENGTH) -> Replies:
    """Return the first replies to a comment itself, or those behind the reply `after`. Raises Refusal `no-such-page`.

    Two queries, another one for somebody whom we know.
    """
    return _replies(_behind(Comment.objects.filter(parent=comment.pk), after), comment.thread, reader, length)


def replies_below(top: Comment, reader: Profile | None, after: str = "", length: int = PAGE_LENGTH) -> Replies:
    """Return what is said below a comment under the article, as it came: every reply behind what it answers.

    From the first one on, or from behind `after`, any reply of the branch. Raises Refusal `no-such-page`.
    """
    return _replies(_behind(Comment.objects.filter(root=top.pk), after), top.thread, reader, length)


def _page(
    thread: Thread,
    reader: Profile | None,
    order: Order,
    cursor: Place | None,
    among: Among,
    length: int = PAGE_LENGTH,
) -> CommentPage:
    if thread.pk is None:
        return CommentPage([], order)
    rows = _tops(thread, order, cursor, among)[: length + 1]
    found = list(rows if cursor else _beside_pinned(thread, rows, among))
    pinned = sorted((top for top in found if top.is_pinned), key=attrgetter("created_at"), reverse=True)
    tops = _ordered((top for top in found if not top.is_pinned), order)
    tops, goes_on = tops[:length], len(tops) > length
    own = _own_held(thread, reader, among)
    replies = _within_room(_first_replies([*pinned, *tops]))
    end = Place.of(tops[-1]) if goes_on else None
    between = [held for held in own if held.depth == 0 and _stands_between(held, cursor, end, order)]
    branches = [
        Branch(top, *_drawn_below(top, replies, own), is_closed=top.is_branch_closed)
        for top in (*pinned, *_ordered([*tops, *between], order))
    ]
    return CommentPage(
        branches,
        order,
        before=Place.of(tops[0]).named(order) if cursor and tops else "",
        after=end.named(order) if end else "",
    )


def _drawn_below(
    top: Comment, replies: Iterable[Comment], own: Iterable[Comment]
) -> tuple[list[Comment], dict[int, More]]:
    shown = [reply for reply in replies if reply.root_id == top.pk]
    drawn = {top.pk, *(reply.pk for reply in shown)}
    held = [reply for reply in own if reply.parent_id in drawn]
    left = top.branch_count - len(shown)
    more = {top.pk: More(left)} if left > 0 and not top.is_held else {}
    return sorted([*shown, *held], key=attrgetter("position")), more


def _tops(
    thread: Thread, order: Order, cursor: Place | None, among: Among, *, forwards: bool = True
) -> CommentQuerySet:
    """The comments under the article from `cursor` on that are not pinned."""
    tops = _with_cut(Comment.objects.tops().shown().filter(thread=thread.pk, is_pinned=False), among)
    return in_order(tops, order, cursor, forwards=forwards)


def in_order(
    comments: CommentQuerySet, order: Order, cursor: Place | None, *, forwards: bool = True
) -> CommentQuerySet:
    """Put comments of one thread in order, those that stand behind `cursor`; backwards those before it."""
    descends = (order is not Order.OLDEST) is forwards
    if cursor:
        # Compared as a row, which both databases read as one end of a range of the index, ties and all.
        beyond = BEYOND[descends, cursor.is_part]
        comments = comments.filter(beyond(Tuple(*KEYS[order]), cursor.key(order)))
    ordered: CommentQuerySet = comments.order_by(*(f"-{name}" if descends else name for name in KEYS[order]))
    return ordered


def _beside_pinned(thread: Thread, rows: CommentQuerySet, among: Among) -> CommentQuerySet:
    """The rows, and what the newsroom put above all others (`MOST_PINNED` at most), in one query; in no order."""
    pinned = Comment.objects.filter(thread=thread.pk, is_pinned=True).values("pk").order_by()
    # Once more around the rows: SQLite takes no LIMIT in a part of a union.
    both = pinned.union(Comment.objects.filter(pk__in=rows.values("pk")).values("pk").order_by(), all=True)
    return _with_cut(Comment.objects.filter(pk__in=both), among)


def _with_cut(tops: CommentQuerySet, among: Among) -> CommentQuerySet:
    """Those of `tops` that `among` keeps, each with the `cut`: the position of its last first reply."""
    first_replies = Comment.objects.shown().filter(root=OuterRef("pk")).order_by("position").values("position")
    if among is not None:
        tops = tops.filter(among)
    cut = Subquery(first_replies[FIRST_REPLIES - 1 : FIRST_REPLIES])
    drawn: CommentQuerySet = tops.for_drawing().annotate(cut=cut)
    return drawn


def _first_replies(tops: Collection[Comment]) -> list[Comment]:
    """The first replies below each, in one query: a range of the index for every one of them."""
    ranges = Q()
    for top in tops:
        if top.branch_count:
            ranges |= Q(root=top.pk, is_shown=True, **_up_to(top))
    return list(Comment.objects.for_drawing().filter(ranges)) if ranges else []


def _within_room(replies: Sequence[Comment]) -> list[Comment]:
    """Leave so many of each branch that all of them together have room: the same number of each, its first ones."""
    branches: dict[int | None, list[Comment]] = {}
    for reply in sorted(replies, key=attrgetter("position")):
        branches.setdefault(reply.root_id, []).append(reply)
    lengths = [len(branch) for branch in branches.values()]
    most = next(n for n in range(FIRST_REPLIES, 0, -1) if n == 1 or sum(min(n, length) for length in lengths) <= ROOM)
    return [reply for branch in branches.values() for reply in branch[:most]]


def _up_to(top: Comment) -> dict[str, int]:
    cut: int | None = getattr(top, "cut", None)  # annotated by `_tops`; None where there are fewer
    return {"position__lte": cut} if cut else {}


def _replies_to(comment: Comment, after: str) -> CommentQuerySet:
    return _behind(Comment.objects.filter(parent=comment.pk), after).shown().for_drawing().order_by("position")


def _behind(replies: CommentQuerySet, after: str) -> CommentQuerySet:
    """Those of `replies` that came after the one `after`, which may be removed since; all of them for ""."""
    if not after:
        return replies
    last: Comment | None = replies.once_shown().filter(public_id=after).first() if is_public_id(after) else None
    if last is None:
        raise no_such_page()
    later: CommentQuerySet = replies.filter(position__gt=last.position)
    return later


def _replies(replies: CommentQuerySet, thread: Thread, reader: Profile | None, length: int) -> Replies:
    found = list(replies.shown().for_drawing().order_by("position")[: length + 1])
    shown, goes_on = found[:length], len(found) > length
    held = _held_among(replies, thread, reader)
    between = [own for own in held if not goes_on or own.position < shown[-1].position]
    return Replies(sorted([*shown, *between], key=attrgetter("position")), shown[-1].public_id if goes_on else "")


def _held_among(replies: CommentQuerySet, thread: Thread, reader: Profile | None) -> list[Comment]:
    if reader is None:
        return []
    return list(replies.held_for(reader).filter(thread=thread.pk).for_drawing().order_by("created_at")[:OWN_HELD])


def _below(comment: Comment, direct: Sequence[Comment]) -> list[Comment]:
    """What answers the replies `direct`, and so on, as far as the window and the length of a branch page reach."""
    if not any(reply.reply_count for reply in direct):
        return []
    close = Comment.objects.shown().filter(root=comment.root_id or comment.pk, position__gt=direct[0].position)
    family = {reply.pk for reply in direct}
    chosen: list[int] = []
    for pk, parent in close.order_by("position").values_list("pk", "parent_id")[:WINDOW]:
        if parent in family and len(family) < BRANCH_LENGTH:
            family.add(pk)
            chosen.append(pk)
    return list(Comment.objects.for_drawing().filter(pk__in=chosen))


def _more(comment: Comment, shown: Sequence[Comment]) -> dict[int, More]:
    """For each comment that has replies which are not among `shown`: how many, and the last one that is."""
    last: dict[int, str] = {}
    count: dict[int, int] = {}
    for reply in shown:
        assert reply.parent_id  # noqa: S101 - it is a reply
        last[reply.parent_id] = reply.public_id
        count[reply.parent_id] = count.get(reply.parent_id, 0) + 1
    return {
        above.pk: More(above.reply_count - count.get(above.pk, 0), last.get(above.pk, ""))
        for above in (comment, *shown)
        if above.reply_count > count.get(above.pk, 0)
    }


def _own_held(thread: Thread, reader: Profile | None, among: Among = None) -> list[Comment]:
    if reader is None:
        return []
    own = Comment.objects.held_for(reader).for_drawing().filter(thread=thread.pk)
    if among is not None:
        own = own.filter(Q(depth__gt=0) | among)
    return list(own.order_by("created_at")[:OWN_HELD])


def _stands_between(held: Comment, cursor: Place | None, end: Place | None, order: Order) -> bool:
    """Whether it belongs on the page from `cursor` on that goes on behind `end`, if it goes on."""
    key, descends = Place.of(held).key(order), order is not Order.OLDEST
    # No two comments have the same key, and a held one is no place: nothing is left to tell apart here.
    behind_cursor = cursor is None or (key < cursor.key(order)) is descends
    return behind_cursor and (end is None or (key > end.key(order)) is descends)


def _ordered(comments: Iterable[Comment], order: Order) -> list[Comment]:
    return sorted(comments, key=lambda comment: Place.of(comment).key(order), reverse=order is not Order.OLDEST)


def _place(thread: Thread, order: Order, name: str) -> Place:
    return place_among(Comment.objects.tops().filter(thread=thread.pk), order, name)


def place_among(comments: CommentQuerySet, order: Order, name: str) -> Place:
    """Return the place that a page begins or ends at: that of one of the comments, which may be removed since.

    Raises Refusal `no-such-page`.
    """
    public_id, point, score = name.partition(".")
    if bool(point) is not (order is Order.MOST_VOTED) or (point and not _SCORE.fullmatch(score)):
        raise no_such_page()
    place = Place.of(_known(comments, public_id))
    return replace(place, score=int(score)) if point else place


def _known(comments: CommentQuerySet, public_id: str) -> Comment:
    """One of the comments that everybody may have seen, so that a page may begin or end at it."""
    known: Comment | None = (
        comments.once_shown().filter(public_id=public_id).first() if is_public_id(public_id) else None
    )
    if known is None:
        raise no_such_page()
    return known
