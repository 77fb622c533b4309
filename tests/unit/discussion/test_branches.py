"""A closed branch: what is there stays, nothing new is taken anywhere in it, whatever the way in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from wagtail.models import ModelLogEntry

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import cast_vote, close_branch, edit_comment, open_branch, pick_comment, post_comment
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, CommentEdit, Thread, Vote
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, PageRead, Say, post, read

AN_HOUR = timedelta(hours=1)
CLOSED = "This branch is closed"


@pytest.fixture
def branch(say: Say) -> list[Comment]:
    """A comment, an answer to it and an answer to that; the last one is Gus's own."""
    top = say("top", by=factories.make_guest("Nora"))
    reply = say("reply", to=top, by=factories.make_guest("Arne"))
    return [top, reply, say("deeper", to=reply)]


@pytest.mark.django_db
class TestClosed:
    @pytest.fixture(autouse=True)
    def _closed(self, branch: list[Comment], mo: User) -> None:
        close_branch(branch[1], by=mo)

    def test_takes_no_answer_at_any_depth_and_gives_the_words_another_place(
        self, branch: list[Comment], as_rita: Client, here: str
    ) -> None:
        for comment in branch:
            url = f"/comments/{comment.public_id}/reply/"
            assert read(as_rita, url).status == 403
            refused = post(as_rita, url, body="I disagree.")
            assert (refused.status, refused.field("body")) == (403, "I disagree.")
            assert (
                refused.alert
                == f"{CLOSED}: nobody can answer in it. You can post your words as a comment of their own."
            )
            # The form that comes back goes where the words are taken.
            assert refused.root.find(".//form[@id='write']").get("action") == here
        assert Comment.objects.count() == len(branch)
        assert post(as_rita, here, body="I disagree.").status == 303

    def test_takes_no_answer_that_the_form_below_the_article_names(
        self, branch: list[Comment], as_rita: Client, here: str
    ) -> None:
        assert post(as_rita, here, body="Around the corner.", parent=branch[2].public_id).status == 403
        assert Comment.objects.count() == len(branch)

    def test_takes_no_vote(self, branch: list[Comment], as_rita: Client) -> None:
        for comment in branch:
            url = f"/comments/{comment.public_id}/vote/"
            answer = as_rita.post(url, {"value": "1"}, headers={"accept": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (403, "branch-closed")
        assert not Vote.objects.exists()

    def test_takes_no_edit_and_keeps_the_words(self, branch: list[Comment], as_gus: Client) -> None:
        url = f"/comments/{branch[2].public_id}/edit/"
        assert read(as_gus, url).status == 403
        refused = post(as_gus, url, body="Other words.")
        assert refused.status == 403
        assert refused.alert == f"{CLOSED}: everything stays, nothing new is taken."
        assert "Other words." in refused.words()
        assert not CommentEdit.objects.exists()

    def test_lets_an_author_delete(self, branch: list[Comment], as_gus: Client) -> None:
        url = f"/comments/{branch[2].public_id}/delete/"
        assert (read(as_gus, url).status, post(as_gus, url).status) == (200, 303)
        branch[2].refresh_from_db()
        assert branch[2].deleted_at

    def test_lets_everybody_report(self, branch: list[Comment], stan: Client) -> None:
        assert read(stan, f"/comments/{branch[1].public_id}/report/").status == 200

    def test_is_said_once_and_offers_nothing(
        self, branch: list[Comment], say: Say, as_gus: Client, article: ArticlePage, thread: Thread
    ) -> None:
        other = say("another branch", by=factories.make_guest("Stina"))
        top, reply, deeper = branch
        for url in (article.url, thread.url, top.permalink, reply.permalink, deeper.permalink):
            page = read(as_gus, url)
            assert page.words().count(CLOSED) == 1, url
            for comment in branch:
                if comment.public_id in page.comments:
                    assert offers(page, comment) == ({"Delete"} if comment == deeper else {"Report"})
        assert offers(read(as_gus, thread.url), other) == {"Reply", "Report", "vote"}

    def test_is_said_beside_a_pick_of_it(self, branch: list[Comment], mo: User, stan: Client, thread: Thread) -> None:
        pick_comment(branch[1], by=mo)
        page = read(stan, f"{thread.url}?show=picks")
        assert page.words().count(CLOSED) == 1
        assert offers(page, branch[1]) == {"Report"}

    def test_is_opened_again(self, branch: list[Comment], mo: User, as_rita: Client, thread: Thread) -> None:
        open_branch(branch[2], by=mo)
        assert CLOSED not in read(as_rita, thread.url).words()
        assert post(as_rita, f"/comments/{branch[1].public_id}/reply/", body="At last.").status == 303

    def test_is_no_other_branch(self, say: Say, as_rita: Client) -> None:
        other = say("another branch")
        assert post(as_rita, f"/comments/{other.public_id}/reply/", body="Here.").status == 303
        assert as_rita.post(f"/comments/{other.public_id}/vote/", {"value": "1"}).status_code == 303

    def test_stays_closed_below_a_removed_comment(
        self, branch: list[Comment], decide: Decide, stan: Client, thread: Thread
    ) -> None:
        decide(branch[0], "removed")
        page = read(stan, thread.url)
        assert page.words().count(CLOSED) == 1
        assert offers(page, branch[2]) == {"Report"}

    def test_says_less_where_the_whole_thread_is_closed(self, stan: Client, thread: Thread) -> None:
        Thread.objects.update(is_closed=True)
        assert CLOSED not in read(stan, thread.url).words()


def offers(page: PageRead, comment: Comment) -> set[str]:
    """What a reader can do with a comment on a page."""
    acts = page.root.find(f".//article[@id='{comment.element_id}']/div[@class='acts']")
    if acts is None:
        return set()
    return {link.text for link in acts.iterfind("a")} | ({"vote"} if acts.find("form") is not None else set())


@pytest.mark.django_db
def test_closing_is_told_and_logged_once(branch: list[Comment], mo: User, thread: Thread) -> None:
    before = versions_of([thread.topic])[thread.topic]
    for action in (close_branch, close_branch, open_branch, open_branch):
        assert action(branch[2], by=mo) == branch[0]
    assert versions_of([thread.topic])[thread.topic] == before + 2
    actions = ["broadsheet.close_branch", "broadsheet.open_branch"]
    assert [entry.action for entry in ModelLogEntry.objects.order_by("pk")] == actions


@pytest.mark.django_db(transaction=True)
def test_whoever_was_preparing_when_it_closed_comes_too_late(
    branch: list[Comment], mo: User, gus: Profile, rita: User, thread: Thread
) -> None:
    """What was checked before a transaction began is checked in it again."""
    top, reply, deeper = (Comment.objects.select_related("thread", "root", "author").get(pk=one.pk) for one in branch)
    close_branch(top, by=mo)
    assert [one.is_in_closed_branch for one in (top, reply, deeper)] == [False] * 3  # as they saw it
    ways = (
        lambda: post_comment(thread, by=gus, body="Late", key=Key.of("t", "1"), parent=reply),
        lambda: cast_vote(deeper, by=rita, value=1),
        lambda: cast_vote(top, by=rita, value=1),
        lambda: edit_comment(deeper, by=gus, body="Late", key=Key.of("t", "2"), within=AN_HOUR),
    )
    for way in ways:
        with pytest.raises(Refusal) as refused:
            way()
        assert refused.value.code == "branch-closed"
    assert (Comment.objects.count(), Vote.objects.count(), CommentEdit.objects.count()) == (3, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_replies_and_votes_at_the_moment_of_closing_are_whole_or_refused(
    branch: list[Comment], mo: User, rita: User, thread: Thread
) -> None:
    """Nothing is written once the closing was answered, and the counters are exact."""
    guests = [factories.make_guest(f"Guest {number}") for number in range(24)]
    closed = threading.Event()
    late: list[str] = []
    refused: list[str] = []

    def act(number: int) -> None:
        try:
            was_closed = closed.is_set()
            if number == 8:
                close_branch(branch[0], by=mo)
                closed.set()
            elif number % 2:
                post_comment(thread, by=guests[number], body="In time?", key=Key.of("t", str(number)), parent=branch[1])
                late.extend(["reply"] * was_closed)
            else:
                cast_vote(branch[1], by=guests[number], value=1)
                late.extend(["vote"] * was_closed)
        except Refusal as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(24)))
    assert late == []
    assert set(refused) == {"branch-closed"}
    assert list(broken_promises()) == []
    reply = Comment.objects.get(pk=branch[1].pk)
    assert reply.score == Vote.objects.count() < 12
    assert reply.reply_count == Comment.objects.filter(parent=reply).count()
