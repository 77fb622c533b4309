"""What follows for passages when an article is published anew: each is carried over, once, on the server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import OuterRef, Subquery

from broadsheet.annotation.anchoring import Placed, digest_of
from broadsheet.annotation.carrying import Carrying
from broadsheet.annotation.models import Passage, PassageQuerySet
from broadsheet.delivery.announce import announce
from broadsheet.publication.models import ArticlePage, PublishedText

STATE = ["live_text", "live_block_id", "live_start", "live_end", "live_digest", "carried_to", "orphaned_at"]


@transaction.atomic
def carry_over(article: ArticlePage) -> int:
    """Carry the passages of an article over to the text that readers get now; return how many were waiting for that.

    A passage is looked for from where it stood last, an orphan too. Doing so twice for one text changes nothing more.
    """
    key = article.alias_of_id or article.pk
    # Whoever publishes holds this row: no newer text comes in between, and a repair never undoes what is newer.
    ArticlePage.objects.select_for_update(no_key=True, of=("self",)).filter(pk=key).first()
    text = PublishedText.objects.filter(page=key).first()
    if text is None:
        return 0
    if not Passage.objects.filter(article=key).behind(text).exists():
        return 0
    announce(article.topic, "passages-carried")  # first, as all do that touch passages (`actions/prompts.py`)
    waiting = list(_behind(key, text))
    blocks = text.block_texts()
    bases = PublishedText.objects.in_bulk({passage.live_text_id for passage in waiting})
    for base, passages in groupby(waiting, key=attrgetter("live_text_id")):
        _carry(passages, bases[base], text, blocks)
    Passage.objects.bulk_update(waiting, STATE)
    return len(waiting)


def carry_over_missed() -> int:
    """Carry over what was left behind when its article was published; return how many that were. For the timetable."""
    articles = ArticlePage.objects.filter(pk__in=missed().values("article"))
    return sum(carry_over(article) for article in articles)


def missed(before: datetime | None = None) -> PassageQuerySet:
    """Return the passages that were not carried over to the newest text of their article, if it is from `before`."""
    newest = PublishedText.objects.filter(page=OuterRef("article"))
    found: PassageQuerySet = Passage.objects.exclude(carried_to=Subquery(newest.values("pk")[:1]))
    if before is None:
        return found
    return found.alias(newest_at=Subquery(newest.values("published_at")[:1])).filter(newest_at__lt=before)


def _behind(key: int, text: PublishedText) -> PassageQuerySet:
    passages: PassageQuerySet = Passage.objects.filter(article=key).behind(text)
    return passages.select_for_update(no_key=True).order_by("live_text_id", "pk")


def _carry(passages: Iterable[Passage], base: PublishedText, text: PublishedText, blocks: dict[str, str]) -> None:
    """Say of passages that stood in one text last where they stand in another."""
    carrying = Carrying(base.block_texts(), blocks)
    for passage in passages:
        placed = _at_home(passage, text, blocks)
        placed = placed or carrying.place(passage.live_block_id, passage.live_start, passage.live_end)
        if placed:
            passage.place(placed, text)
        else:
            passage.orphan(text)


def _at_home(passage: Passage, text: PublishedText, blocks: dict[str, str]) -> Placed | None:
    """Where it stood when it was made, if this is the text that it was made on, published again."""
    if passage.text_id != text.pk or passage.block_id not in blocks:
        return None
    return Placed(passage.block_id, passage.start, passage.end, digest_of(blocks[passage.block_id]))
