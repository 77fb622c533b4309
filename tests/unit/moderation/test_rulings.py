"""Rulings: many things decided in one go, whoever wrote them banned, all of it taken back in one go."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.invariants import broken_promises as broken_counts
from broadsheet.discussion.models import Comment, CommentDecision, CommentReport, Thread
from broadsheet.moderation.actions import BanWish, Chosen, Outcome, decide, rule, undo
from broadsheet.moderation.bans import banned, remember_origin
from broadsheet.moderation.invariants import broken_promises
from broadsheet.moderation.models import Ban, Ruling, Standing
from broadsheet.moderation.reports import report
from tests.unit.moderation.conftest import Hold

DECIDE = "/admin/desk/decide/"


def chosen(*comments: Comment, seen: str = "held") -> list[Chosen]:
    """The comments as a moderator saw them on the desk."""
    return [Chosen("comment", comment.public_id, seen) for comment in comments]


def standings(*comments: Comment) -> list[str]:
    """How they stand now."""
    return [Comment.objects.get(pk=comment.pk).standing for comment in comments]


def codes(outcome: Outcome) -> list[str]:
    """Why what was refused was."""
    return [refusal.code for _name, refusal in outcome.refused]


def assert_all_is_well() -> None:
    """Counters, reports and records agree."""
    assert list(broken_promises()) == []
    assert list(broken_counts()) == []


class TestOneGo:
    def test_a_spammers_twenty_are_one_ruling(self, hold: Hold, mo: User) -> None:
        spam = [hold(f"Buy boat {number}") for number in range(20)]
        outcome = rule("spam", chosen(*spam), by=mo)
        assert standings(*spam) == ["removed"] * 20
        assert len(outcome.done) == 20
        assert Ruling.objects.count() == 1
        assert set(CommentDecision.objects.values_list("ruling", "reason", "before")) == {
            (outcome.ruling.pk if outcome.ruling else None, "spam", "held")
        }

    def test_what_cannot_be_decided_is_told_and_the_rest_is_done(self, hold: Hold, mo: User, second_mo: User) -> None:
        mine, contested = hold("Mine"), hold("Contested")
        rule("publish", chosen(contested), by=second_mo)
        outcome = rule("reject", [*chosen(mine, contested), Chosen("comment", "bcdfghjkmnpq")], by=mo, reason="no")
        assert codes(outcome) == ["already-decided", "not-found"]
        assert standings(mine, contested) == ["rejected", "published"]

    def test_a_ruling_that_decides_nothing_leaves_no_row(self, hold: Hold, mo: User) -> None:
        outcome = rule("publish", [Chosen("comment", "bcdfghjkmnpq")], by=mo)
        assert outcome.ruling is None
        assert not Ruling.objects.exists()

    def test_whoever_kept_it_first_is_heard(self, hold: Hold, as_mo: Client, mo: User, second_mo: User) -> None:
        """The standing is the same after a *keep*; who looked before it is told all the same."""
        comment = hold()
        rule("publish", chosen(comment), by=mo)
        report(CommentReport, comment, by=None, client="203.0.113.5", reason="spam")
        page = as_mo.get("/admin/desk/?queue=reported").content.decode()
        value = page.partition('name="chosen" value="')[2].partition('"')[0]
        rule("keep", chosen(comment, seen="published"), by=second_mo)
        answer = as_mo.post(DECIDE, {"chosen": value, "verb": "remove", "queue": "reported"}, follow=True)
        assert "Somebody else has decided on this already." in answer.content.decode()
        assert standings(comment) == ["published"]

    def test_words_that_were_changed_meanwhile_are_not_published_unread(self, hold: Hold, as_mo: Client) -> None:
        comment = hold("Harmless")
        value = as_mo.get("/admin/desk/").content.decode().partition('name="chosen" value="')[2].partition('"')[0]
        Comment.objects.filter(pk=comment.pk).update(html="<p>Vile</p>", source="Vile")
        answer = as_mo.post(DECIDE, {"chosen": value, "verb": "publish"}, follow=True)
        assert "It was edited while you looked at it." in answer.content.decode()
        assert standings(comment) == ["held"]


class TestBanning:
    def test_the_writers_of_what_is_removed(self, hold: Hold, mo: User, gus: Profile) -> None:
        spam = [hold("One"), hold("Two")]
        outcome = rule("spam", chosen(*spam), by=mo, ban_wish=BanWish(hours=24))
        assert len(outcome.bans) == 1
        assert banned(gus, "") == outcome.bans[0]
        assert banned(gus, "").until  # type: ignore[union-attr]

    def test_the_network_too_and_for_ever(self, hold: Hold, mo: User, gus: Profile) -> None:
        comment = hold()
        remember_origin("comment", comment.public_id, "203.0.113.9", gus)
        rule("remove", chosen(comment), by=mo, ban_wish=BanWish(hours=None, networks=True))
        assert {ban.kind: ban.until for ban in Ban.objects.all()} == {"cookie": None, "network": None}
        assert banned(None, "203.0.113.9")
        assert not banned(None, "203.0.113.10")

    def test_whoever_is_banned_is_not_published(self, hold: Hold, as_mo: Client) -> None:
        comment = hold()
        form = {"chosen": f"comment:{comment.public_id}:held", "verb": "publish", "ban": "24"}
        assert as_mo.post(DECIDE, form).status_code == 422
        assert standings(comment) == ["held"]
        assert not Ban.objects.exists()

    def test_a_moderator_is_not_banned_and_that_is_told(self, hold: Hold, as_mo: Client, ed: User) -> None:
        profile = Profile.objects.create(user=ed, name="Ed")
        comment = hold("Mine", by=profile)
        form = {"chosen": f"comment:{comment.public_id}:held", "verb": "remove", "ban": "forever"}
        page = as_mo.post(DECIDE, form, follow=True).content.decode()
        assert "somebody who moderates here" in page
        assert "1 was removed." in page
        assert not Ban.objects.exists()


class TestUndoing:
    @pytest.mark.parametrize("verb", ["publish", "reject", "remove", "spam"])
    def test_everything_stands_as_before(self, hold: Hold, mo: User, verb: str) -> None:
        things = [hold("One"), hold("Two")]
        done = rule(verb, chosen(*things), by=mo, reason="why")
        undone = undo(done.ruling, by=mo)  # type: ignore[arg-type]
        assert standings(*things) == ["held", "held"]
        assert {Comment.objects.get(pk=thing.pk).standing_reason for thing in things} == {"honeypot"}
        assert undone.ruling
        assert undone.ruling.undoes == done.ruling
        assert CommentDecision.objects.count() == 4
        assert Thread.objects.get().comment_count == 0
        assert_all_is_well()

    def test_it_happens_once_and_can_itself_be_undone(self, hold: Hold, mo: User) -> None:
        comment = hold()
        done = rule("publish", chosen(comment), by=mo).ruling
        undone = undo(done, by=mo).ruling  # type: ignore[arg-type]
        again = undo(done, by=mo)  # type: ignore[arg-type]
        assert (again.ruling, again.done, again.refused) == (None, [], [])
        undo(undone, by=mo)  # type: ignore[arg-type]
        assert standings(comment) == ["published"]
        assert_all_is_well()

    def test_what_was_decided_since_stays(self, hold: Hold, mo: User, second_mo: User) -> None:
        settled, other = hold("Settled"), hold("Other")
        done = rule("remove", chosen(settled, other), by=mo).ruling
        rule("publish", chosen(settled, seen="removed"), by=second_mo)
        outcome = undo(done, by=mo)  # type: ignore[arg-type]
        assert codes(outcome) == ["already-decided"]
        assert standings(settled, other) == ["published", "held"]

    def test_bans_made_with_it_are_lifted(self, hold: Hold, mo: User, gus: Profile) -> None:
        done = rule("spam", chosen(hold()), by=mo, ban_wish=BanWish(hours=None)).ruling
        assert banned(gus, "")
        assert undo(done, by=mo).lifted == 1  # type: ignore[arg-type]
        assert not banned(gus, "")

    @pytest.mark.parametrize("verb", ["keep", "remove"])
    def test_reports_wait_again(self, hold: Hold, mo: User, verb: str) -> None:
        comment = hold()
        rule("publish", chosen(comment), by=mo)
        report(CommentReport, comment, by=None, client="203.0.113.5", reason="spam")
        done = rule(verb, chosen(comment, seen="published"), by=mo).ruling
        assert not CommentReport.objects.open().exists()
        undone = undo(done, by=mo).ruling  # type: ignore[arg-type]
        assert CommentReport.objects.open().count() == 1
        assert_all_is_well()
        undo(undone, by=mo)  # type: ignore[arg-type]
        assert CommentReport.objects.open().count() == (1 if verb == "keep" else 0)
        assert_all_is_well()

    def test_a_report_that_came_anew_is_not_doubled(self, hold: Hold, mo: User) -> None:
        comment = hold()
        rule("publish", chosen(comment), by=mo)
        report(CommentReport, comment, by=None, client="203.0.113.5", reason="spam")
        done = rule("keep", chosen(comment, seen="published"), by=mo).ruling
        report(CommentReport, comment, by=None, client="203.0.113.5", reason="abuse")
        undo(done, by=mo)  # type: ignore[arg-type]
        assert CommentReport.objects.open().count() == 1
        assert_all_is_well()

    def test_undoing_the_publishing_of_a_report_settles_it(self, hold: Hold, mo: User) -> None:
        comment = hold()
        done = rule("publish", chosen(comment), by=mo).ruling
        report(CommentReport, comment, by=None, client="203.0.113.5", reason="spam")
        undo(done, by=mo)  # type: ignore[arg-type]
        assert standings(comment) == ["held"]
        assert_all_is_well()

    @pytest.mark.django_db(transaction=True)
    def test_two_who_undo_at_once_undo_once(self, hold: Hold, mo: User, second_mo: User) -> None:
        things = [hold(f"Number {number}") for number in range(5)]
        done = rule("publish", chosen(*things), by=mo).ruling
        ready = threading.Barrier(4)

        def undo_at_once(by: User) -> int:
            try:
                ready.wait(20)
                return len(undo(done, by=by).done)  # type: ignore[arg-type]
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            counts = [job.result(60) for job in [pool.submit(undo_at_once, by) for by in (mo, second_mo) * 2]]
        assert sum(counts) == 5
        assert standings(*things) == ["held"] * 5
        assert_all_is_well()


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_removal_at_once_leave_nothing_open(hold: Hold, mo: User) -> None:
    comments = [hold(f"Number {number}") for number in range(8)]
    for comment in comments:
        decide("comment", comment.public_id, Standing.PUBLISHED, by=mo)

    def tell(comment: Comment, number: int) -> None:
        try:
            report(CommentReport, comment, by=None, client=f"203.0.113.{number}", reason="spam")
        except Exception as error:  # noqa: BLE001 - whoever comes too late is refused
            assert "not-found" in str(error)  # noqa: PT017
        finally:
            connection.close()

    def remove(comment: Comment) -> None:
        try:
            rule("remove", chosen(comment, seen="published"), by=mo)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(tell, comment, number) for comment in comments for number in range(3)]
        jobs += [pool.submit(remove, comment) for comment in comments]
    for job in jobs:
        job.result()
    assert_all_is_well()
