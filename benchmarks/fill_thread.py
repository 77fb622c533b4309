"""Fill the discussion of one article with comments: `python benchmarks/fill_thread.py --home DIR --comments 100000`.

Of every ten, `--tops` tenths answer the article, the others one of the last comments that stand at most four deep (so
that five levels are used), 300 characters in the mean, 2,000 guests' names, over thirty days. Of those that answer the
article a share of `--inline` is about twenty passages of its text. There are as many votes as comments,
Zipf-distributed over those of a day. Counters and positions are as if each had been posted and cast. The same seed
makes the same comments; a million take two to three minutes.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from broadsheet.accounts.models import Profile
    from broadsheet.annotation.models import Passage
    from broadsheet.discussion.models import Thread
    from broadsheet.publication.models import ArticlePage

TOPS = 0.4
DEEPEST = 4
LATELY = 40  # comments that people answer: the last ones, so that a long discussion is shaped as a short one is
ZIPF = 1.3  # of votes: the most voted of a hundred has some thirty, most have none
UP = 0.8  # of votes
MEAN_LENGTH = 300
NAMES = 2_000
DAYS = 30
TEXTS = 2_000  # rendered once, and said again by others: rendering 100,000 is not what is measured here
PASSAGES = 20  # that are marked, if the text has words for so many
PASSAGE_LENGTH = 40
NEIGHBOURS = 400  # comments that share their votes
COLUMNS = (
    "id", "public_id", "thread_id", "parent_id", "root_id", "depth", "position", "author_id", "source", "html",
    "language", "created_at", "edited_at", "deleted_at", "is_shown", "reply_count", "branch_count", "last_position",
    "up_count", "down_count", "score", "is_inline", "is_pinned", "is_pick", "is_branch_closed", "hides_versions",
    "about", "standing", "standing_reason",
)  # fmt: skip
VOTE_COLUMNS = ("comment_id", "profile_id", "value", "cast_at")

FIRST = "Ada Amal Anna Birk Clara Eide Elias Frida Gus Hallvard Idun Ingrid Jonas Kai Lea Maja Mette Nadia Odd".split()  # noqa: SIM905
LAST = "Aas Berg Dahl Eide Finch Haddad Haug Lie Lund Moe Nygaard Rehn Rud Solvang Strand Teigen Vik Vold".split()  # noqa: SIM905
WORDS = """
a all and are at back because before boat boats bread bus but by came captain cello chair county crossing day door
early engine every evening ferry first for four from go got had half harbour has have he her here hill his home hour
house how i if in is it keep kept knew last late lamp letter light line long man many mate minute minutes morning
mother my never nets night no nobody not now of office often old on once one only or other our out over paid paper
people perhaps price quay quiet rain read ring road rope salt said sea second see she shop shore should since skipper
sleep slow so some somebody spring steam still storm street summer table than that the their them then there they
think this three through tide time timetable to told too town train two under up us wait waited waits was water way
weather week were what when where which while who why will wind window winter with without word work would year years
yes you young
""".split()  # noqa: SIM905


def main() -> None:
    """Fill the article named, else the newest one, and say how long it took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--home", required=True, help="the home of a publication that has an article")
    options.add_argument("--article", help="the article's slug; the newest one if none is given")
    options.add_argument("--comments", type=int, default=100_000)
    options.add_argument("--tops", type=float, default=TOPS)
    options.add_argument("--inline", type=float, default=0)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    start_django(given.home)
    from broadsheet.publication.models import ArticlePage

    articles = ArticlePage.objects.readable()
    article = articles.filter(slug=given.article).first() if given.article else articles.first()
    if article is None:
        sys.exit("There is no such article to talk about.")
    began = time.monotonic()
    thread = fill(article, given.comments, given.seed, given.tops, given.inline)
    print(f"{thread.comment_count:,} comments below “{article.title}” in {time.monotonic() - began:.1f} s")


def start_django(home: str) -> None:
    """Let this process work on the publication in `home`."""
    os.environ["BROADSHEET_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")
    import django

    django.setup()


@dataclass
class Plan:
    """A discussion as lists: who answers whom, and what everything counts in the end. A root's root is itself."""

    parents: list[int | None] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)
    ups: list[int] = field(default_factory=list)
    downs: list[int] = field(default_factory=list)

    def add(self, parent: int | None) -> None:
        """Let something be said, in answer to the comment of that number or to the article."""
        number = len(self.parents)
        root = number if parent is None else self.roots[parent]
        for column in (self.replies, self.branches, self.ups, self.downs):
            column.append(0)
        if parent is not None:
            self.replies[parent] += 1
            self.branches[root] += 1
        self.parents.append(parent)
        self.roots.append(root)
        self.depths.append(0 if parent is None else self.depths[parent] + 1)
        self.positions.append(0 if parent is None else self.branches[root])


def fill(article: ArticlePage, count: int, seed: int, tops: float = TOPS, inline: float = 0) -> Thread:
    """Add `count` comments below an article that has none yet, in one transaction."""
    from django.db import connection, transaction
    from django.db.models import Max

    from broadsheet.delivery.announce import announce
    from broadsheet.discussion.actions import open_thread
    from broadsheet.discussion.models import Comment, Vote

    chance = random.Random(seed)
    with transaction.atomic():
        thread = open_thread(article)
        if thread.comments.exists():
            raise SystemExit("The article has comments already; give one that has none.")
        first = (Comment.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        guests = [guest.pk for guest in _guests(chance)]
        plan = _plan(count, tops, chance)
        authors = [chance.choice(guests) for _ in range(count)]
        votes = list(_votes(plan, authors, guests, chance))
        _insert(Comment, COLUMNS, _rows(plan, authors, thread.pk, first, chance))
        _insert(Vote, VOTE_COLUMNS, ((first + number, *vote) for number, *vote in votes))
        for model in (Comment, Vote):
            _reset_sequence(model)
        thread.comment_count, thread.inline_count = count, _annotate(article, thread, inline, chance)
        thread.save(update_fields=["comment_count", "inline_count"])
        announce(thread.topic, "comments-filled")
        announce(article.topic, "comments-filled")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database that has grown for years knows its tables
    return thread


def _annotate(article: ArticlePage, thread: Thread, share: float, chance: random.Random) -> int:
    """Let a share of the comments under an article be about passages of its text; return how many."""
    from django.db.models import OuterRef, Subquery

    from broadsheet.annotation.models import Annotation
    from broadsheet.discussion.models import InlineCount

    tops = list(thread.comments.tops().order_by("pk").values_list("pk", flat=True))
    about = chance.sample(tops, round(share * len(tops)))
    if not about:
        return 0
    passages = _passages(article)
    Annotation.objects.bulk_create(
        (Annotation(comment_id=pk, passage=passages[number % len(passages)]) for number, pk in enumerate(about)),
        batch_size=500,
    )
    named = Annotation.objects.filter(comment=OuterRef("pk")).values("passage__public_id")
    thread.comments.filter(annotation__isnull=False).update(is_inline=True, about=Subquery(named))
    counted = Counter(thread.comments.filter(is_inline=True).values_list("about", flat=True))
    InlineCount.objects.bulk_create(InlineCount(about=name, comment_count=many) for name, many in counted.items())
    return len(about)


def _passages(article: ArticlePage) -> list[Passage]:
    """Mark passages side by side in the article's first block."""
    from broadsheet.annotation.anchoring import digest_of
    from broadsheet.annotation.models import Passage
    from broadsheet.publication.models import PublishedText

    text = PublishedText.objects.filter(page=article).latest()
    block, words = next(iter(text.block_texts().items()))
    starts = range(0, len(words) - PASSAGE_LENGTH, 2 * PASSAGE_LENGTH)[:PASSAGES]
    return Passage.objects.bulk_create(
        Passage(
            article=article, text=text, block_id=block, exact=words[start : start + PASSAGE_LENGTH], start=start,
            end=start + PASSAGE_LENGTH, live_text=text, live_block_id=block, live_start=start,
            live_end=start + PASSAGE_LENGTH, live_digest=digest_of(words), carried_to=text,
        )
        for start in starts
    )  # fmt: skip


def _plan(count: int, tops: float, chance: random.Random) -> Plan:
    plan = Plan()
    answerable: deque[int] = deque(maxlen=LATELY)
    for number in range(count):
        plan.add(None if not answerable or chance.random() < tops else chance.choice(answerable))
        if plan.depths[number] < DEEPEST:
            answerable.append(number)
    return plan


def _votes(
    plan: Plan, authors: list[int], guests: list[int], chance: random.Random
) -> Iterator[tuple[int, int, int, datetime]]:
    """Cast as many votes as there are comments; hundreds of neighbours share them by Zipf's law."""
    now, count = datetime.now(UTC), len(authors)
    weights = [1 / rank**ZIPF for rank in range(1, NEIGHBOURS + 1)]
    for start in range(0, count, NEIGHBOURS):
        near = range(start, min(start + NEIGHBOURS, count))
        ranked = chance.sample(near, len(near))
        for number, wanted in Counter(chance.choices(ranked, weights[: len(ranked)], k=len(near))).items():
            voters = [voter for voter in chance.sample(guests, wanted) if voter != authors[number]]
            for voter in voters:
                is_up = chance.random() < UP
                (plan.ups if is_up else plan.downs)[number] += 1
                yield number, voter, 1 if is_up else -1, now


def _rows(plan: Plan, authors: list[int], thread: int, first: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """The comments in the order they are written, each with what it counts in the end."""
    from broadsheet.kernel.ids import public_id

    texts, count = _texts(chance), len(authors)
    begin, step = datetime.now(UTC) - timedelta(days=DAYS), timedelta(days=DAYS) / max(count, 1)
    for number, parent in enumerate(plan.parents):
        is_top = parent is None
        branch = plan.branches[number] if is_top else 0
        up, down = plan.ups[number], plan.downs[number]
        yield (
            first + number, public_id(), thread, None if is_top else first + parent,
            None if is_top else first + plan.roots[number], plan.depths[number], plan.positions[number],
            authors[number], *chance.choice(texts), "en", begin + number * step, None, None, True,
            plan.replies[number], branch, branch, up, down, up - down,
            *[False] * 5, "", "published", "",
        )  # fmt: skip


def _insert(model: type[Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Put rows into a table the quickest way that the database has."""
    from django.db import connection

    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        values = ", ".join(["%s"] * len(columns))
        adapt = connection.ops.adapt_datetimefield_value
        written = (tuple(adapt(one) if isinstance(one, datetime) else one for one in row) for row in rows)
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", written)  # noqa: S608 - our own table


def _guests(chance: random.Random) -> list[Profile]:
    from broadsheet.accounts.models import Profile

    names = [f"{first} {last}" for first in FIRST for last in LAST]
    guests = [Profile(name=f"{chance.choice(names)} {number}") for number in range(NAMES)]
    return Profile.objects.bulk_create(guests)


def _texts(chance: random.Random) -> list[tuple[str, str]]:
    """Make sources with their HTML; lengths vary as people's do, a few long ones among many short."""
    from broadsheet.kernel.text import canonical_text, safe_html

    sources = [canonical_text(_text(chance)) for _ in range(TEXTS)]
    return [(source, safe_html(source)) for source in sources]


def _text(chance: random.Random) -> str:
    length = min(chance.expovariate(1 / (MEAN_LENGTH - 40)) + 40, 4_000)
    paragraphs, sentences = [], []
    while sum(map(len, paragraphs)) + sum(map(len, sentences)) < length:
        words = chance.choices(WORDS, k=chance.randint(4, 14))
        sentences.append(f"{' '.join(words).capitalize()}.")
        if chance.random() < 0.15:
            paragraphs.append(" ".join(sentences))
            sentences = []
    return "\n\n".join([*paragraphs, " ".join(sentences)])


def _reset_sequence(model: type) -> None:
    """Let the next row of a table whose keys were given get the next key."""
    from django.core.management.color import no_style
    from django.db import connection

    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)


if __name__ == "__main__":
    main()
