"""What a page shows of a thread, read when it is drawn: until then modules above may say what of it, and with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from broadsheet.accounts.models import Profile
from broadsheet.delivery.shown import shows
from broadsheet.discussion.asking import no_such_order, order_asked_for, settings_of
from broadsheet.discussion.drawing import Pen
from broadsheet.discussion.forms import reader_of, reads_as_moderator
from broadsheet.discussion.models import Comment, DiscussionSettings, Order, Thread
from broadsheet.discussion.reading import (
    Among,
    CommentPage,
    first_page,
    page_after,
    page_before,
    page_from,
)
from broadsheet.publication.models import ArticlePage

# One number at least of every form that a language has for counting, in any language.
SAMPLES = (1, 2, 3, 6, 11, 100)


@dataclass(frozen=True)
class Choice:
    """One order or part of the comments to choose: its name, where it is shown, whether it is the one at hand."""

    label: str
    url: str
    is_current: bool


@dataclass
class Talk:
    """The comments on one page, in the order and of the part that its address asks for.

    `read` reads them, all or those that the condition it is given keeps. `url` is the page's own path, `fragment` where
    on it they stand. `decided` is what the newsroom decided for all discussions. `show` names the part that is asked
    for, which somebody may offer. `may_moderate` says whether the reader decides at the desk.
    """

    article: ArticlePage
    thread: Thread
    reader: Profile | None
    read: Callable[[Among], CommentPage]
    url: str = ""
    fragment: str = ""
    order: Order = Order.NEWEST
    decided: DiscussionSettings = field(default_factory=DiscussionSettings)
    show: str = ""
    may_moderate: bool = False
    parts: list[Choice] = field(default_factory=list)
    part: str = ""
    among: Among = None

    def offer(self, name: str, label: str, among: Q) -> None:
        """Let readers choose to see the comments that `among` keeps and what answers them. Before anything is read."""
        if self.show == name:
            self.among = among
        self._offer(name, label)

    def offer_page(self, name: str, label: str, read: Callable[[Among], CommentPage]) -> None:
        """Let readers choose to see what `read` reads in place of the thread's own pages. Before anything is read."""
        if self.show == name:
            self.read = read
        self._offer(name, label)

    @cached_property
    def page(self) -> CommentPage:
        """The comments. Raises the refusals of reading."""
        shows(*self.thread.topics)
        return self.read(self.among)

    @property
    def comments(self) -> list[Comment]:
        """All comments on the page."""
        return self.page.comments

    @cached_property
    def pen(self) -> Pen:
        """What draws them."""
        return Pen(
            self.reader,
            self.article,
            is_open=not self.thread.is_closed,
            edit_window=self.decided.edit_window,
            has_down_votes=self.decided.has_down_votes,
            may_moderate=self.may_moderate,
        )

    @cached_property
    def tree(self) -> SafeString:
        """The comments as HTML."""
        return self.pen.tree(self.page.branches)

    @property
    def question(self) -> SafeString:
        """The first comment alone, as what somebody is about to answer; nothing where there is none."""
        return self.pen.alone(self.comments[0]) if self.comments else SafeString()

    @property
    def sorts(self) -> list[Choice]:
        """The orders; the default one is at the plain address."""
        return [
            Choice(str(order.label), self._address(show=self.part, order=self._named(order)), order is self.order)
            for order in Order
        ]

    @property
    def samples(self) -> list[Thread]:
        """A discussion of every size that the active language has words of its own for, and an empty one, last.

        From the sentences about them a browser makes those about any other.
        """
        forms = {ngettext("{count} reply", "{count} replies", size): size for size in reversed(SAMPLES)}
        return [Thread(comment_count=size) for size in (*sorted(forms.values(), reverse=True), 0)]

    @property
    def whole_url(self) -> str:
        """The address of this page with all comments, in the order at hand."""
        return self._address(order=self._named(self.order))

    @property
    def preceding(self) -> str:
        """The address of the page before this one, "" for the first."""
        return self._neighbour("before", self.page.before)

    @property
    def following(self) -> str:
        """The address of the page behind this one, "" for the last."""
        return self._neighbour("after", self.page.after)

    @property
    def all_url(self) -> str:
        """The address of the page with all comments of the thread, in the order at hand."""
        return _with_query(self.thread.url, {"order": self._named(self.order)})

    @property
    def part_url(self) -> str:
        """The path of the page with everything that is in the part at hand."""
        query = {"show": self.part, "order": self._named(self.order)}
        return _with_query(self.thread.url, query)

    def _offer(self, name: str, label: str) -> None:
        if self.show == name:
            self.part = name
        self.parts.append(Choice(label, self._address(show=name, order=self._named(self.order)), self.show == name))

    def _neighbour(self, side: str, cursor: str) -> str:
        return self._address(show=self.part, order=self.order, **{side: cursor}) if cursor else ""

    def _named(self, order: Order) -> str:
        return "" if order == self.decided.order else str(order)

    def _address(self, **query: str) -> str:
        return _with_query(self.url, query) + self.fragment


def talk_at(request: HttpRequest, article: ArticlePage, thread: Thread, url: str) -> Talk:
    """Return what a page at `url` with all comments shows: in which order, from where on and of which part is asked.

    Raises Refusal `no-such-order`; the page itself, when it is read, `no-such-page`.
    """
    order = order_asked_for(request)
    if order is None:
        raise no_such_order()
    reader = reader_of(request)
    read = _reading(request, thread, reader, order)
    show, decided = request.GET.get("show", ""), settings_of(request)
    return Talk(
        article, thread, reader, read, url=url, order=order, decided=decided, show=show,
        may_moderate=reads_as_moderator(request),
    )  # fmt: skip


def _reading(
    request: HttpRequest, thread: Thread, reader: Profile | None, order: Order
) -> Callable[[Among], CommentPage]:
    """What reads the page that is asked for: it is named by the place it begins behind or at, or ends before."""
    after, before, first = (request.GET.get(name) for name in ("after", "before", "from"))
    if after is not None:
        return partial(page_after, thread, reader, order, after)
    if before is not None:
        return partial(page_before, thread, reader, order, before)
    if first is not None:
        return partial(page_from, thread, reader, order, first)
    return partial(first_page, thread, reader, order)


def _with_query(url: str, query: dict[str, str]) -> str:
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{url}?{given}" if given else url
