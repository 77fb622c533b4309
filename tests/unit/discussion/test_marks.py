"""Pinned comments and editors' picks: moderators mark them where they read, and every reader sees it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from wagtail.models import ModelLogEntry

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import delete_comment, pick_comment, pin_comment, unpick_comment, unpin_comment
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import MOST_PINNED, PAGE_LENGTH
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import Chosen, rule, undo
from broadsheet.moderation.models import Ruling
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, PageRead, Say, read

AN_HOUR = timedelta(hours=1)


def moderate(client: Client, comment: Comment, verb: str) -> PageRead:
    """Press a button of the page *Moderate*."""
    return PageRead(client.post(f"/comments/{comment.public_id}/moderate/{verb}/"))


def badges(page: PageRead, comment: Comment) -> list[str]:
    """The words beside the name of a comment."""
    found = page.root.find(f".//article[@id='{comment.element_id}']")
    return [badge.text for badge in found.iterfind(".//span") if "badge" in badge.get("class", "")]


def look(page: PageRead, comment: Comment) -> str:
    """The classes of a comment's element."""
    return str(page.root.find(f".//article[@id='{comment.element_id}']").get("class"))


@pytest.mark.django_db
class TestPinned:
    def test_stands_first_bears_a_badge_and_is_taken_down_again(
        self, say: Say, as_mo: Client, stan: Client, article: ArticlePage
    ) -> None:
        early, late = say("early"), say("late")
        assert read(stan, article.url).comments == [late.public_id, early.public_id]
        assert moderate(as_mo, early, "pin").status == 303
        page = read(stan, article.url)
        assert page.comments == [early.public_id, late.public_id]
        assert badges(page, early) == ["Guest", "Pinned"]
        assert badges(page, late) == ["Guest"]
        assert moderate(as_mo, early, "unpin").status == 303
        assert read(stan, article.url).comments == [late.public_id, early.public_id]

    def test_is_told_and_logged_once_however_often_it_is_said(self, say: Say, mo: User, thread: Thread) -> None:
        comment = say()
        before = versions_of([thread.topic])[thread.topic]
        for action in (pin_comment, pin_comment, unpin_comment, unpin_comment):
            action(comment, by=mo)
        assert versions_of([thread.topic])[thread.topic] == before + 2
        assert [(entry.action, entry.user) for entry in ModelLogEntry.objects.order_by("pk")] == [
            ("broadsheet.pin_comment", mo),
            ("broadsheet.unpin_comment", mo),
        ]

    def test_are_three_at_most(self, say: Say, as_mo: Client, thread: Thread) -> None:
        *some, one_more = (say(f"no. {number}") for number in range(MOST_PINNED + 1))
        assert [moderate(as_mo, comment, "pin").status for comment in some] == [303] * MOST_PINNED
        refused = moderate(as_mo, one_more, "pin")
        assert refused.status == 409
        assert refused.alert == "As many comments as fit are pinned here: 3. Take one of them down first."
        assert Comment.objects.filter(is_pinned=True).count() == MOST_PINNED
        moderate(as_mo, some[0], "unpin")
        assert moderate(as_mo, one_more, "pin").status == 303

    def test_are_no_replies(self, say: Say, as_mo: Client, mo: User) -> None:
        reply = say(to=say())
        assert "pin/" not in read(as_mo, f"/comments/{reply.public_id}/moderate/").response.content.decode()
        assert moderate(as_mo, reply, "pin").status == 409
        with pytest.raises(IntegrityError), transaction.atomic():
            Comment.objects.filter(pk=reply.pk).update(is_pinned=True)

    def test_is_a_place_that_whoever_loses_their_words_loses(
        self, say: Say, decide: Decide, mo: User, gus: Profile, stan: Client, article: ArticlePage
    ) -> None:
        removed, deleted = say("removed"), say("deleted")
        for comment in (removed, deleted):
            say("An answer", to=comment)
            pin_comment(comment, by=mo)
            pick_comment(comment, by=mo)
        decide(removed, "removed")
        delete_comment(deleted, by=gus, within=AN_HOUR)
        assert not Comment.objects.filter(is_pinned=True).exists()
        assert Thread.objects.get().pick_count == 0
        assert list(broken_promises()) == []
        assert "Pinned" not in read(stan, article.url).words()


@pytest.mark.django_db
class TestAPick:
    def test_bears_a_bar_and_a_badge_wherever_it_is_drawn(
        self, say: Say, as_mo: Client, stan: Client, article: ArticlePage, thread: Thread
    ) -> None:
        top = say("top")
        reply = say("reply", to=top)
        assert moderate(as_mo, reply, "pick").status == 303
        for url in (article.url, thread.url, reply.permalink, top.permalink):
            page = read(stan, url)
            assert look(page, reply) == "comment picked"
            assert badges(page, reply) == ["Guest", "Editors’ pick"]
            assert look(page, top) == "comment"
        moderate(as_mo, reply, "unpick")
        assert look(read(stan, thread.url), reply) == "comment"

    def test_leaves_room_for_two_badges(self, say: Say, mo: User, ed: User, stan: Client, article: ArticlePage) -> None:
        of_guest, of_staff = say("by a guest"), say("by somebody of the newsroom", by=ed)
        for comment in (of_guest, of_staff):
            pin_comment(comment, by=mo)
            pick_comment(comment, by=mo)
        page = read(stan, article.url)
        assert badges(page, of_guest) == ["Editors’ pick", "Pinned"]
        assert badges(page, of_staff) == ["Staff", "Editors’ pick"]

    def test_is_for_what_everybody_reads(self, say: Say, decide: Decide, mo: User) -> None:
        held, removed = say(held=True), say()
        decide(removed, "removed")
        for comment in (held, removed):
            for action in (pick_comment, pin_comment):
                with pytest.raises(Refusal) as refused:
                    action(comment, by=mo)
                assert refused.value.code == "unpublished"

    def test_is_counted_and_none_any_more_once_it_was_removed(self, say: Say, mo: User) -> None:
        comment = say()
        for _ in range(2):
            pick_comment(comment, by=mo)
        assert Thread.objects.get().pick_count == 1
        ruling = rule(Ruling.Verb.REMOVE, [Chosen("comment", comment.public_id, "published")], by=mo).ruling
        assert ruling
        undo(ruling, by=mo)
        comment.refresh_from_db()
        assert (comment.is_published, comment.is_pick, Thread.objects.get().pick_count) == (True, False, 0)
        for action, count in ((pick_comment, 1), (unpick_comment, 0), (unpick_comment, 0)):
            action(comment, by=mo)
            assert Thread.objects.get().pick_count == count
            assert list(broken_promises()) == []


@pytest.mark.django_db
class TestThePicksOfAThread:
    def test_are_offered_with_their_number_where_there_are_any(
        self, say: Say, mo: User, stan: Client, article: ArticlePage, thread: Thread
    ) -> None:
        top = say("top")
        reply = say("reply", to=top)
        for url in (article.url, thread.url):
            assert read(stan, url).link("Editors’ picks") == ""
        pick_comment(reply, by=mo)
        for url in (article.url, thread.url):
            page = read(stan, url)
            href = page.link("Editors’ picks (1)")
            assert href.startswith(f"{url}?show=picks")
            shown = read(stan, href)
            assert shown.comments == [reply.public_id]
            assert shown.link("All comments")

    def test_stand_each_by_itself_with_what_it_answers_and_the_way_on(
        self, say: Say, mo: User, stan: Client, thread: Thread
    ) -> None:
        top = say("top", by=factories.make_guest("Nora"))
        reply = say("reply", to=top)
        for _ in range(2):
            say("deeper", to=reply)
        for comment in (top, reply):
            pick_comment(comment, by=mo)
        page = read(stan, f"{thread.url}?show=picks&order=oldest")
        assert page.comments == [top.public_id, reply.public_id]
        assert "in reply to Nora" in page.words()
        assert page.link("Show 3 more replies") == f"/comments/{top.public_id}/"
        assert page.link("Show 2 more replies") == f"/comments/{reply.public_id}/"

    @pytest.mark.parametrize("order", ["newest", "oldest", "most-voted"])
    def test_page_to_the_end_and_back_in_every_order(
        self, thread: Thread, gus: Profile, stan: Client, order: str
    ) -> None:
        rows = [
            Comment(thread=thread, author=gus, source="x", html="<p>x</p>", is_pick=True, score=up, up_count=up)
            for up in [number % 3 for number in range(2 * PAGE_LENGTH + 3)]
        ]
        Comment.objects.bulk_create(rows)
        Thread.objects.update(pick_count=len(rows), comment_count=len(rows))
        url, seen, pages = f"{thread.url}?show=picks&order={order}", [], []
        while url:
            page = read(stan, url)
            assert page.status == 200
            seen += page.comments
            pages.append(page)
            found = page.root.find(".//a[@rel='next nofollow']")
            url = found.get("href") if found is not None else ""
        keys = {
            "newest": lambda one: -one.pk,
            "oldest": lambda one: one.pk,
            "most-voted": lambda one: (-one.score, -one.pk),
        }
        assert seen == [one.public_id for one in sorted(Comment.objects.all(), key=keys[order])]
        back = pages[-1].root.find(".//a[@rel='prev nofollow']").get("href")
        assert read(stan, back).comments == pages[-2].comments

    def test_know_no_forged_place(self, say: Say, mo: User, stan: Client, thread: Thread) -> None:
        pick_comment(say(), by=mo)
        held = say(held=True)
        for place in ("x", "", "bcdfghjkmnpq", held.public_id, f"{held.public_id}.1", "9" * 5000):
            for way in ("after", "before"):
                assert stan.get(thread.url, {"show": "picks", way: place}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_moderators_who_pin_at_once_pin_three(say: Say, mo: User, thread: Thread) -> None:
    comments = [say(f"no. {number}") for number in range(8)]

    def pin(comment: Comment) -> str:
        try:
            pin_comment(comment, by=mo)
        except Refusal as refusal:
            return refusal.code
        else:
            return "pinned"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(pin, comments))
    assert outcomes == ["pinned"] * MOST_PINNED + ["pinned-enough"] * 5
    assert Comment.objects.filter(is_pinned=True).count() == MOST_PINNED


@pytest.mark.django_db(transaction=True)
def test_picks_are_counted_exactly_by_many_at_once(say: Say, mo: User, thread: Thread) -> None:
    comments = [say(f"no. {number}") for number in range(4)]

    def toggle(number: int) -> None:
        try:
            action = pick_comment if number % 3 else unpick_comment
            action(comments[number % 4], by=mo)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(toggle, range(48)))
    thread.refresh_from_db()
    assert thread.pick_count == Comment.objects.filter(is_pick=True).count()
    assert list(broken_promises()) == []
