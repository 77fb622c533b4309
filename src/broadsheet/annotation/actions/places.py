"""Where words stand in what readers get, and the passage on them; what all that is done with passages begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from broadsheet.annotation.anchoring import Placed, Selection, context_of, find_selection
from broadsheet.annotation.carrying import Carrying
from broadsheet.annotation.models import Passage, PassageQuerySet
from broadsheet.annotation.reading import live_text_of
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage, PublishedText

EARLIER_TEXTS = 5  # looked through for words that somebody selected on a page that is not the newest any more


@dataclass(frozen=True)
class Place:
    """Where words stand in a published text."""

    text: PublishedText
    at: Placed

    @property
    def block(self) -> str:
        """The text of the block they stand in."""
        return self.text.block_texts()[self.at.block_id]

    @property
    def words(self) -> str:
        """The words."""
        return self.block[self.at.start : self.at.end]


def find_place(article: ArticlePage, selection: Selection) -> Place:
    """Return where the selected words stand in what readers get now. Raises the refusals of `find_selection`.

    A page that was opened before the text was published anew still shows the old one: words that were selected there
    are found in it, and carried over.
    """
    text = live_text_of(article)
    if text is None:
        sentence = _("This article cannot take comments on its words yet. You can comment on the whole of it.")
        raise Refusal("selection-gone", sentence, status=409)
    blocks = text.block_texts()
    try:
        return Place(text, find_selection(blocks, selection))
    except Refusal as refusal:
        placed = _from_earlier(text, blocks, selection) if refusal.code == "selection-gone" else None
        if placed is None:
            raise
        return Place(text, placed)


def passage_at(article: ArticlePage, place: Place) -> Passage:
    """Return the passage on exactly these words, made when there is none. In a transaction."""
    known = passages_standing(article, place).order_by("pk").first()
    if known:
        return known
    prefix, suffix = context_of(place.block, place.at)
    standing = {
        "live_text": place.text,
        "carried_to": place.text,
        "live_block_id": place.at.block_id,
        "live_start": place.at.start,
        "live_end": place.at.end,
        "live_digest": place.at.digest,
    }
    made = {"article": article, "exact": place.words, "prefix": prefix, "suffix": suffix, **standing}
    return Passage.objects.get_or_create(**home_of(place), defaults=made)[0]


def passages_standing(article: ArticlePage, place: Place) -> PassageQuerySet:
    """Return the passages that stand on exactly these words now."""
    found: PassageQuerySet = Passage.objects.filter(
        article=article,
        live_text=place.text,
        carried_to=place.text,
        live_block_id=place.at.block_id,
        live_start=place.at.start,
        live_end=place.at.end,
    )
    return found


def home_of(place: Place) -> dict[str, Any]:
    """Return the fields that say where a passage was made, or attached."""
    return {"text": place.text, "block_id": place.at.block_id, "start": place.at.start, "end": place.at.end}


def _from_earlier(text: PublishedText, blocks: dict[str, str], selection: Selection) -> Placed | None:
    """Find the words in one of the texts that readers got before, and carry them over; None where that is not clear."""
    for earlier in PublishedText.objects.filter(page=text.page_id).exclude(pk=text.pk)[:EARLIER_TEXTS]:
        known = earlier.block_texts()
        try:
            found = find_selection(known, selection)
        except Refusal:
            continue
        return Carrying(known, blocks).place(found.block_id, found.start, found.end)
    return None
