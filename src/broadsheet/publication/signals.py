"""Where publication listens: to Wagtail's publishing, and to rows that any page may show.

Handlers run in the transaction of what they hear of; our pages, people, pictures and settings open one for it.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_delete
from taggit.models import Tag
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.signals import page_published, page_unpublished, post_page_move

from broadsheet.publication.models import (
    ArticlePage,
    Biography,
    FrontPage,
    Person,
    Picture,
    PictureRendition,
    PublicationSettings,
    Section,
    StandardPage,
)
from broadsheet.publication.published import (
    announce_article,
    announce_everywhere,
    record_publishing,
)

SHOWN_EVERYWHERE = (FrontPage, Section, StandardPage)
PARTS_OF_PAGES = (
    Person, Biography, Picture, Tag, PublicationSettings, Redirect, PageViewRestriction, Locale, Site,
)  # fmt: skip
SIZE_GONE = "rendition-deleted"
# A picture notes these of its file when first asked for them; nobody sees that.
UNSEEN_FIELDS = frozenset(["file_size", "file_hash"])


def listen() -> None:
    """Begin to listen; called when the applications are ready. To call it twice changes nothing."""
    page_published.connect(on_published)
    page_unpublished.connect(on_unpublished)
    post_page_move.connect(on_moved)
    pre_delete.connect(on_article_deleted, sender=ArticlePage)
    for page in (*SHOWN_EVERYWHERE, ArticlePage):
        post_save.connect(on_made_live, sender=page)
    for page in SHOWN_EVERYWHERE:
        pre_delete.connect(on_part_deleted, sender=page)
    for part in PARTS_OF_PAGES:
        post_save.connect(on_part_saved, sender=part)
        post_delete.connect(on_part_deleted, sender=part)
    post_delete.connect(on_rendition_deleted, sender=PictureRendition)


def on_published(sender: type[Page], instance: Page, revision: Any = None, **_kwargs: Any) -> None:
    """Keep, record and tell; a page that will go live at a later hour is heard of then."""
    if not instance.live:
        return
    if isinstance(instance, ArticlePage):
        record_publishing(instance, revision)
        announce_article(instance, "published")
    elif isinstance(instance, SHOWN_EVERYWHERE):
        announce_everywhere("published")


def on_made_live(sender: type[Page], instance: Page, created: bool, **_kwargs: Any) -> None:
    """Tell of a page that is there for readers from the beginning, such as an alias; Wagtail is silent about those."""
    if created and instance.live:
        if isinstance(instance, ArticlePage):
            announce_article(instance, "published")
        else:
            announce_everywhere("published")


def on_unpublished(sender: type[Page], instance: Page, **_kwargs: Any) -> None:
    """Tell that a page is no longer there."""
    if isinstance(instance, ArticlePage):
        announce_article(instance, "unpublished")
    elif isinstance(instance, SHOWN_EVERYWHERE):
        announce_everywhere("unpublished")


def on_moved(sender: type[Page], instance: Page, **_kwargs: Any) -> None:
    """Tell that a page has another address, and with a section all that is in it."""
    page = instance.specific
    if not isinstance(page, ArticlePage):
        announce_everywhere("moved")
    elif page.live:
        announce_article(page, "moved")


def on_article_deleted(sender: type[Page], instance: ArticlePage, **_kwargs: Any) -> None:
    """Tell that an article is gone; a draft was never there."""
    if instance.live:
        announce_article(instance, "deleted")


def on_part_saved(sender: type[Any], instance: Any, created: bool, update_fields: Any = None, **_kwargs: Any) -> None:
    """Tell that something shown on many pages was changed; a new person, picture or tag is on none yet."""
    is_new_part = created and sender in (Person, Picture, Tag)
    if not is_new_part and not (update_fields and UNSEEN_FIELDS.issuperset(update_fields)):
        announce_everywhere(f"{sender._meta.model_name}-changed"[:40])


def on_part_deleted(sender: type[Any], **_kwargs: Any) -> None:
    """Tell that something shown on many pages is gone."""
    announce_everywhere(f"{sender._meta.model_name}-deleted"[:40])


def on_rendition_deleted(sender: type[PictureRendition], origin: Any, **_kwargs: Any) -> None:
    """Tell that a size of a picture is gone, whose file pages lead to; of one that goes with its picture that tells."""
    if getattr(origin, "model", type(origin)) is PictureRendition:
        announce_everywhere(SIZE_GONE)
