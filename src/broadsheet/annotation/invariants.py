"""What must always be true of passages; looked at by `broadsheet check`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
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

    annotated = Annotation.objects.filter(comment=OuterRef("pk")).values("passage__public_id")
    named = Passage.objects.filter(public_id=OuterRef("about"))
    known = Comment.objects.annotate(passage=Coalesce(Subquery(annotated), Value("")), is_there=Exists(named))
    # Comments outlive an article that is deleted; its passages go with it.
    wrong = known.exclude(Q(about=F("passage"), is_inline=True) | Q(passage="", is_there=False))
    for public_id, about, passage in wrong.values_list("public_id", "about", "passage"):
        yield f"comment {public_id} says that it is about {about!r} and is about {passage!r}"


def _misplaced(passage: Passage, blocks: dict[str, str]) -> Iterator[str]:
    words = blocks.get(passage.live_block_id)
    if words is None or passage.live_end > len(words):
        yield f"passage {passage.public_id} is said to stand where there is no text"
    elif digest_of(words) != passage.live_digest:
        yield f"passage {passage.public_id} stands in a block whose text is another than when it was placed"
