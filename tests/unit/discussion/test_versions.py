"""What was changed in a comment is there for everybody to read, until it is hidden, taken back or removed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile
from broadsheet.accounts.privacy import erase_person
from broadsheet.discussion.actions import delete_comment, edit_comment
from broadsheet.discussion.models import Comment, CommentEdit, Thread
from broadsheet.discussion.reading import VERSIONS
from broadsheet.gate.keys import Key
from broadsheet.moderation.models import ModerationPolicy
from tests.unit.discussion.conftest import Decide, Say, backdate, read

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def edited(say: Say, gus: Profile) -> Comment:
    """A comment with a mistake that was mended."""
    comment = backdate(say("The fery waits for nobody. <3"), minutes=5)
    return change(comment, gus, "The ferry waits for nobody. <3")


def change(comment: Comment, by: Profile, words: str, **besides: tuple[str, ...]) -> Comment:
    edit_comment(comment, by=by, body=words, key=Key.of("test", words), within=HOUR, **besides)
    comment.refresh_from_db()
    return comment


def url_of(comment: Comment) -> str:
    return f"/comments/{comment.public_id}/versions/"


class TestTheDifference:
    def test_is_a_link_away_and_shows_what_went_and_what_came(
        self, edited: Comment, stan: Client, thread: Thread
    ) -> None:
        link = read(stan, thread.url).link("edited")
        assert link == url_of(edited)
        page = read(stan, link)
        assert page.words(".//del") == "Taken out: fery"
        assert page.words(".//ins") == "Put in: ferry"
        assert page.words(".//ol[@class='versions']").endswith("The fery waits for nobody. <3")
        assert page.root.find(".//meta[@name='robots']").get("content") == "noindex"

    def test_pages_through_many(self, say: Say, gus: Profile, stan: Client) -> None:
        comment = backdate(say("Version 0"), minutes=5)
        for number in range(1, VERSIONS + 4):
            change(comment, gus, f"Version {number}")
        first = read(stan, url_of(comment))
        assert len(first.root.findall(".//ol[@class='versions']/li")) == VERSIONS
        second = read(stan, url_of(comment) + first.link("Earlier versions"))
        assert len(second.root.findall(".//ol[@class='versions']/li")) == 4
        assert second.words(".//ol[@class='versions']/li[4]/p") == "Version 0"
        assert second.link("Earlier versions") == ""

    def test_shows_no_version_that_waits_or_was_rejected(
        self, edited: Comment, gus: Profile, stan: Client, as_gus: Client
    ) -> None:
        change(edited, gus, "Buy my boat.", spam_signs=("honeypot",))
        for client in (stan, as_gus):
            assert "Buy my boat" not in read(client, url_of(edited)).words()

    @pytest.mark.parametrize("before", ["", "0", "-1", "1_0", "１", "x", "9" * 30, "\0"])
    def test_has_no_page_before_what_is_no_number(self, edited: Comment, stan: Client, before: str) -> None:
        assert stan.get(url_of(edited), {"before": before}).status_code == 404


class TestNobodySees:
    def test_the_versions_of_what_was_never_edited(self, say: Say, stan: Client) -> None:
        comment = say()
        assert stan.get(url_of(comment)).status_code == 404
        assert read(stan, comment.permalink).link("edited") == ""

    def test_what_the_newsroom_hides_but_a_moderator(
        self, edited: Comment, stan: Client, as_gus: Client, as_rita: Client, as_mo: Client
    ) -> None:
        Comment.objects.filter(pk=edited.pk).update(hides_versions=True)
        for client in (stan, as_gus, as_rita):
            assert client.get(url_of(edited)).status_code == 404
            page = read(client, edited.permalink)
            assert "edited" in page.words()
            assert page.link("edited") == ""
        assert "Only moderators see this page" in read(as_mo, url_of(edited)).words()

    def test_what_was_removed(self, edited: Comment, decide: Decide, stan: Client, as_mo: Client) -> None:
        decide(edited, "removed")
        assert [client.get(url_of(edited)).status_code for client in (stan, as_mo)] == [404, 404]

    def test_what_its_author_took_back(self, edited: Comment, gus: Profile, stan: Client) -> None:
        delete_comment(edited, by=gus, within=HOUR)
        assert stan.get(url_of(edited)).status_code == 404
        assert not CommentEdit.objects.exclude(source="").exists()

    def test_what_was_erased(self, edited: Comment, gus: Profile, stan: Client) -> None:
        erase_person(gus)
        assert stan.get(url_of(edited)).status_code == 404

    def test_what_is_held(self, say: Say, gus: Profile, stan: Client, as_gus: Client) -> None:
        held = backdate(say("Held", held=True), minutes=5)
        change(held, gus, "Held still")
        assert [client.get(url_of(held)).status_code for client in (stan, as_gus)] == [404, 404]


def test_an_edit_that_must_wait_leaves_the_earlier_version_public(
    say: Say, gus: Profile, stan: Client, thread: Thread
) -> None:
    comment = backdate(say("As it was"), minutes=5)
    ModerationPolicy.objects.update_or_create(scope="", defaults={"hold": "all"})
    change(comment, gus, "As it shall be")
    page = read(stan, thread.url)
    assert "As it was" in page.words()
    assert "As it shall be" not in page.words()
    assert "edited" not in page.words()
