"""The invitation: a link to the form on every article, and a sentence, as the newsroom wants them."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import Site

from broadsheet.discussion.models import DiscussionSettings, Thread
from broadsheet.publication.models import ArticlePage
from tests.unit.discussion.conftest import PageRead, Say, read

pytestmark = [pytest.mark.django_db(transaction=True)]

OURS = "Would love your thoughts, please comment"


def button(page: PageRead) -> str:
    """What the button says; '' where there is none."""
    link = page.root.find(".//*[@data-invitation]/a")
    return " ".join("".join(link.itertext()).split()) if link is not None else ""


def decide(**fields: object) -> None:
    """Let the newsroom decide."""
    DiscussionSettings.objects.update_or_create(site=Site.objects.get(), defaults=fields)


def test_the_button_counts_and_leads_to_the_form(article: ArticlePage, stan: Client, say: Say) -> None:
    assert button(read(stan, article.url)) == "Write a comment"
    say(), say()
    page = read(stan, article.url)
    assert button(page) == "2 comments Write a comment"
    assert page.root.find(".//*[@data-invitation]/a").get("href") == "#write"
    assert page.root.find(".//form[@id='write']") is not None
    assert page.root.find(".//*[@data-invitation]").get("data-delay") == "20"
    html = page.response.content.decode()
    assert html.index("<template>") < html.index(OURS) < html.index("</template>"), "said by the script only"


def test_below_a_closed_discussion_nobody_is_invited(
    article: ArticlePage, thread: Thread, stan: Client, say: Say
) -> None:
    say()
    Thread.objects.update(is_closed=True)
    page = read(stan, article.url)
    assert button(page) == ""
    assert "invitation.js" not in page.response.content.decode()


@pytest.mark.parametrize(
    ("invitation", "has_button", "has_sentence"), [("sentence", 1, 1), ("button", 1, 0), ("off", 0, 0)]
)
def test_the_newsroom_may_have_less_of_it(
    article: ArticlePage, stan: Client, say: Say, invitation: str, has_button: int, has_sentence: int
) -> None:
    say()
    decide(invitation=invitation)
    html = stan.get(article.url).content.decode()
    assert (html.count("data-invitation"), html.count(OURS)) == (has_button, has_sentence)


def test_the_newsroom_writes_the_sentence_in_each_language(article: ArticlePage, as_ed: Client, stan: Client) -> None:
    url = f"/admin/settings/discussion/discussionsettings/{Site.objects.get().pk}/"
    page = as_ed.get(url)
    assert page.status_code == 200
    form = {
        "default_order": "newest",
        "edit_minutes": "15",
        "close_after_days": "0",
        "invitation": "sentence",
        "invitation_delay": "5",
        "sentence_en": "Say <it> to us & the crew",
        "sentence_nb": "Si det",
        "sentence_ar": "",
    }
    assert as_ed.post(url, form).status_code == 302
    decided = DiscussionSettings.objects.get()
    assert decided.invitation_sentences == {"en": "Say <it> to us & the crew", "nb": "Si det"}
    assert decided.sentence_in("nb") == "Si det"
    assert decided.sentence_in("ar") == OURS
    html = stan.get(article.url).content.decode()
    assert "Say &lt;it&gt; to us &amp; the crew" in html
    assert 'data-delay="5"' in html
    assert "Say &lt;it&gt; to us &amp; the crew" in as_ed.get(url).content.decode(), "the form shows what was written"
    for wrong in (
        {"invitation_delay": "-1"},
        {"invitation_delay": "9999999"},
        {"invitation": "loud"},
        {"sentence_en": "x" * 500},
    ):
        assert as_ed.post(url, {**form, **wrong}).status_code == 200
        decided.refresh_from_db()
        assert (decided.invitation, decided.invitation_delay, len(decided.invitation_sentences)) == ("sentence", 5, 2)
