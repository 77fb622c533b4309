"""Down votes switched off: nobody is offered one, none is taken; those that were cast stay and can be taken back."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import Locale, Page, Site

from broadsheet.accounts.models import User
from broadsheet.discussion.models import Comment, DiscussionSettings, Thread
from broadsheet.publication.models import ArticlePage, FrontPage
from tests import factories
from tests.unit.discussion.conftest import PageRead, Say, read
from tests.unit.discussion.test_votes import JSON, cast, figures

pytestmark = pytest.mark.django_db

SENTENCE = "Comments are not voted down here. Answer this one, or report it if it breaks the rules."


@pytest.fixture
def comment(say: Say) -> Comment:
    """Gus's comment."""
    return say()


@pytest.fixture
def _no_down_votes(article: ArticlePage) -> None:
    DiscussionSettings.objects.create(site=article.get_site(), has_down_votes=False)


def buttons(page: PageRead) -> list[str]:
    """What the buttons of the first comment's votes are called."""
    return [button.get("aria-label") for button in page.root.iterfind(".//form[@class='vote']/button")]


@pytest.mark.usefixtures("_no_down_votes")
class TestSwitchedOff:
    def test_no_page_offers_one(
        self, comment: Comment, article: ArticlePage, thread: Thread, stan: Client, as_rita: Client
    ) -> None:
        for client in (stan, as_rita):
            for url in (article.url, thread.url, comment.permalink):
                assert buttons(read(client, url)) == ["Vote up, comment by Gus"]

    def test_none_is_taken_from_a_form_or_a_program(self, comment: Comment, as_rita: Client, stan: Client) -> None:
        for client in (as_rita, stan):
            refused = PageRead(cast(client, comment, "-1"))
            assert (refused.status, SENTENCE in refused.words()) == (403, True)
            url = f"/comments/{comment.public_id}/vote/"
            answer = client.post(url, {"value": "-1"}, headers={"accept": JSON})
            assert (answer.status_code, answer.json()) == (
                403,
                {"code": "no-down-votes", "sentence": SENTENCE, "field": "value"},
            )
            assert not client.cookies.get("broadsheet_guest")
        assert figures(comment) == (0, 0, 0)

    def test_up_votes_are_taken_changed_and_taken_back(self, comment: Comment, as_rita: Client) -> None:
        assert [cast(as_rita, comment, value).status_code for value in ("1", "-1", "1")] == [303, 403, 303]
        assert figures(comment) == (1, 0, 1)
        assert cast(as_rita, comment, "0").status_code == 303
        assert figures(comment) == (0, 0, 0)


def test_what_was_cast_before_counts_and_can_be_taken_back(
    comment: Comment, article: ArticlePage, thread: Thread, as_rita: Client, as_mo: Client, mo: User, stan: Client
) -> None:
    for client in (as_rita, as_mo):
        assert cast(client, comment, "-1").status_code == 303
    DiscussionSettings.objects.create(site=article.get_site(), has_down_votes=False)
    assert figures(comment) == (0, 2, -2)
    form = read(as_rita, thread.url).root.find(".//form[@class='vote']")
    ways = [
        (button.get("aria-label"), button.get("value"), button.get("aria-pressed"))
        for button in form.iterfind("button")
    ]
    assert ways == [
        ("Vote up, comment by Gus", "1", "false"),
        ("Take your vote down back, comment by Gus", "0", "true"),
    ]
    assert buttons(read(stan, thread.url)) == ["Vote up, comment by Gus"]
    assert cast(as_rita, comment, "0").status_code == 303
    assert figures(comment) == (0, 1, -1)
    assert buttons(read(as_rita, thread.url)) == ["Vote up, comment by Gus"]
    assert cast(as_mo, comment, "1").status_code == 303
    assert figures(comment) == (1, 0, 1)


def test_the_rule_is_of_the_site_that_an_article_stands_on(
    comment: Comment, article: ArticlePage, publication: FrontPage, as_rita: Client
) -> None:
    """In every language of it, and on no other."""
    root = Page.get_first_root_node()
    assert root
    other = Page(title="Elsewhere", slug="elsewhere", locale=Locale.objects.get(language_code="en"))
    root.add_child(instance=other)
    elsewhere = Site.objects.create(hostname="elsewhere.example", root_page=other)
    DiscussionSettings.objects.create(site=elsewhere, has_down_votes=False)
    assert cast(as_rita, comment, "-1").status_code == 303
    norwegian = FrontPage.objects.get(locale__language_code="nb")
    only_there = factories.make_article(factories.make_section(norwegian, "Havna"), "Fergen")
    said = factories.make_comment(Thread.objects.create(translation_key=only_there.translation_key))
    DiscussionSettings.objects.create(site=article.get_site(), has_down_votes=False)
    assert cast(as_rita, said, "-1").status_code == 403


def test_the_newsroom_switches_them_off(article: ArticlePage, comment: Comment, as_ed: Client, stan: Client) -> None:
    url = f"/admin/settings/discussion/discussionsettings/{article.get_site().pk}/"
    form = {"default_order": "newest", "edit_minutes": "15", "close_after_days": "0"}
    assert as_ed.post(url, form | {"invitation": "off", "invitation_delay": "20"}).status_code == 302
    assert buttons(read(stan, article.url)) == ["Vote up, comment by Gus"]
