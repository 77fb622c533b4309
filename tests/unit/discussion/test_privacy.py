"""What somebody said is theirs: they take it along and have it erased; the tree of the others keeps its shape."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.privacy import erase_person, export_person
from broadsheet.discussion.actions import cast_vote, edit_comment
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, CommentEdit, CommentReport, Thread, Vote
from broadsheet.gate.keys import Key
from broadsheet.moderation.reports import report
from tests import factories
from tests.unit.discussion.conftest import Say, backdate

SECRET = "Behind the boathouse lives a heron."


def test_everything_somebody_said_is_exported(say: Say, gus: Profile, rita: User) -> None:
    mine, other = backdate(say(SECRET), minutes=2), say("Where?", by=rita)
    edit_comment(mine, by=gus, body="Nothing lives there.", key=Key.of("test", "edit"), within=timedelta(hours=1))
    say("Wait for me.", held=True)
    cast_vote(other, by=gus, value=1)
    report(CommentReport, other, by=gus, client="198.51.100.7", reason="spam", text="Look at it.")
    exported = export_person(gus)
    assert [row["text"] for row in exported["comments"]] == ["Nothing lives there.", "Wait for me."]
    assert [row["text"] for row in exported["comments"][0]["versions"]] == [SECRET, "Nothing lives there."]
    assert [(row["comment"], row["value"]) for row in exported["votes"]] == [(other.public_id, 1)]
    assert [row["text"] for row in exported["reports"]] == ["Look at it."]
    assert export_person(rita.profile)["votes"] == []


def test_erased_words_are_nowhere(say: Say, gus: Profile, rita: User, thread: Thread, stan: Client) -> None:
    answered, alone, held = backdate(say(SECRET), minutes=2), say(SECRET), say(SECRET, held=True)
    edit_comment(answered, by=gus, body=f"{SECRET} Yes.", key=Key.of("test", "edit"), within=timedelta(hours=1))
    answer = say("Where?", to=answered, by=rita)
    cast_vote(answer, by=gus, value=1)
    report(CommentReport, answer, by=gus, client="198.51.100.7", reason="spam", text=SECRET)
    erase_person(gus)
    rows = Comment.objects.filter(author=gus)
    assert {(row.source, row.html, row.is_shown) for row in rows} == {("", "", True), ("", "", False)}
    assert set(CommentEdit.objects.values_list("source", "html")) == {("", "")}
    assert not Vote.objects.filter(profile=gus).exists()
    assert CommentReport.objects.filter(reporter=None, text="").count() == 1
    page = stan.get(thread.url).content.decode()
    assert "heron" not in page
    assert "Where?" in page
    thread.refresh_from_db()
    assert thread.comment_count == 1
    assert list(broken_promises()) == []
    for gone in (alone, held):
        assert stan.get(gone.permalink).status_code == 404


def test_what_others_said_stays(say: Say, gus: Profile, rita: User) -> None:
    say(SECRET)
    theirs = say("Where?", by=rita)
    cast_vote(theirs, by=factories.make_guest("Nils"), value=1)
    erase_person(gus)
    theirs.refresh_from_db()
    assert (theirs.source, theirs.score) == ("Where?", 1)
