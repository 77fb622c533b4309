"""Comments off: readers see no discussion at all, whatever the way to it, and switched on again nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client
from wagtail.models import ModelLogEntry

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import cast_vote, post_comment, switch_off_thread, switch_on_thread
from broadsheet.discussion.models import Comment, CommentReport, Thread, Vote
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.models import OutboxMessage, Subscription
from broadsheet.notification.outbox import send_due
from broadsheet.notification.rounds import write_rounds
from broadsheet.notification.topics import subject_of
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.fakes.mail_server import MailServer
from tests.unit.discussion.conftest import Say, read
from tests.unit.discussion.conftest import post as post_form

pytestmark = pytest.mark.django_db

WORDS = "The tide waits for nobody, said in this very thread."


@pytest.fixture
def comment(say: Say) -> Comment:
    """Gus's comment in a thread that is on so far."""
    return say(WORDS)


@pytest.fixture
def off(comment: Comment, thread: Thread, mo: User) -> Thread:
    """The thread, switched off."""
    return switch_off_thread(thread, by=mo)


def ways_in(thread: Thread, comment: Comment) -> list[tuple[str, str]]:
    """Every address of a discussion, with the method that it takes."""
    below = {"": "GET", "reply/": "GET", "vote/": "POST", "edit/": "GET", "delete/": "GET", "report/": "GET"}
    of_comment = [(method, f"/comments/{comment.public_id}/{rest}") for rest, method in below.items()]
    of_comment += [("POST", f"/comments/{comment.public_id}/{rest}/") for rest in ("reply", "edit", "delete", "report")]
    places = [("GET", ""), ("GET", "comments/"), ("POST", "comments/"), ("GET", "notify/"), ("POST", "notify/")]
    return of_comment + [(method, f"/threads/{thread.translation_key}/{rest}") for method, rest in places]


@pytest.mark.parametrize("who", ["as_ed", "as_mo", "as_rita", "as_gus", "stan"])
def test_nobody_finds_it_and_it_looks_like_nothing(
    request: pytest.FixtureRequest, who: str, off: Thread, comment: Comment, article: ArticlePage
) -> None:
    client: Client = request.getfixturevalue(who)
    unknown = Thread(translation_key="00000000-0000-4000-8000-000000000000")
    for (method, url), (_method, nowhere) in zip(
        ways_in(off, comment), ways_in(unknown, Comment(public_id="bcdfghjkmnpq")), strict=True
    ):
        fields = {"body": "Words of mine.", "name": "Gus", "value": "1", "kind": "all", "email": "ada@example.org"}
        answers = [
            client.generic(method, one, json.dumps({})) if method == "GET" else client.post(one, fields)
            for one in (url, nowhere)
        ]
        assert [answer.status_code for answer in answers] == [404, 404], url
        there, not_there = (
            answer.content.decode().replace(str(thread_key), "").replace(public_id, "")
            for answer, thread_key, public_id in zip(
                answers,
                (off.translation_key, unknown.translation_key),
                (comment.public_id, "bcdfghjkmnpq"),
                strict=True,
            )
        )
        assert there == not_there, url
        assert WORDS not in there
    assert (Comment.objects.count(), Vote.objects.count(), CommentReport.objects.count()) == (1, 0, 0)
    assert not Subscription.objects.exists()


def test_what_somebody_was_writing_is_theirs_to_copy(off: Thread, here: str, as_gus: Client) -> None:
    refused = post_form(as_gus, here, body="I had much to say.")
    assert (refused.status, "I had much to say." in refused.words()) == (404, True)


def test_the_article_is_whole_and_says_nothing_of_a_discussion(
    off: Thread, article: ArticlePage, stan: Client, as_gus: Client, as_mo: Client
) -> None:
    for client in (stan, as_gus, as_mo):
        page = read(client, article.url, passages="on")
        assert page.status == 200
        assert "The last boat leaves at nine" in page.words()
        html = page.response.content.decode()
        for trace in (
            'id="discussion"',
            'id="write"',
            'id="notify"',
            "data-invitation",
            "omment",
            WORDS,
            "commentCount",
        ):
            # The address of a style sheet or a word of a menu may bear it, what is read below the headline not.
            assert trace not in html.partition("<main")[2].partition("</main>")[0], trace
        assert "commentCount" not in html
        assert 'href="/support/"' in html


def test_lists_count_nothing(
    off: Thread, say: Say, article: ArticlePage, section: Section, publication: FrontPage, stan: Client
) -> None:
    other = factories.make_article(section, "Another story")
    third = factories.make_article(section, "A third story")
    for story in (other, third):
        say(where=Thread.objects.create(translation_key=story.translation_key))
    for address in (publication.url, section.url, "/people/ada-lunde/"):
        html = stan.get(address).content.decode()
        assert f"{article.url}#discussion" not in html
        assert article.title in html
    assert "Most discussed" in stan.get(publication.url).content.decode()
    assert f"{other.url}#discussion" in stan.get(publication.url).content.decode()


def test_the_topic_is_nobodys_to_see(comment: Comment, thread: Thread, mo: User) -> None:
    assert subject_of(thread.topic)
    switch_off_thread(thread, by=mo)
    assert subject_of(thread.topic) is None


def test_the_actions_themselves_refuse(off: Thread, comment: Comment, gus: Profile, rita: User) -> None:
    """Whoever looked a moment before it was switched off, too."""
    seen = Thread.objects.get(pk=off.pk)
    seen.is_off = False
    stale = Comment.objects.select_related("thread", "author").get(pk=comment.pk)
    stale.thread.is_off = False
    ways: list[Callable[[], object]] = [
        lambda: post_comment(seen, by=gus, body="Late", key=Key.of("t", "1")),
        lambda: post_comment(off, by=gus, body="Late", key=Key.of("t", "2")),
        lambda: cast_vote(stale, by=rita, value=1),
    ]
    for way in ways:
        with pytest.raises(Refusal) as refused:
            way()
        assert (refused.value.code, refused.value.status) == ("not-found", 404)
    assert (Comment.objects.count(), Vote.objects.count()) == (1, 0)


def test_ones_own_words_are_handed_over_and_erased_all_the_same(off: Thread, comment: Comment, as_gus: Client) -> None:
    assert WORDS in as_gus.post("/accounts/data/download/").content.decode()
    assert as_gus.post("/accounts/data/erase/", {"sure": "yes"}).status_code == 302
    comment.refresh_from_db()
    assert (comment.source, comment.is_published) == ("", False)


def test_the_desk_goes_on_and_leads_nowhere(off: Thread, comment: Comment, as_mo: Client, say: Say) -> None:
    page = read(as_mo, f"/admin/desk/comment/{comment.public_id}/")
    assert WORDS in page.words()
    places = [link.get("href") for link in page.root.iterfind(".//div[@class='desk-whole']//a")]
    assert [place for place in places if place.startswith(("/threads/", "/comments/"))] == []


def test_switched_on_everything_is_back(
    off: Thread, comment: Comment, article: ArticlePage, mo: User, stan: Client
) -> None:
    before = versions_of([off.topic])[off.topic]
    for _ in range(2):
        switch_on_thread(off, by=mo)
    assert versions_of([off.topic])[off.topic] == before + 1
    assert [entry.action for entry in ModelLogEntry.objects.order_by("pk")] == [
        "broadsheet.switch_off_thread",
        "broadsheet.switch_on_thread",
    ]
    page = read(stan, article.url)
    assert page.comments == [comment.public_id]
    assert WORDS in page.words()
    assert '"commentCount":1' in page.response.content.decode()
    for method, url in ways_in(off, comment):
        if method == "GET" and not url.endswith(("edit/", "delete/")):
            assert stan.get(url).status_code == 200, url


def test_a_version_in_another_language_is_off_too(
    off: Thread, article: ArticlePage, publication: FrontPage, stan: Client
) -> None:
    front = FrontPage.objects.get(locale__language_code="nb")
    version = factories.translate(article, factories.make_section(front, "Havna"), "Fergen")
    assert 'id="discussion"' not in stan.get(version.url).content.decode()
    assert stan.get(f"/nb/threads/{off.translation_key}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_nobody_is_mailed_about_it_meanwhile(
    thread: Thread, mo: User, rita: User, as_rita: Client, say: Say, post: MailServer
) -> None:
    rita.emailaddress_set.create(email=rita.email, verified=True, primary=True)
    as_rita.post(thread.notify_url, {"kind": "all"})
    say("Before it was switched off.")
    switch_off_thread(thread, by=mo)
    while write_rounds() + send_due():
        pass
    assert post.deliveries == []
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"withdrawn"}
    switch_on_thread(thread, by=mo)
    say("And after.")
    while write_rounds() + send_due():
        pass
    assert ["And after." in one.part("plain") for one in post.to(rita.email)] == [True]


def test_it_can_be_off_before_anybody_wrote(article: ArticlePage, as_mo: Client, stan: Client) -> None:
    door = f"/admin/discussions/{article.translation_key}/"
    assert not Thread.objects.exists()
    assert as_mo.post(f"{door}off/").status_code == 302
    assert Thread.objects.get().is_off
    assert 'id="discussion"' not in stan.get(article.url).content.decode()
    assert stan.get(f"/threads/{article.translation_key}/comments/").status_code == 404
    as_mo.post(f"{door}on/")
    assert 'id="discussion"' in stan.get(article.url).content.decode()
