"""The Atom feed of a thread: what was said last, at whatever depth, and what it answers."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any
from uuid import UUID
from xml.sax.xmlreader import AttributesImpl

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import condition, require_safe

import broadsheet
from broadsheet.delivery.announce import versions_of
from broadsheet.delivery.shown import shows
from broadsheet.delivery.topics import topic
from broadsheet.discussion.asking import thread_on
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import article_for_readers
from broadsheet.publication.feeds import Feed, add_entry, written_feed
from broadsheet.publication.public import absolute, canonical_address_of
from broadsheet.publication.rich_text import printable

ENTRIES = 25
THREADING = "http://purl.org/syndication/thread/1.0"  # RFC 4685


class TalkFeed(Feed):
    """An Atom feed whose entries say what they answer (RFC 4685)."""

    def root_attributes(self) -> dict[str, str]:
        """Name the extension's vocabulary."""
        attributes: dict[str, str] = super().root_attributes()
        return attributes | {"xmlns:thr": THREADING}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Write an entry, and what it answers."""
        super().add_item_elements(handler, item)
        handler.startElement("thr:in-reply-to", AttributesImpl(item["answers"]))
        handler.endElement("thr:in-reply-to")


def etag_of_thread(request: HttpRequest, key: UUID) -> str:
    """Return a tag that changes with what is said in a thread, with its article and with the program that writes it."""
    article = article_for_readers(key)
    thread = thread_on(request, article)
    topics = [topic("article", article.pk), topic("publication", "everywhere"), *([thread.topic] if thread.pk else [])]
    state = repr((broadsheet.__version__, get_language(), request.path, sorted(versions_of(topics).items())))
    return f'"{hashlib.sha256(state.encode()).hexdigest()[:24]}"'


@require_safe
@condition(etag_func=etag_of_thread)
def thread(request: HttpRequest, key: UUID) -> HttpResponse:
    """Answer with what was said last in a thread."""
    article = article_for_readers(key)
    said = thread_on(request, article)
    shows(topic("publication", "everywhere"))
    address = canonical_address_of(article, request)
    feed = TalkFeed(
        title=printable(_("Comments on {headline}").format(headline=article.title)),
        link=f"{address}#discussion",
        description="",
        language=get_language(),
        feed_url=absolute(reverse("discussion:thread_feed", args=[key])),
        feed_guid=absolute(reverse("discussion:thread_feed", args=[key])),
    )
    latest = Comment.objects.latest_in(said) if said.pk else Comment.objects.none()
    for comment in latest.select_related("author", "parent")[:ENTRIES]:
        _add(feed, comment, said, article.title, address)
    return written_feed(feed)


def _add(feed: TalkFeed, comment: Comment, thread: Thread, headline: str, address: str) -> None:
    name = comment.author.name
    add_entry(
        feed,
        title=_("{name} on {headline}").format(name=name, headline=headline),
        address=absolute(comment.permalink),
        key=_key(thread, comment),
        published=comment.created_at,
        updated=comment.edited_at or comment.created_at,
        language=comment.language or get_language() or "",
        summary="",
        content=printable(comment.html),
        authors=[(printable(name), "")],
        answers=_answered(thread, comment.parent, address),
    )


def _answered(thread: Thread, parent: Comment | None, address: str) -> dict[str, str]:
    if parent is None:
        return {"ref": thread.translation_key.urn, "href": address, "type": "text/html"}
    return {"ref": _key(thread, parent).urn, "href": absolute(parent.permalink), "type": "text/html"}


def _key(thread: Thread, comment: Comment) -> UUID:
    return uuid.uuid5(thread.translation_key, comment.public_id)
