"""What must always be true of passages; looked at by `broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from broadsheet.annotation.anchoring import digest_of
from broadsheet.annotation.carried import missed
from broadsheet.annotation.models import Annotation, Passage
from broadsheet.discussion.models import Comment
from broadsheet.publication.models import PublishedText

REPAIRED_WITHIN = timedelta(minutes=10)  # the timetable looks every minute


def broken_promises() -> Iterator[str]:
    """Yield a sentence for every passage that does not stand where it says, and every comment on a foreign passage."""
    late = missed(before=timezone.now() - REPAIRED_WITHIN)
    for public_id in late.values_list("public_id", flat=True):
        yield f"passage {public_id} was not carried over to the newest text of its article"
    for text, passages in groupby(Passage.objects.order_by("live_text_id").iterator(), key=attrgetter("live_text_id")):
        blocks = PublishedText.objects.get(pk=text).block_texts()
        for passage in passages:
            yield from _misplaced(passage, blocks)
    foreign = Annotation.objects.exclude(comment__thread__translation_key=F("passage__article__translation_key"))
    for comment, passage_id in foreign.values_list("comment__public_id", "passage__public_id"):
        yield f"comment {comment} is about passage {passage_id} of another article"

    marked = Comment.objects.annotate(has_passage=Exists(Annotation.objects.filter(comment=OuterRef("pk"))))
    for public_id in marked.exclude(is_inline=F("has_passage")).values_list("public_id", flat=True):
        yield f"comment {public_id} is about a passage and not inline, or the other way round"


def _misplaced(passage: Passage, blocks: dict[str, str]) -> Iterator[str]:
    words = blocks.get(passage.live_block_id)
    if words is None or passage.live_end > len(words):
        yield f"passage {passage.public_id} is said to stand where there is no text"
    elif digest_of(words) != passage.live_digest:
        yield f"passage {passage.public_id} stands in a block whose text is another than when it was placed"
