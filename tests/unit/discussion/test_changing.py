"""Editing and deleting one's own words: for a while, judged anew, and nothing typed is ever lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, CommentEdit, DiscussionSettings, Thread
from broadsheet.moderation.actions import decide as decide_at_desk
from broadsheet.moderation.bans import ban
from broadsheet.moderation.desk import desk_line
from broadsheet.moderation.models import ModerationPolicy, Standing
from broadsheet.publication.models import ArticlePage
from tests.unit.discussion.conftest import Decide, Say, backdate, post, read

KEY = "0123456789abcdef0123456789abcdef"
TRAP = {"website": "https://spam.example/"}


def edit_url(comment: Comment) -> str:
    return f"/comments/{comment.public_id}/edit/"


def delete_url(comment: Comment) -> str:
    return f"/comments/{comment.public_id}/delete/"


def pending(comment: Comment) -> CommentEdit:
    """The edit that awaits a moderator."""
    return CommentEdit.objects.get(comment=comment, standing=Standing.HELD)


@pytest.fixture(autouse=True)
def _promises(db: None) -> object:
    """Whatever a test did, the rows keep what they promise."""
    yield
    assert list(broken_promises()) == []


class TestEditing:
    def test_puts_other_words_in_their_place(self, say: Say, as_gus: Client, stan: Client, thread: Thread) -> None:
        comment = backdate(say("The fery is late."), minutes=2)
        before = versions_of([thread.topic])[thread.topic]
        assert read(as_gus, thread.url).link("Edit") == edit_url(comment)
        form = read(as_gus, edit_url(comment))
        assert form.field("body").strip() == "The fery is late."
        saved = post(as_gus, edit_url(comment), body="The *ferry* is late.", key=form.field("key"))
        assert saved.response["Location"] == comment.permalink
        page = read(stan, thread.url)
        assert "The ferry is late." in page.words(".//article[@id]")
        assert "edited" in page.words(".//article[@id]")
        assert "fery" not in page.words()
        assert versions_of([thread.topic])[thread.topic] == before + 1
        numbers = CommentEdit.objects.filter(comment=comment).order_by("number")
        assert list(numbers.values_list("number", "source")) == [(0, "The fery is late."), (1, "The *ferry* is late.")]

    def test_shows_a_preview_first(self, say: Say, as_gus: Client) -> None:
        comment = say("Before")
        page = post(as_gus, edit_url(comment), body="*After* 1 < 2", do="preview")
        assert page.status == 200
        assert "After" in page.words(".//*[@class='preview']")
        assert page.root.find(".//*[@class='preview']//em") is not None
        assert page.field("body").strip() == "*After* 1 < 2"
        assert not CommentEdit.objects.exists()

    def test_of_nothing_changes_nothing(self, say: Say, as_gus: Client) -> None:
        comment = say("Just so.")
        assert post(as_gus, edit_url(comment), body="Just so.").status == 303
        assert not CommentEdit.objects.exists()
        comment.refresh_from_db()
        assert comment.edited_at is None

    @pytest.mark.parametrize("body", ["", "   \n", "\u200b", "x" * 10_001, "[x](javascript:1)", "<script>x</script>"])
    def test_has_the_rules_of_posting(self, say: Say, as_gus: Client, body: str) -> None:
        comment = say("As it was")
        page = post(as_gus, edit_url(comment), body=body)
        assert page.status == 422
        comment.refresh_from_db()
        assert comment.source == "As it was"
        assert page.alert
        assert page.field("body").strip("\n") == body.strip("\n")

    def test_sent_twice_is_one_version(self, say: Say, as_gus: Client) -> None:
        comment = backdate(say("One"), minutes=2)
        for _ in range(2):
            assert post(as_gus, edit_url(comment), body="Two", key=KEY).status == 303
        post(as_gus, edit_url(comment), body="Three", key=KEY)
        assert [edit.source for edit in CommentEdit.objects.order_by("number")] == ["One", "Two", "Three"]

    def test_in_the_first_minute_leaves_no_trace(self, say: Say, as_gus: Client, stan: Client, thread: Thread) -> None:
        comment = say("The fery is late.")
        before = versions_of([thread.topic])[thread.topic]
        assert post(as_gus, edit_url(comment), body="The ferry is late.").status == 303
        page = read(stan, thread.url)
        assert "The ferry is late." in page.words()
        assert "edited" not in page.words()
        assert not CommentEdit.objects.exists()
        assert versions_of([thread.topic])[thread.topic] == before + 1
        with time_machine.travel(timezone.now() + timedelta(seconds=61)):
            assert post(as_gus, edit_url(comment), body="The ferry is early.").status == 303
        sources = CommentEdit.objects.order_by("number").values_list("source", flat=True)
        assert list(sources) == ["The ferry is late.", "The ferry is early."]

    def test_in_the_first_minute_is_judged_all_the_same(self, say: Say, as_gus: Client, stan: Client) -> None:
        comment = say("The fery is late.")
        assert post(as_gus, edit_url(comment), body="Buy my boat.", **TRAP).status == 303
        assert pending(comment).source == "Buy my boat."
        assert "Buy my boat." not in read(stan, comment.permalink).words()

    def test_in_the_first_minute_of_what_is_held_is_a_version(self, say: Say, as_gus: Client) -> None:
        comment = say("The fery is late.", held=True)
        post(as_gus, edit_url(comment), body="The ferry is late.")
        comment.refresh_from_db()
        assert (comment.source, pending(comment).source) == ("The fery is late.", "The ferry is late.")

    def test_ends_with_the_window(self, say: Say, as_gus: Client, thread: Thread) -> None:
        comment = say("Too late to change")
        with time_machine.travel(timezone.now() + timedelta(minutes=16)):
            assert not read(as_gus, thread.url).link("Edit")
            assert as_gus.get(edit_url(comment)).status_code == 403
            refused = post(as_gus, edit_url(comment), body="Second thoughts")
            assert as_gus.post(delete_url(comment)).status_code == 403
        assert refused.status == 403
        assert "Second thoughts" in refused.words(".//textarea")
        comment.refresh_from_db()
        assert comment.source == "Too late to change"

    def test_lasts_as_long_as_the_newsroom_says(self, say: Say, as_gus: Client, article: ArticlePage) -> None:
        comment = backdate(say("Old"), minutes=50)
        assert as_gus.get(edit_url(comment)).status_code == 403
        settings = DiscussionSettings.objects.create(site=article.get_site(), edit_minutes=60)
        assert as_gus.get(edit_url(comment)).status_code == 200
        settings.edit_minutes = 0
        settings.save()
        assert as_gus.get(edit_url(say("New"))).status_code == 403

    def test_stops_where_the_thread_is_closed(self, say: Say, as_gus: Client, thread: Thread) -> None:
        comment = say("Said in time")
        Thread.objects.update(is_closed=True)
        page = read(as_gus, thread.url)
        assert not page.link("Edit")
        assert page.link("Delete")
        refused = post(as_gus, edit_url(comment), body="Said too late")
        assert (refused.status, "Said too late" in refused.words(".//textarea")) == (403, True)

    def test_is_refused_to_who_is_banned(self, say: Say, as_gus: Client, gus: Profile, mo: User) -> None:
        comment = say("Before the ban")
        ban(gus, by=mo, hours=None)
        refused = post(as_gus, edit_url(comment), body="After the ban")
        assert (refused.status, "After the ban" in refused.words(".//textarea")) == (403, True)
        comment.refresh_from_db()
        assert comment.source == "Before the ban"

    def test_is_limited(self, say: Say, as_gus: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        from broadsheet.discussion.actions import comments

        comment = say("Again and again")
        monkeypatch.setattr(comments, "OF_PROFILE", comments.Limit("edits-in-test", 2, timedelta(hours=1)))
        answers = [post(as_gus, edit_url(comment), body=f"No. {number}") for number in range(3)]
        assert [answer.status for answer in answers] == [303, 303, 429]
        assert answers[2].field("body").strip() == "No. 2"

    def test_of_a_members_own(self, say: Say, as_rita: Client, rita: User, as_gus: Client) -> None:
        comment = say("Mine", by=rita)
        assert post(as_rita, edit_url(comment), body="Still mine").status == 303
        refused = post(as_gus, edit_url(comment), body="Mine now")
        assert refused.status == 403
        assert "Mine now" in refused.words()

    def test_loses_no_broken_characters(self, say: Say, as_gus: Client) -> None:
        comment = say("Whole")
        page = as_gus.post(edit_url(comment), b"body=half+%E2%82", content_type="application/x-www-form-urlencoded")
        assert page.status_code == 422
        assert b"half" in page.content

    def test_from_another_site_is_refused(self, say: Say, as_gus: Client) -> None:
        comment = say("Here")
        for url in (edit_url(comment), delete_url(comment)):
            answer = as_gus.post(url, {"body": "There"}, headers={"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403
        comment.refresh_from_db()
        assert comment.source == "Here"


class TestAHeldEdit:
    def test_leaves_the_earlier_version_public(self, say: Say, as_gus: Client, stan: Client, thread: Thread) -> None:
        comment = say("Harmless")
        assert post(as_gus, edit_url(comment), body="Buy boats", **TRAP).status == 303
        assert "Harmless" in read(stan, thread.url).words()
        own = read(as_gus, thread.url).words()
        assert "Harmless" in own
        assert "Your edit waits for a moderator." in own
        assert "waits for a moderator" not in read(stan, thread.url).words()
        assert b"Buy boats" not in stan.get(thread.url).content
        assert read(as_gus, edit_url(comment)).field("body").strip() == "Buy boats"

    def test_is_judged_by_the_policy(self, say: Say, as_gus: Client, article: ArticlePage) -> None:
        comment = say("No links")
        ModerationPolicy.objects.update_or_create(scope="", defaults={"hold": "none", "max_links": 1})
        post(as_gus, edit_url(comment), body="<https://a.example> <https://b.example>")
        assert "links" in pending(comment).standing_reason
        comment.refresh_from_db()
        assert comment.source == "No links"

    @pytest.mark.parametrize(("standing", "words"), [("published", "Second"), ("rejected", "First")])
    def test_is_decided_at_the_desk(
        self, say: Say, as_gus: Client, stan: Client, mo: User, thread: Thread, standing: str, words: str
    ) -> None:
        comment = say("First")
        post(as_gus, edit_url(comment), body="Second", **TRAP)
        key = pending(comment).public_id
        line = desk_line(CommentEdit.KIND, key)
        assert line is not None
        assert "Second" in line.row.html
        before = versions_of([thread.topic])[thread.topic]
        decide_at_desk(CommentEdit.KIND, key, standing, by=mo, reason="So it is.")
        assert words in read(stan, thread.url).words()
        assert versions_of([thread.topic])[thread.topic] == before + (standing == "published")
        assert thread.comments.count() == 1

    def test_gives_way_to_a_newer_one(self, say: Say, as_gus: Client) -> None:
        comment = say("First")
        post(as_gus, edit_url(comment), body="Second", **TRAP)
        older = pending(comment)
        post(as_gus, edit_url(comment), body="Third", **TRAP)
        assert pending(comment).source == "Third"
        assert desk_line(CommentEdit.KIND, older.public_id) is None
        post(as_gus, edit_url(comment), body="First")
        assert not CommentEdit.objects.held().exists()

    def test_of_a_held_comment_is_not_published_unread(
        self, say: Say, as_gus: Client, stan: Client, decide: Decide, thread: Thread
    ) -> None:
        """The moderator publishes what they have read; what the author wrote meanwhile waits by itself."""
        comment = say("Read by mo", held=True)
        assert post(as_gus, edit_url(comment), body="Not read by anybody").status == 303
        decide(comment, "published")
        page = stan.get(thread.url).content.decode()
        assert "Read by mo" in page
        assert "Not read by anybody" not in page
        assert pending(comment).source == "Not read by anybody"


class TestDeleting:
    def test_takes_words_and_versions(self, say: Say, as_gus: Client, stan: Client, thread: Thread) -> None:
        comment = say("Said in anger")
        post(as_gus, edit_url(comment), body="Said in great anger")
        post(as_gus, edit_url(comment), body="Said in the greatest anger", **TRAP)
        asked = read(as_gus, delete_url(comment))
        assert "Said in great anger" in asked.words()
        gone = as_gus.post(delete_url(comment))
        assert (gone.status_code, gone["Location"].partition("#")[2]) == (303, "discussion")
        assert "anger" not in read(stan, thread.url).words()
        thread.refresh_from_db()
        assert thread.comment_count == 0
        assert stan.get(f"/comments/{comment.public_id}/").status_code == 404
        assert set(CommentEdit.objects.values_list("source", "html", "is_withdrawn")) == {("", "", True)}

    def test_leaves_a_place_that_replies_hang_on(self, say: Say, as_gus: Client, stan: Client, thread: Thread) -> None:
        comment = say("The question")
        say("The answer", to=comment, by=None)
        gone = as_gus.post(delete_url(comment))
        assert gone["Location"] == comment.permalink
        words = read(stan, thread.url).words()
        assert "Deleted by its author." in words
        assert "The answer" in words
        assert "The question" not in words
        thread.refresh_from_db()
        assert thread.comment_count == 1

    def test_of_the_last_reply_takes_the_empty_place_along(self, say: Say, as_gus: Client, thread: Thread) -> None:
        top = say("Top")
        reply = say("Reply", to=top)
        as_gus.post(delete_url(top))
        as_gus.post(delete_url(reply))
        assert not Comment.objects.shown().exists()
        thread.refresh_from_db()
        assert thread.comment_count == 0

    def test_twice_is_once(self, say: Say, as_gus: Client) -> None:
        alone, answered = say("Alone"), say("Answered")
        say("An answer", to=answered)
        for comment, again in ((alone, 404), (answered, 409)):
            assert as_gus.post(delete_url(comment)).status_code == 303
            assert as_gus.post(delete_url(comment)).status_code == again
            assert post(as_gus, edit_url(comment), body="Back again").status == again

    def test_is_not_undone_by_a_moderator(self, say: Say, as_gus: Client, mo: User) -> None:
        comment = say("Gone for good")
        as_gus.post(delete_url(comment))
        assert desk_line(Comment.KIND, comment.public_id) is None

    def test_of_what_waits(self, say: Say, as_gus: Client) -> None:
        comment = say("Never seen", held=True)
        assert as_gus.post(delete_url(comment)).status_code == 303
        comment.refresh_from_db()
        assert (comment.standing, comment.source, comment.is_shown) == (Standing.REMOVED, "", False)

    def test_takes_the_votes_out_of_sight_and_keeps_count(self, say: Say, as_gus: Client, as_rita: Client) -> None:
        comment = say("Voted on")
        as_rita.post(f"/comments/{comment.public_id}/vote/", {"value": "1"})
        as_gus.post(delete_url(comment))
        comment.refresh_from_db()
        assert (comment.up_count, comment.score) == (1, 1)


# What everybody gets who has not written it; its author may do all of it.
TABLE = [
    ("GET", "published", 403),
    ("POST", "published", 403),
    ("GET", "held", 404),
    ("POST", "held", 404),
    ("GET", "removed", 404),
    ("POST", "removed", 404),
]


@pytest.mark.parametrize("verb", ["edit", "delete"])
@pytest.mark.parametrize(("method", "which", "status"), TABLE)
def test_only_the_author_changes_anything(
    request: pytest.FixtureRequest, say: Say, decide: Decide, verb: str, method: str, which: str, status: int
) -> None:
    comment = say("Words of Gus", held=which == "held")
    if which == "removed":
        decide(comment, "removed")
    for who in ("as_ed", "as_mo", "as_tess", "as_rita", "stan"):
        client: Client = request.getfixturevalue(who)
        url = f"/comments/{comment.public_id}/{verb}/"
        answer = client.generic(method, url, "body=Other+words", content_type="application/x-www-form-urlencoded")
        assert answer.status_code == status, who
        assert "<p>Words of Gus</p>" not in answer.content.decode()
    comment.refresh_from_db()
    assert comment.source == "Words of Gus"
    expected = {"published": 200, "held": 200, "removed": 404}[which]
    assert request.getfixturevalue("as_gus").get(f"/comments/{comment.public_id}/{verb}/").status_code == expected


@pytest.mark.django_db(transaction=True)
def test_many_edits_and_a_deletion_at_once(say: Say, as_gus: Client, thread: Thread) -> None:
    """Whoever comes last, counters and versions fit together, and nobody sees a server's error."""
    comment = say("Start")
    cookie = as_gus.cookies["broadsheet_guest"].value

    def send(number: int) -> int:
        try:
            client = Client(headers={"cookie": f"broadsheet_guest={cookie}"})
            if number == 15:
                return client.post(delete_url(comment)).status_code
            trap = TRAP if number % 3 == 0 else {}
            return client.post(edit_url(comment), {"body": f"Version {number}", **trap}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(20)))
    assert set(answers) <= {303, 404, 409}
    assert answers[15] == 303
    thread.refresh_from_db()
    comment.refresh_from_db()
    assert (thread.comment_count, comment.source) == (0, "")
    assert not CommentEdit.objects.exclude(source="").exists()
