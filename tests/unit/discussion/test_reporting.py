"""Reporting a comment: anybody may, once, and nobody learns who did."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, CommentReport
from broadsheet.discussion.reports import TOO_OLD
from broadsheet.gate.limits import Limit
from broadsheet.gate.stamp import fresh_stamp
from broadsheet.moderation import reports
from broadsheet.moderation.actions import decide
from broadsheet.moderation.bans import ban
from broadsheet.moderation.models import Standing
from broadsheet.moderation.reports import REPORTS_OF_NETWORK
from tests.unit.discussion.conftest import Say

pytestmark = pytest.mark.django_db

PEOPLE = ("stan", "as_gus", "as_rita", "as_tess", "as_mo", "as_ed")


@pytest.fixture
def comment(say: Say, thread: object) -> Comment:
    """A published comment by Gus."""
    return say("The ferry is a disgrace.")


def address(comment: Comment) -> str:
    """Where it is reported."""
    return f"/comments/{comment.public_id}/report/"


def complaint(**fields: str) -> dict[str, str]:
    """Fill in the form as a person does."""
    return {
        "reason": "abuse",
        "text": "It insults the crew.",
        "website": "",
        "stamp": fresh_stamp(timezone.now()),
        **fields,
    }


class TestWhoMayReport:
    def test_everybody_sees_the_form_and_reports(self, request: pytest.FixtureRequest, comment: Comment) -> None:
        statuses = {}
        for person in PEOPLE:
            CommentReport.objects.all().delete()
            browser = request.getfixturevalue(person)
            form, sent = browser.get(address(comment)), browser.post(address(comment), complaint())
            statuses[person] = (form.status_code, sent.status_code, CommentReport.objects.count())
        assert statuses == dict.fromkeys(PEOPLE, (200, 303, 1))

    def test_a_stranger_reports_without_script_and_gets_no_cookie(self, stan: Client, comment: Comment) -> None:
        form = stan.get(address(comment))
        assert "The ferry is a disgrace." in form.content.decode()
        sent = stan.post(address(comment), complaint())
        assert sent.headers["Location"] == f"{address(comment)}?sent=yes"
        thanks = stan.get(sent.headers["Location"])
        assert "A moderator will look at it." in thanks.content.decode()
        assert not any(answer.cookies for answer in (form, sent, thanks))
        report = CommentReport.objects.get()
        assert (report.subject, report.reason, report.text) == (comment, "abuse", "It insults the crew.")

    def test_the_form_is_the_same_for_every_stranger(self, comment: Comment) -> None:
        pages = [Client(REMOTE_ADDR=f"203.0.113.{n}").get(address(comment)).content for n in (1, 2)]
        assert pages[0] == pages[1]

    @pytest.mark.parametrize("standing", ["held", "removed", "rejected"])
    def test_what_nobody_reads_cannot_be_reported(
        self, request: pytest.FixtureRequest, say: Say, mo: User, standing: str
    ) -> None:
        hidden = say("Hidden", held=True)
        if standing != "held":
            decide("comment", hidden.public_id, standing, by=mo, reason="why")
        for person in PEOPLE:
            browser = request.getfixturevalue(person)
            assert browser.get(address(hidden)).status_code == 404
            assert browser.post(address(hidden), complaint()).status_code == 404
        assert not CommentReport.objects.exists()

    @pytest.mark.parametrize("public_id", ["bcdfghjkmnpq", "x", "x" * 300])
    def test_what_does_not_exist_is_not_found(self, stan: Client, thread: object, public_id: str) -> None:
        assert stan.post(f"/comments/{public_id}/report/", complaint()).status_code == 404

    def test_who_is_banned_reports_nothing(self, as_gus: Client, gus: Profile, say: Say, rita: User, mo: User) -> None:
        comment = say(by=rita)
        ban(gus, by=mo, hours=3)
        assert as_gus.post(address(comment), complaint()).status_code == 403
        assert not CommentReport.objects.exists()


class TestNobodyLearnsWho:
    def test_no_name_is_kept_of_a_stranger_and_no_address(self, comment: Comment) -> None:
        Client(REMOTE_ADDR="203.0.113.7").post(address(comment), complaint())
        report = CommentReport.objects.get()
        assert report.reporter is None
        assert "203.0.113.7" not in "".join(str(value) for value in vars(report).values())

    def test_neither_the_desk_nor_the_page_tells(
        self, as_rita: Client, as_mo: Client, stan: Client, say: Say, rita: User
    ) -> None:
        comment = say("The ferry is a disgrace.")
        as_rita.post(address(comment), complaint())
        desk = as_mo.get("/admin/desk/?queue=reported").content.decode()
        one = as_mo.get(f"/admin/desk/comment/{comment.public_id}/").content.decode()
        public = stan.get(f"/comments/{comment.public_id}/").content.decode()
        assert "It insults the crew." in desk
        assert "It insults the crew." in one
        assert "It insults the crew." not in public
        assert not [page for page in (desk, one, public) if "Rita" in page or rita.email in page]


class TestARobot:
    def test_the_same_reader_is_one_report(self, as_rita: Client, comment: Comment) -> None:
        answers = [as_rita.post(address(comment), complaint(text=f"Again {n}")) for n in range(3)]
        assert {answer.status_code for answer in answers} == {303}
        assert [report.text for report in CommentReport.objects.all()] == ["Again 0"]

    def test_strangers_of_one_network_are_one_report(self, comment: Comment) -> None:
        for client in ("2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:1:2::1"):
            assert Client(REMOTE_ADDR=client).post(address(comment), complaint()).status_code == 303
        assert CommentReport.objects.count() == 2

    def test_a_network_reports_so_much_an_hour(self, comment: Comment) -> None:
        browser = Client(REMOTE_ADDR="203.0.113.7")
        statuses = [
            browser.post(address(comment), complaint()).status_code for _ in range(REPORTS_OF_NETWORK.turns + 1)
        ]
        assert statuses == [303] * REPORTS_OF_NETWORK.turns + [429]
        assert Client(REMOTE_ADDR="203.0.113.8").post(address(comment), complaint()).status_code == 303

    def test_beyond_their_own_limit_leaves_turns_to_all_others_at_the_address(
        self, as_rita: Client, stan: Client, comment: Comment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hour = REPORTS_OF_NETWORK.within
        monkeypatch.setattr(reports, "REPORTS_OF_PROFILE", Limit("reports-in-test", 1, hour))
        monkeypatch.setattr(reports, "REPORTS_OF_NETWORK", Limit("reports-beside-it", 2, hour))
        assert [as_rita.post(address(comment), complaint()).status_code for _ in range(4)] == [303, 429, 429, 429]
        assert stan.post(address(comment), complaint()).status_code == 303

    @pytest.mark.parametrize(
        "fields",
        [
            {"website": "https://example.org"},
            {"stamp": ""},
            {"stamp": "18d2f00:forged"},
            {"reason": ""},
            {"reason": "because"},
            {"text": "x" * 501},
            {"text": "x" * 100_000},
        ],
        ids=lambda fields: "-".join(fields),
    )
    def test_what_no_person_sends_is_refused_and_can_be_sent_again(
        self, stan: Client, comment: Comment, fields: dict[str, str]
    ) -> None:
        answer = stan.post(address(comment), complaint(**fields))
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
        assert not CommentReport.objects.exists()

    @pytest.mark.parametrize("age", [TOO_OLD + timedelta(minutes=2), -timedelta(days=2)])
    def test_a_form_that_is_too_old_or_of_the_day_after_is_refused(
        self, stan: Client, comment: Comment, age: timedelta
    ) -> None:
        answer = stan.post(address(comment), complaint(stamp=fresh_stamp(timezone.now() - age)))
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
        assert not CommentReport.objects.exists()

    def test_a_form_that_is_huge_is_not_read(self, stan: Client, comment: Comment) -> None:
        assert stan.post(address(comment), complaint(text="x" * 2_000_000)).status_code == 413

    def test_another_sites_page_reports_nothing(self, comment: Comment) -> None:
        browser = Client(headers={"Sec-Fetch-Site": "cross-site"})
        assert browser.post(address(comment), complaint()).status_code == 403
        assert not CommentReport.objects.exists()

    @pytest.mark.parametrize("text", ["a\0b", "\ud800", "<script>alert(1)</script>", "‮evil", "'; DROP TABLE"])
    def test_odd_words_are_words(self, stan: Client, as_mo: Client, comment: Comment, text: str) -> None:
        sent = stan.post(
            address(comment), complaint(text=text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
        )
        assert sent.status_code == 303
        assert "<script>alert" not in as_mo.get("/admin/desk/?queue=reported").content.decode()


class TestADecisionSettles:
    @pytest.mark.parametrize("verb", ["keep", "remove", "spam"])
    def test_every_decision_on_what_is_reported(self, stan: Client, as_mo: Client, comment: Comment, verb: str) -> None:
        stan.post(address(comment), complaint())
        assert comment.public_id in as_mo.get("/admin/desk/?queue=reported").content.decode()
        chosen = f"comment:{comment.public_id}:published"
        as_mo.post("/admin/desk/decide/", {"chosen": chosen, "verb": verb, "queue": "reported"})
        assert comment.public_id not in as_mo.get("/admin/desk/?queue=reported").content.decode()
        comment.refresh_from_db()
        assert comment.is_published == (verb == "keep")
        assert CommentReport.objects.get().settled_at

    def test_it_may_be_reported_again_afterwards(self, stan: Client, comment: Comment, as_mo: Client) -> None:
        chosen = f"comment:{comment.public_id}:published"
        for expected in (1, 2):
            stan.post(address(comment), complaint())
            as_mo.post("/admin/desk/decide/", {"chosen": chosen, "verb": "keep"})
            assert CommentReport.objects.exclude(settled_at=None).count() == expected

    def test_what_most_readers_report_comes_first(self, as_mo: Client, say: Say) -> None:
        once, thrice = say("Once"), say("Thrice")
        for number, comment in enumerate((once, thrice, thrice, thrice)):
            Client(REMOTE_ADDR=f"203.0.113.{number}").post(address(comment), complaint(text=""))
        page = as_mo.get("/admin/desk/?queue=reported").content.decode()
        assert page.index(thrice.public_id) < page.index(once.public_id)
        assert "3 readers have reported this:" in page

    def test_a_report_hides_nothing_by_itself(self, comment: Comment) -> None:
        for number in range(30):
            Client(REMOTE_ADDR=f"203.0.113.{number}").post(address(comment), complaint())
        comment.refresh_from_db()
        assert comment.standing == Standing.PUBLISHED
