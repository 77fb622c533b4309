"""What follows when a page is published: its text is kept, a correction is recorded, the world is told."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone, translation

from broadsheet.delivery.announce import announce
from broadsheet.delivery.topics import topic
from broadsheet.publication.models import ArticlePage, Correction, PublishedText
from broadsheet.publication.rendering import Story

if TYPE_CHECKING:
    from wagtail.models import Revision

MINUTES_LIMIT = 32_767  # what the column holds


@transaction.atomic
def record_publishing(article: ArticlePage, revision: Revision | None) -> PublishedText:
    """Keep the text that `article` was just published with and record the correction that waited with the draft.

    Doing so twice for one revision leaves one text and one correction.
    """
    record_correction(article, revision)
    return record_published_text(article, revision.pk if revision else 0)


def record_published_text(article: ArticlePage, revision: int = 0) -> PublishedText:
    """Keep the text of `article` as it is now; the same text of the same revision is kept once."""
    with translation.override(article.language):
        story = Story(article)
        text, blocks = story.text, story.block_map()
    kept, is_new = PublishedText.objects.get_or_create(
        page=article,
        revision=revision,
        digest=_digest(article.title, text, blocks),
        defaults={
            "published_at": article.last_published_at or timezone.now(),
            "language": article.language,
            "headline": article.title,
            "text": text,
            "blocks": blocks,
        },
    )
    if not is_new and article.last_published_at:
        # Published again after it was withdrawn, or after another text: it is the newest now.
        PublishedText.objects.filter(pk=kept.pk).update(published_at=article.last_published_at)
    ArticlePage.objects.filter(pk=article.pk).update(minutes=min(story.minutes, MINUTES_LIMIT))
    return kept


def record_missing_texts() -> int:
    """Keep the text of every live article of which none is kept, such as a new alias; return how many there were.

    Wagtail makes aliases, and programs may make live pages, without a word about publishing.
    """
    missing = list(ArticlePage.objects.live().filter(published_texts=None).select_related("locale"))
    for article in missing:
        record_published_text(article)
    return len(missing)


def record_correction(article: ArticlePage, revision: Revision | None) -> Correction | None:
    """Make the correction that waits with the draft a public one, and clear it from the draft; None when none waits."""
    text = article.pending_correction.strip()
    article.pending_correction = ""
    ArticlePage.objects.filter(pk=article.pk).exclude(pending_correction="").update(pending_correction="")
    if not text or article.alias_of_id:
        return None
    for draft in {draft.pk: draft for draft in (revision, article.latest_revision) if draft}.values():
        _clear(draft, text)
    return Correction.objects.get_or_create(page=article, text=text)[0]


def announce_article(article: ArticlePage, change: str) -> None:
    """Tell the world that what readers get of `article` changed, and with it what its language versions link to."""
    for key in sorted({article.pk, *_versions_of(article)}):
        announce(topic("article", key), change)
    announce_lists(change)


def announce_lists(change: str) -> None:
    """Tell the world that what lists show has changed: front page, sections, archive, feeds."""
    announce(topic("publication", "lists"), change)


def announce_everywhere(change: str) -> None:
    """Tell the world that something changed which any page may show: a name, a picture, the navigation."""
    announce(topic("publication", "everywhere"), change)


def _clear(draft: Revision, text: str) -> None:
    """Take the recorded correction out of a draft, unless somebody has written another since."""
    if str(draft.content.get("pending_correction", "")).strip() == text:
        draft.content["pending_correction"] = ""
        draft.save(update_fields=["content"])


def _versions_of(article: ArticlePage) -> list[int]:
    versions = ArticlePage.objects.filter(translation_key=article.translation_key, live=True)
    return list(versions.values_list("pk", flat=True))


def _digest(headline: str, text: str, blocks: list[dict[str, Any]]) -> str:
    whole = json.dumps([headline, text, blocks], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(whole.encode("ascii")).hexdigest()
