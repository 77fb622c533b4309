"""The desk's pages around a decision: everything of one writer, the record with its way back, the bans."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.actions import new_guest
from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, CommentReport
from broadsheet.moderation.actions import BanWish, Chosen, rule
from broadsheet.moderation.bans import ban, banned, remember_origin
from broadsheet.moderation.models import Ban, Ruling
from broadsheet.moderation.reports import report
from tests.unit.moderation.conftest import Hold

DESK = "/admin/desk/"


def page(browser: Client, address: str) -> str:
    """Return a page of the desk."""
    answer = browser.get(DESK + address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def spam(hold: Hold, gus: Profile, mo: User) -> list[Comment]:
    """Twenty comments by Gus: five published, fourteen held, one that was removed before."""
    comments = [hold(f"Buy boat {number}") for number in range(20)]
    rule("publish", [Chosen("comment", one.public_id) for one in comments[:5]], by=mo)
    rule("remove", [Chosen("comment", comments[5].public_id)], by=mo, reason="an old one")
    return comments


class TestAWriter:
    def test_the_desk_tells_who_wrote_it(self, as_mo: Client, spam: list[Comment], gus: Profile) -> None:
        report(CommentReport, spam[0], by=None, client="203.0.113.5", reason="spam")
        desk = page(as_mo, "")
        assert "Guest since" in desk
        assert "5 published" in desk
        assert "14 held" in desk
        assert "1 removed" in desk
        assert "reported 1 time" in desk
        assert "6 decisions" in desk
        assert f'href="{DESK}writers/{gus.public_id}/"' in desk

    def test_a_member_is_one(self, as_mo: Client, hold: Hold, rita: User) -> None:
        hold("By Rita", by=rita.profile)
        assert "Member since" in page(as_mo, "")

    def test_everything_of_one_writer_is_on_one_page(
        self, as_mo: Client, spam: list[Comment], hold: Hold, gus: Profile
    ) -> None:
        other = hold("By somebody else", by=new_guest("Ola"))
        written = page(as_mo, f"writers/{gus.public_id}/")
        assert all(comment.public_id in written for comment in spam)
        assert other.public_id not in written
        assert "an old one" in written

    def test_looking_takes_as_many_queries_however_much_there_is(
        self, as_mo: Client, hold: Hold, gus: Profile, mo: User
    ) -> None:
        addresses = ("", "?queue=reported", "?queue=published", f"writers/{gus.public_id}/", "record/")
        counts = []
        for more in (1, 12):
            for number in range(more):
                comment, held = hold(f"Number {number}", by=new_guest("Ola")), hold(f"Held {number}")
                rule("publish", [Chosen("comment", comment.public_id)], by=mo)
                report(CommentReport, comment, by=None, client=f"203.0.113.{number}", reason="spam", text="Look")
                assert held.is_held
            for address in addresses:
                page(as_mo, address)
            with CaptureQueriesContext(connection) as queries:
                for address in addresses:
                    page(as_mo, address)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestClearing:
    def test_twenty_comments_go_in_one_action_with_count_and_confirmation(
        self, as_mo: Client, stan: Client, spam: list[Comment], gus: Profile
    ) -> None:
        address = f"writers/{gus.public_id}/clear/"
        asked = page(as_mo, address)
        assert "19 comments of" in asked
        assert "Published: 5. Held: 14." in asked
        assert Comment.objects.filter(standing="removed").count() == 1
        form = {"count": "19", "verb": "spam", "ban": "168", "reason": ""}
        done = as_mo.post(DESK + address, form, follow=True).content.decode()
        assert "19 were removed as spam. 1 ban was made." in done
        assert set(Comment.objects.values_list("standing", flat=True)) == {"removed"}
        assert Ruling.objects.filter(verb="spam").count() == 1
        assert banned(gus, "")
        assert "Buy boat" not in stan.get(spam[0].thread.url).content.decode()

    def test_and_come_back_in_one(self, as_mo: Client, spam: list[Comment], gus: Profile) -> None:
        before = dict(Comment.objects.values_list("pk", "standing"))
        form = {"count": "19", "verb": "spam", "ban": "168"}
        done = as_mo.post(f"{DESK}writers/{gus.public_id}/clear/", form, follow=True).content.decode()
        undo = f"{DESK}record/{Ruling.objects.get(verb='spam').public_id}/undo/"
        assert undo in done
        assert "19 comments will stand as they did before." in as_mo.get(undo).content.decode()
        said = as_mo.post(undo, follow=True).content.decode()
        assert "19 stand as they did before. 1 ban was lifted." in said
        assert dict(Comment.objects.values_list("pk", "standing")) == before
        assert not banned(gus, "")

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({"count": "18", "verb": "spam"}, 409),
            ({"count": "", "verb": "spam"}, 422),
            ({"count": "１９", "verb": "publish"}, 422),
            ({"count": "19"}, 422),
            ({"count": "19", "verb": "ban"}, 422),
            ({"count": "19", "verb": "spam", "ban": "0"}, 422),
            ({"count": "19", "verb": "spam", "reason": "x" * 201}, 422),
            ({}, 422),
        ],
    )
    def test_what_was_not_confirmed_is_not_done(
        self, as_mo: Client, spam: list[Comment], gus: Profile, form: dict[str, str], status: int
    ) -> None:
        assert as_mo.post(f"{DESK}writers/{gus.public_id}/clear/", form).status_code == status
        assert Comment.objects.filter(standing="removed").count() == 1


class TestBans:
    def test_a_writer_is_banned_without_a_decision_and_let_in_again(
        self, as_mo: Client, held: Comment, gus: Profile
    ) -> None:
        remember_origin("comment", held.public_id, "203.0.113.9", gus)
        form = {"ban": "3", "networks": "on", "reason": "shouting"}
        said = as_mo.post(f"{DESK}writers/{gus.public_id}/ban/", form, follow=True).content.decode()
        assert "2 bans were made." in said
        assert "banned until" in said
        listed = page(as_mo, "bans/")
        assert "203.0.113.9" in listed
        assert "shouting" in listed
        for one in Ban.objects.all():
            as_mo.post(f"{DESK}bans/{one.pk}/lift/")
        assert "Nobody is banned." in page(as_mo, "bans/")
        assert not banned(gus, "203.0.113.9")

    def test_a_range_of_addresses(self, as_mo: Client, publication: object) -> None:
        as_mo.post(f"{DESK}bans/", {"network": "203.0.113.0/24", "ban": "forever"})
        assert banned(None, "203.0.113.77")

    @pytest.mark.parametrize("network", ["", "x", "0.0.0.0/0", "127.0.0.1", "\0", "203.0.113.0/240", "9" * 5000])
    def test_no_range_is_said(self, as_mo: Client, publication: object, network: str) -> None:
        answer = as_mo.post(f"{DESK}bans/", {"network": network, "ban": "24"})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
        assert not Ban.objects.exists()

    @pytest.mark.parametrize("length", ["", "5", "-1", "nan", "for ever"])
    def test_no_length_is_said(self, as_mo: Client, held: Comment, gus: Profile, length: str) -> None:
        assert as_mo.post(f"{DESK}writers/{gus.public_id}/ban/", {"ban": length}).status_code == 422
        assert not Ban.objects.exists()


class TestTheRecord:
    def test_it_names_what_by_whom_and_why(self, as_mo: Client, spam: list[Comment], gus: Profile) -> None:
        record = page(as_mo, "record/")
        assert "an old one" in record
        assert "5 comments" in record
        assert gus.public_id in record

    def test_nothing_yet(self, as_mo: Client, publication: object) -> None:
        assert "Nothing has been decided yet." in page(as_mo, "record/")

    def test_what_cannot_be_undone_offers_no_way(self, as_mo: Client, held: Comment, mo: User) -> None:
        done = rule("publish", [Chosen("comment", held.public_id)], by=mo).ruling
        rule("remove", [Chosen("comment", held.public_id, "published")], by=mo)
        assert done
        assert "Nothing of this can be undone" in page(as_mo, f"record/{done.public_id}/undo/")

    def test_a_ban_alone_is_on_record_and_undone_there(self, as_mo: Client, gus: Profile, publication: object) -> None:
        as_mo.post(f"{DESK}writers/{gus.public_id}/ban/", {"ban": "forever"})
        ruling = Ruling.objects.get(verb="ban")
        assert "banned for ever" in page(as_mo, "record/")
        as_mo.post(f"{DESK}record/{ruling.public_id}/undo/")
        assert not banned(gus, "")
        assert "(ban lifted)" in page(as_mo, "record/")


class TestRights:
    def test_who_may_do_what(self, request: pytest.FixtureRequest, held: Comment, gus: Profile, mo: User) -> None:
        """The whole desk, by cast and address: those who moderate, and nobody else, not even the treasurer."""
        made = ban(gus, by=mo, hours=3)
        ruling = rule("reject", [Chosen("comment", held.public_id)], by=mo, reason="no", ban_wish=BanWish(1)).ruling
        assert ruling
        gets = [
            "", "?queue=reported", "record/", "bans/", f"record/{ruling.public_id}/undo/",
            f"writers/{gus.public_id}/", f"writers/{gus.public_id}/clear/", f"comment/{held.public_id}/",
        ]  # fmt: skip
        posts = [
            "decide/", "mail/", "bans/", f"record/{ruling.public_id}/undo/", f"bans/{made.pk}/lift/",
            f"writers/{gus.public_id}/clear/", f"writers/{gus.public_id}/ban/",
        ]  # fmt: skip
        for person in ("as_tess", "as_rita", "as_gus", "stan"):
            browser: Client = request.getfixturevalue(person)
            for address in gets:
                assert browser.get(DESK + address).status_code == 302, (person, address)
            for address in posts:
                assert browser.post(DESK + address, {"ban": "3", "count": "1", "verb": "spam"}).status_code == 302
        made.refresh_from_db()
        held.refresh_from_db()
        assert (made.lifted_at, held.standing, Ban.objects.count()) == (None, "rejected", 2)
        for person in ("as_mo", "as_ed"):
            browser = request.getfixturevalue(person)
            assert {browser.get(DESK + address).status_code for address in gets} == {200}
            assert {browser.get(DESK + address).status_code for address in posts} <= {200, 405}

    @pytest.mark.parametrize(
        "address",
        ["writers/bcdfghjkmnpq/", "writers/x/clear/", "record/x/undo/", "bans/999999999999999999999/lift/"],
    )
    def test_what_is_not_there_is_not_found(self, as_mo: Client, publication: object, address: str) -> None:
        assert as_mo.post(DESK + address).status_code in (404, 405)

    def test_the_token_is_asked_for(self, mo: User, held: Comment, gus: Profile) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(mo)
        form = {"count": "1", "verb": "spam", "ban": "3"}
        for address in ("clear", "ban"):
            assert browser.post(f"{DESK}writers/{gus.public_id}/{address}/", form).status_code == 403
        held.refresh_from_db()
        assert held.is_held
        assert not Ban.objects.exists()
