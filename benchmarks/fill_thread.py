"""Fill the discussion of one article with comments: `python benchmarks/fill_thread.py --home DIR --comments 100000`.

40 % answer the article, the others a comment that stands at most four deep (so that five levels are used), 300
characters in the mean, 2,000 guests' names, over thirty days. Counters and positions are as if each had been posted.
There are no votes yet; once the model has them, they shall be Zipf-distributed. The same seed makes the same comments.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broadsheet.accounts.models import Profile
    from broadsheet.discussion.models import Comment, Thread
    from broadsheet.publication.models import ArticlePage

TOPS = 0.4
DEEPEST = 4
MEAN_LENGTH = 300
NAMES = 2_000
DAYS = 30
TEXTS = 2_000  # rendered once, and said again by others: rendering 100,000 is not what is measured here
BATCH = 5_000

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
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    start_django(given.home)
    from broadsheet.publication.models import ArticlePage

    articles = ArticlePage.objects.readable()
    article = articles.filter(slug=given.article).first() if given.article else articles.first()
    if article is None:
        sys.exit("There is no such article to talk about.")
    began = time.monotonic()
    thread = fill(article, given.comments, given.seed, lambda done: print(f"\r{done:,} comments", end="", flush=True))
    print(f"\r{thread.comment_count:,} comments below “{article.title}” in {time.monotonic() - began:.1f} s")


def start_django(home: str) -> None:
    """Let this process work on the publication in `home`."""
    os.environ["BROADSHEET_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")
    import django

    django.setup()


def fill(article: ArticlePage, count: int, seed: int, say: Callable[[int], object] = lambda done: None) -> Thread:
    """Add `count` comments below an article that has none yet, in one transaction; `say` hears how many are done."""
    from django.db import transaction
    from django.db.models import Max

    from broadsheet.delivery.announce import announce
    from broadsheet.discussion.actions import open_thread
    from broadsheet.discussion.models import Comment

    chance = random.Random(seed)
    with transaction.atomic():
        thread = open_thread(article)
        if thread.comments.exists():
            raise SystemExit("The article has comments already; give one that has none.")
        first = (Comment.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        comments = list(_comments(thread, _guests(chance), _texts(chance), first, count, chance))
        for start in range(0, count, BATCH):
            Comment.objects.bulk_create(comments[start : start + BATCH])
            say(min(start + BATCH, count))
        thread.comment_count = count
        thread.save(update_fields=["comment_count"])
        _reset_sequence(Comment)
        announce(thread.topic, "comments-filled")
    return thread


def _comments(
    thread: Thread, guests: list[Profile], texts: list[tuple[str, str]], first: int, count: int, chance: random.Random
) -> Iterator[Comment]:
    """Make the comments in the order they are written, each with what it counts in the end."""
    from django.utils import timezone

    from broadsheet.discussion.models import Comment

    begin, step = timezone.now() - timedelta(days=DAYS), timedelta(days=DAYS) / max(count, 1)
    comments: list[Comment] = []
    answerable: list[Comment] = []
    for number in range(count):
        source, html = chance.choice(texts)
        comment = Comment(
            pk=first + number, thread=thread, author=chance.choice(guests), source=source, html=html,
            created_at=begin + number * step,
        )  # fmt: skip
        if answerable and chance.random() >= TOPS:
            _answer(comment, chance.choice(answerable))
        if comment.depth < DEEPEST:
            answerable.append(comment)
        comments.append(comment)
    yield from comments


def _answer(comment: Comment, parent: Comment) -> None:
    root = parent.root or parent
    parent.reply_count += 1
    root.branch_count += 1
    root.last_position += 1
    comment.parent, comment.root = parent, root
    comment.depth, comment.position = parent.depth + 1, root.last_position


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
