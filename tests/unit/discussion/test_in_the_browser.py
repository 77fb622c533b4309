"""What the pages bring for their scripts: words in the page's language, and nothing of anybody's."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from broadsheet.accounts.models import Profile
from broadsheet.discussion.models import Thread
from broadsheet.publication.models import ArticlePage
from tests import factories


@pytest.fixture
def pages(article: ArticlePage, thread: Thread, gus: Profile) -> dict[str, str]:
    """Every page with comments or a form for one, by what it is."""
    comment = factories.make_comment(thread, by=gus)
    return {
        "article": article.url,
        "thread": thread.url,
        "comment": comment.permalink,
        "form": thread.write_url,
        "reply": f"{comment.permalink.partition('#')[0]}reply/",
    }


@pytest.mark.parametrize("name", ["article", "thread", "comment", "form", "reply"])
def test_every_page_brings_words_and_scripts_once(stan: Client, pages: dict[str, str], name: str) -> None:
    """The same for everybody who has no cookie."""
    page = stan.get(pages[name]).content.decode()
    for part in ('id="saying"', 'id="quote-this"', 'id="pending"', 'id="failed"', "discussion/form.js"):
        assert page.count(part) == 1, part
    assert page == Client().get(pages[name]).content.decode()


def test_a_form_says_what_fits(stan: Client, thread: Thread) -> None:
    """As a number that a script reads, in every language; and figures are written by the language's own locale."""
    for language, locale in (("en", "en-GB"), ("nb", "nb"), ("ar", "ar-EG")):
        with translation.override(language):
            page = stan.get(thread.write_url).content.decode()
        assert re.findall(r'data-limit="(\d+)"', page) == ["10000"]
        assert f'data-locale="{locale}"' in page


def test_a_comments_page_brings_the_counts_of_all_others(stan: Client, thread: Thread, gus: Profile) -> None:
    """So that they follow where a comment was posted in place."""
    factories.make_comment(thread, by=gus)
    comment = factories.make_comment(thread, by=gus)
    page = stan.get(comment.permalink).content.decode()
    counts = dict(re.findall(r'<p data-count="(\w+)">\s*(.*?)\s*</p>', page, re.DOTALL))
    assert counts == {
        "heading": "<span>2</span> comments",
        "page": "All 2 comments",
        "way": "View all 2 comments",
        "invitation": '2 comments <span class="sr">Write a comment</span>',
    }
