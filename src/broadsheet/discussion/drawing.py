"""Comments as HTML, written in Python: a page draws hundreds, and a template takes twice the time for each.

The structure and the class names are the design's. Everything a person typed is escaped, but for the HTML that
`kernel.text.safe_html` made of their words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile
from broadsheet.accounts.rights import ENTER
from broadsheet.discussion.models import DOWN, NONE, UP, Comment, CommentEdit
from broadsheet.discussion.reading import Branch, More, votes_of
from broadsheet.kernel import written
from broadsheet.kernel.ids import LENGTH
from broadsheet.publication.models import ArticlePage, Byline

LEVELS = 5  # lists in lists; deeper answers stand side by side in the fifth and say whom they answer

MOST_BADGES = 2  # beside a name; more would be read by nobody
_ENTER = ENTER.partition(".")[2]  # which makes somebody staff

# Stands for the id of a comment in an address: reversing one address hundreds of times would be a third of all work.
_ANY = "b" * LENGTH


@dataclass(frozen=True)
class Badge:
    """What stands beside a name, and the class that draws it."""

    label: str
    look: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a drawn tree: a comment, or the link to what is left out below `comment`."""

    comment: Comment
    level: int
    more: More | None = None
    answers: Comment | None = None  # whom it answers, where that can be gone to
    is_beside: bool = False  # of what it answers, rather than inside it


class Pen:
    """Draws comments for one reader in one language; what is the same for all of them is found once.

    `quotes` are drawn above the words of the comments they belong to, by primary key; whoever composes a page fills it.
    `may_moderate` says whether the reader is led from each comment to what moderators do with it.
    """

    def __init__(
        self,
        reader: Profile | None,
        article: ArticlePage | None,
        *,
        is_open: bool,
        edit_window: timedelta = timedelta(0),
        has_down_votes: bool = True,
        may_moderate: bool = False,
    ) -> None:
        self.reader = reader
        self.article = article
        self.is_open = is_open
        self.edit_window = edit_window
        self.has_down_votes = has_down_votes
        self.may_moderate = may_moderate
        self.closed_branches: set[int] = set()
        self.votes: dict[int, int] = {}
        self.waiting_edits: set[int] = set()
        self.language = get_language() or ""
        self.badges: dict[int, Badge] = {}
        self.quotes: dict[int, SafeString] = {}
        self._permalink = reverse("discussion:comment", args=[_ANY])
        self._reply = reverse("discussion:reply", args=[_ANY])
        self._vote = reverse("discussion:vote", args=[_ANY])
        self._report = reverse("discussion:report", args=[_ANY])
        self._versions = reverse("discussion:versions", args=[_ANY])
        self._reply_word, self._score_word = _("Reply"), escape(_("Score"))
        self._report_word, self._moderate_word = escape(pgettext("verb", "Report")), escape(_("Moderate"))
        self._moderate = reverse("discussion:moderate", args=[_ANY])
        self._guest = Badge(pgettext("badge", "Guest"))
        self._pick = Badge(pgettext("badge", "Editors’ pick"), " pick")
        self._pinned = Badge(pgettext("badge", "Pinned"), " pinned")

    def tree(self, branches: Sequence[Branch]) -> SafeString:
        """Draw branches as one list of lists, `LEVELS` deep."""
        drawn = [comment for branch in branches for comment in (branch.top, *branch.replies)]
        self._learn_badges(drawn)
        self._learn_own(drawn)
        self.closed_branches = {_root_of(branch.top) for branch in branches if branch.is_closed}
        pieces: list[str] = []
        level = 0
        for branch in branches:
            for entry in entries(branch):
                pieces.append(self._opened(entry) if entry.level > level else _between(level, entry.level))
                pieces.append(self._more(entry) if entry.more else self._comment(entry))
                level = entry.level
        pieces.append(_closed(level))
        # Safe: every piece is escaped where it is written.
        return mark_safe("".join(pieces))  # noqa: S308

    def alone(self, comment: Comment) -> SafeString:
        """Draw one comment without its replies, as what somebody is about to answer."""
        self._learn_badges([comment])
        return self._article(Entry(comment, 1), acts="")

    def permalink(self, comment: Comment) -> str:
        """Return the path of the comment's own page."""
        return self._permalink.replace(_ANY, comment.public_id)

    def _opened(self, entry: Entry) -> str:
        """What opens the list that an entry is the first of; a reader can fold up replies, and needs no script to."""
        if entry.level == 1:
            return '<ol class="thread"><li>'
        above = entry.comment if entry.more else entry.answers
        assert above  # noqa: S101 - it stands inside what it answers
        return f'<details class="replies" open><summary>{escape(self._replies_word(above))}</summary><ol><li>'

    def _replies_word(self, above: Comment) -> str:
        count = max(above.reply_count, 1)  # one's own that waits is counted nowhere yet
        words = ngettext("{count} reply", "{count} replies", count)
        return words.format(count=written.number(count, self.language))

    def _comment(self, entry: Entry) -> str:
        return self._article(entry, acts=self._end_of_branch(entry) + self._acts(entry.comment))

    def _article(self, entry: Entry, *, acts: str) -> SafeString:
        comment = entry.comment
        if not comment.may_be_read_by(self.reader):
            return self._tombstone(entry, acts)
        held = self._waiting() if comment.is_held else ""
        look = " held" if held else " picked" if comment.is_pick else ""
        # Safe: the names are escaped, the words are `safe_html`'s, everything else is ours.
        return mark_safe(  # noqa: S308
            f'<article class="comment{look}" id="comment-{comment.public_id}" tabindex="-1"'
            f' aria-labelledby="by-{comment.public_id}">{held}<header class="by">{self._heading(entry)}'
            f"{self._badges(comment)}{self._when(comment)}{self._answers(entry)}</header>{self._waiting_edit(comment)}"
            f"{conditional_escape(self.quotes.get(comment.pk, ''))}"
            f'<div class="text" dir="auto">{comment.html}</div>{acts}</article>'
        )

    def _heading(self, entry: Entry) -> str:
        element = _element(entry)
        name = _("You") if entry.comment.is_held else entry.comment.author.name
        return f'<{element} id="by-{entry.comment.public_id}"><bdi>{escape(name)}</bdi></{element}>'

    def _badges(self, comment: Comment) -> str:
        """Who wrote it, then what the newsroom says of it. That somebody is a guest gives way where that says more."""
        if comment.is_held:
            return ""
        who = self.badges.get(comment.author_id)
        badges = [who] if who else []
        badges += [self._pick] if comment.is_pick else []
        badges += [self._pinned] if comment.is_pinned else []
        if comment.author.is_guest and len(badges) < MOST_BADGES:
            badges.insert(0, self._guest)
        drawn = (f'<span class="badge{one.look}">{escape(one.label)}</span> ' for one in badges[:MOST_BADGES])
        return "".join(drawn)

    def _when(self, comment: Comment) -> str:
        moment = localtime(comment.created_at)
        return (
            f'<a class="when" href="{self.permalink(comment)}"><time datetime="{moment.isoformat(timespec="seconds")}">'
            f"{escape(written.moment(moment, self.language))}</time></a>{self._edited(comment)}"
        )

    def _edited(self, comment: Comment) -> str:
        """The mark of an edit, which leads to what was changed unless the newsroom keeps that to itself."""
        if not comment.edited_at:
            return ""
        word = escape(_("edited"))
        if comment.hides_versions or not comment.is_published:
            return f'<span class="when">{word}</span>'
        label = escape(_("edited: what was changed in the comment by {name}").format(name=comment.author.name))
        href = self._versions.replace(_ANY, comment.public_id)
        return f'<a class="when" href="{href}" rel="nofollow" aria-label="{label}">{word}</a>'

    def _answers(self, entry: Entry) -> str:
        """The way to what a comment answers: a sign where that stands around it, a sentence where it does not."""
        other = entry.answers
        if other is None:
            return ""
        if entry.level > 1 and not entry.is_beside:
            return f'<a class="when up" href="#{other.element_id}" aria-label="{escape(_up_words(other))}">↑</a>'
        name = format_html("<bdi>{}</bdi>", other.author.name) if other.is_published else _("a removed comment")
        words = format_html(_("in reply to {name}"), name=name)
        # What the topmost comment answers is on a page of its own.
        href = self.permalink(other) if entry.level == 1 else f"#{other.element_id}"
        return f'<a class="when to" href="{href}">{words}</a>'

    def _acts(self, comment: Comment) -> str:
        ways = (
            self._ways_to_vote, self._way_to_reply, self._ways_to_change, self._way_to_report, self._way_to_moderate,
        )  # fmt: skip
        acts = "".join(way(comment) for way in ways)
        return f'<div class="acts">{acts}</div>' if acts else ""

    def _end_of_branch(self, entry: Entry) -> str:
        """Once above all that hangs on it, that nothing more is taken here."""
        if entry.level > 1 or not self.is_open or self._takes_more(entry.comment):
            return ""
        words = escape(_("This branch is closed."))
        return f'<p class="meta">{words}</p>'

    def _takes_more(self, comment: Comment) -> bool:
        """Whether people may reply, vote and edit where it stands."""
        return self.is_open and _root_of(comment) not in self.closed_branches

    def _ways_to_vote(self, comment: Comment) -> str:
        """The score between two buttons; without them where nobody, or not this reader, may vote."""
        if not comment.is_published:
            return ""
        figure = written.number(comment.score, self.language)
        score = f'<output data-score="{comment.score}" aria-label="{self._score_word}">{figure}</output>'
        if not self._takes_more(comment) or self._is_own(comment):
            return f'<div class="vote">{score}</div>'
        up = self._vote_button(comment, UP, _("Vote up, comment by {name}"))
        down = self._way_to_vote_down(comment)
        action = self._vote.replace(_ANY, comment.public_id)
        return f'<form class="vote" action="{action}" method="post">{up}{score}{down}</form>'

    def _way_to_vote_down(self, comment: Comment) -> str:
        """Where the newsroom has no down votes, only the way back for who cast one before."""
        if self.has_down_votes:
            return self._vote_button(comment, DOWN, _("Vote down, comment by {name}"))
        if self.votes.get(comment.pk) == DOWN:
            label = _("Take your vote down back, comment by {name}")
            return self._vote_button(comment, DOWN, label, " data-once")
        return ""

    def _vote_button(self, comment: Comment, way: int, label: str, mark: str = "") -> str:
        """A button that votes, or takes the reader's own vote back. On a page of everybody none is pressed."""
        is_pressed = self.votes.get(comment.pk) == way
        pressed = f' aria-pressed="{"true" if is_pressed else "false"}"' if self.reader else ""
        name = escape(label.format(name=comment.author.name))
        return (
            f'<button name="value" value="{NONE if is_pressed else way}" aria-label="{name}"{pressed}{mark}></button>'
        )

    def _way_to_reply(self, comment: Comment) -> str:
        if not self._takes_more(comment) or not comment.is_published:
            return ""
        label = escape(_("Reply to {name}").format(name=comment.author.name))
        href = self._reply.replace(_ANY, comment.public_id)
        return f'<a href="{href}" rel="nofollow" data-reply aria-label="{label}">{escape(self._reply_word)}</a>'

    def _ways_to_change(self, comment: Comment) -> str:
        if not self._is_own(comment) or not comment.is_changeable(timezone.now(), self.edit_window):
            return ""
        ways = [("discussion:delete", _("Delete"), _("Delete your comment"))]
        if self._takes_more(comment):
            ways.insert(0, ("discussion:edit", _("Edit"), _("Edit your comment")))
        return "".join(
            f'<a href="{reverse(name, args=[comment.public_id])}" aria-label="{escape(label)}">{escape(word)}</a>'
            for name, word, label in ways
        )

    def _way_to_report(self, comment: Comment) -> str:
        if not comment.is_published or self._is_own(comment):
            return ""
        label = escape(_("Report comment by {name}").format(name=comment.author.name))
        href = self._report.replace(_ANY, comment.public_id)
        return f'<a href="{href}" rel="nofollow" aria-label="{label}">{self._report_word}</a>'

    def _way_to_moderate(self, comment: Comment) -> str:
        if not self.may_moderate:
            return ""
        is_readable = comment.may_be_read_by(self.reader)
        pattern = _("Moderate comment by {name}") if is_readable else _("Moderate what follows this removed comment")
        label = escape(pattern.format(name=comment.author.name))
        href = self._moderate.replace(_ANY, comment.public_id)
        return f'<a href="{href}" rel="nofollow" aria-label="{label}">{self._moderate_word}</a>'

    def _is_own(self, comment: Comment) -> bool:
        return self.reader is not None and comment.author_id == self.reader.pk

    def _waiting(self) -> str:
        words = _("Waiting for a moderator. Only you can see this.")
        return f'<p class="why" role="status">{escape(words)}</p>'

    def _waiting_edit(self, comment: Comment) -> str:
        if comment.pk not in self.waiting_edits:
            return ""
        words = _("Your edit waits for a moderator. Until then this stays as it was.")
        return f'<p class="why">{escape(words)}</p>'

    def _tombstone(self, entry: Entry, acts: str) -> SafeString:
        """The place of a comment that nobody reads any more; named like the others, or headings would skip a level."""
        comment = entry.comment
        name, words = _("A removed comment"), _("Removed by a moderator.")
        if comment.is_held:
            name, words = _("A comment that waits"), _("Waiting for a moderator.")
        elif comment.deleted_at:
            name, words = _("A deleted comment"), _("Deleted by its author.")
        return format_html(
            '<article class="comment gone" id="comment-{id}" tabindex="-1" aria-labelledby="by-{id}">'
            '<{element} class="sr" id="by-{id}">{name}</{element}>'
            '<div class="text"><p>{words}</p></div>{acts}</article>',
            id=comment.public_id, element=_element(entry), name=name, words=words,
            acts=mark_safe(acts),  # noqa: S308 - drawn above, every piece escaped
        )  # fmt: skip

    def _more(self, entry: Entry) -> str:
        more = entry.more
        assert more  # noqa: S101 - the caller has looked
        query = f"?{urlencode({'after': more.after})}" if more.after else ""
        words = _("Continue this thread") if entry.is_beside else _more_words(more)
        return f'<a class="morelink" href="{self.permalink(entry.comment)}{query}">{escape(words)}</a>'

    def _learn_badges(self, comments: Iterable[Comment]) -> None:
        authors = {comment.author.user_id: comment.author_id for comment in comments if comment.author.user_id}
        if not authors:
            return
        self.badges |= {authors[user]: Badge(pgettext("badge", "Staff")) for user in _newsroom(authors)}
        for byline in self.article.credits if self.article else ():
            user = byline.person.user_id
            if user in authors:
                self.badges[authors[user]] = Badge(_role(byline), " author")

    def _learn_own(self, comments: Sequence[Comment]) -> None:
        """Learn how the reader voted; one query, and one more for somebody whose own words are among them."""
        if self.reader is None or not comments:
            return
        self.votes = votes_of(self.reader, comments)
        own = [comment.pk for comment in comments if comment.author_id == self.reader.pk]
        if own:
            held = CommentEdit.objects.held().filter(comment__in=own)
            self.waiting_edits = set(held.values_list("comment_id", flat=True))


def entries(branch: Branch) -> Iterator[Entry]:
    """Walk a branch in the order it is drawn: every comment, behind it what answers it, then the link to the rest.

    No recursion: a branch may be ten thousand deep.
    """
    below: dict[int | None, list[Comment]] = {}
    for reply in branch.replies:
        below.setdefault(reply.parent_id, []).append(reply)
    waiting = [Entry(branch.top, 1, answers=branch.top.parent)]
    while waiting:
        entry = waiting.pop()
        yield entry
        if entry.more:
            continue
        level, is_beside = min(entry.level + 1, LEVELS), entry.level == LEVELS
        more = branch.more.get(entry.comment.pk)
        if more:
            waiting.append(Entry(entry.comment, level, more, is_beside=is_beside))
        replies = reversed(below.get(entry.comment.pk, ()))
        waiting.extend(Entry(reply, level, answers=entry.comment, is_beside=is_beside) for reply in replies)


def _root_of(comment: Comment) -> int:
    return comment.root_id or comment.pk


def _element(entry: Entry) -> str:
    return "h3" if entry.level == 1 else "h4"


def _between(level: int, following: int) -> str:
    """What closes one entry and opens the next, which is at the same level or further out."""
    return f"{_closed_down(level, following)}</li><li>"


def _closed(level: int) -> str:
    return f"{_closed_down(level, 1)}</li></ol>" if level else ""


def _closed_down(level: int, to: int) -> str:
    return "</li></ol></details>" * (level - to)


def _up_words(above: Comment) -> str:
    if not above.is_published:
        return _("Up to a removed comment")
    return _("Up to the comment by {name}").format(name=above.author.name)


def _more_words(more: More) -> str:
    if more.count is None:
        return _("Show more replies")
    words = ngettext("Show {count} more reply", "Show {count} more replies", more.count)
    return words.format(count=written.number(more.count, get_language() or ""))


def _role(byline: Byline) -> str:
    if byline.role == Byline.Role.WRITER:
        return pgettext("badge", "Author")
    return str(byline.get_role_display())


def _newsroom(users: Iterable[int]) -> list[int]:
    """Those of the users who may enter the newsroom; one query."""
    may_enter = Q(is_superuser=True)
    may_enter |= Q(groups__permissions__codename=_ENTER) | Q(user_permissions__codename=_ENTER)
    found = get_user_model().objects.filter(may_enter, pk__in=list(users), is_active=True)
    return list(found.values_list("pk", flat=True).distinct())
