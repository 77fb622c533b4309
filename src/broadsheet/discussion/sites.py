"""To which site a discussion belongs: the newsroom decides for each site by itself."""

from __future__ import annotations

from django.db.models import Q
from wagtail.models import Site

from broadsheet.discussion.models import DiscussionSettings, Thread
from broadsheet.publication.models import ArticlePage, ArticleQuerySet


def articles_of(*sites: Site) -> ArticleQuerySet:
    """Return the articles of sites, in all their languages, each story once: aliases are left out."""
    below = Q(pk__in=[])
    for site in sites:
        for path in site.root_page.get_translations(inclusive=True).values_list("path", flat=True):
            below |= Q(path__startswith=path)
    articles: ArticleQuerySet = ArticlePage.objects.originals().filter(below)
    return articles


def takes_down_votes(thread: Thread) -> bool:
    """Whether readers may vote the comments of a thread down. One query where every newsroom lets them."""
    without = DiscussionSettings.objects.filter(has_down_votes=False).select_related("site__root_page")
    sites = [decided.site for decided in without]
    return not (sites and articles_of(*sites).filter(translation_key=thread.translation_key).exists())
