"""The desk: moderators see what waits and decide on it, one by one or many at once, with nothing but forms."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.actions import new_guest
from broadsheet.accounts.models import User
from broadsheet.discussion.models import Comment, CommentDecision
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage
from tests.unit.moderation.conftest import Hold

DESK = "/admin/desk/"
DECIDE = "/admin/desk/decide/"


def standing_of(comment: Comment) -> str:
    """How it stands now."""
    return Comment.objects.get(pk=comment.pk).standing


def shown(browser: Client, query: str = "") -> str:
    """Return the desk's page."""
    answer = browser.get(DESK + query)
    assert answer.status_code == 200
    return answer.content.decode()


def tick(*comments: Comment, seen: str = "held", **fields: str) -> dict[str, object]:
    """Fill in the form of the desk: tick these, all of which were held."""
    return {"chosen": [f"comment:{comment.public_id}:{seen}" for comment in comments], "reason": "", **fields}


class TestLooking:
    """What a moderator sees."""

    def test_everything_that_one_must_know_to_decide(self, as_mo: Client, held: Comment, article: ArticlePage) -> None:
        page = shown(as_mo)
        assert "Is the winter boat heated?" in page
        assert "Gus" in page
        assert article.title in page
        assert "A field that people do not see was filled in." in page
        assert held.public_id in page

    def test_what_is_published_is_not_in_the_way(self, as_mo: Client, held: Comment, mo: User) -> None:
        decide("comment", held.public_id, Standing.PUBLISHED, by=mo)
        assert "Nothing awaits you." in shown(as_mo)
        assert "Is the winter boat heated?" in shown(as_mo, "?queue=published")
        assert "There is nothing here." in shown(as_mo, "?queue=removed")

    def test_one_thing_is_shown_whole(self, as_mo: Client, held: Comment) -> None:
        answer = as_mo.get(f"{DESK}comment/{held.public_id}/")
        assert answer.status_code == 200
        assert "Is the winter boat heated?" in answer.content.decode()

    def test_the_oldest_comes_first(self, as_mo: Client, hold: Hold) -> None:
        first, second = hold("The first of the two"), hold("The second of the two")
        page = shown(as_mo)
        assert page.index(first.public_id) < page.index(second.public_id)

    def test_long_lists_come_in_pages(self, as_mo: Client, hold: Hold) -> None:
        comments = [hold(f"Number {number}") for number in range(27)]
        pages = [shown(as_mo), shown(as_mo, "?p=2")]
        assert [[comment.public_id in page for comment in comments].count(True) for page in pages] == [25, 2]
        assert "?p=2" in pages[0]

    @pytest.mark.parametrize(
        "query", ["?p=0", "?p=-1", "?p=99999999999999999999999", "?p=x", "?p=1_0", "?p=%00", "?queue=x"]
    )
    def test_a_nonsensical_address_shows_the_desk(self, as_mo: Client, held: Comment, query: str) -> None:
        assert held.public_id in shown(as_mo, query)

    def test_the_menu_says_how_much_waits(self, as_mo: Client, hold: Hold) -> None:
        assert "Desk (" not in as_mo.get("/admin/").content.decode()
        hold()
        hold("And the ticket office?")
        assert "Desk (2)" in as_mo.get("/admin/").content.decode()

    def test_looking_takes_as_many_queries_however_much_there_is(self, as_mo: Client, hold: Hold) -> None:
        counts = []
        for more in (1, 20):
            for number in range(more):
                hold(f"Number {number}")
            shown(as_mo)
            with CaptureQueriesContext(connection) as queries:
                shown(as_mo)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    @pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}"])
    def test_what_people_type_is_text(self, as_mo: Client, hold: Hold, name: str) -> None:
        comment = hold("`<script>alert(2)</script>`", by=new_guest(name))
        for page in (shown(as_mo), as_mo.get(f"{DESK}comment/{comment.public_id}/").content.decode()):
            assert "<script>alert" not in page
            assert "<img src=x" not in page


class TestDeciding:
    """What a moderator does."""

    def test_one_button_publishes_one(self, as_mo: Client, hold: Hold) -> None:
        wanted, other = hold("Publish me"), hold("Not me")
        form = tick(other, publish=f"comment:{wanted.public_id}:held")
        answer = as_mo.post(DECIDE, form, follow=True)
        assert answer.redirect_chain == [(f"{DESK}?queue=held&p=1", 302)]
        assert "1 was published." in answer.content.decode()
        assert (standing_of(wanted), standing_of(other)) == ("published", "held")

    @pytest.mark.parametrize(
        ("verb", "standing", "said"),
        [
            ("publish", "published", "2 were published."),
            ("reject", "rejected", "2 were rejected."),
            ("remove", "removed", "2 were removed."),
            ("spam", "removed", "2 were removed as spam."),
        ],
    )
    def test_a_selection_is_decided_together(
        self, as_mo: Client, mo: User, hold: Hold, verb: str, standing: str, said: str
    ) -> None:
        chosen, left = [hold("One"), hold("Two")], hold("Three")
        answer = as_mo.post(DECIDE, tick(*chosen, verb=verb, reason="advertising"), follow=True)
        assert said in answer.content.decode()
        assert [standing_of(comment) for comment in chosen] == [standing] * 2
        assert standing_of(left) == "held"
        assert set(CommentDecision.objects.values_list("standing", "reason", "by")) == {
            (standing, "advertising", mo.pk)
        }

    def test_a_rejection_without_a_reason_comes_back_as_it_was(self, as_mo: Client, hold: Hold) -> None:
        chosen, left = hold("One"), hold("Two")
        answer = as_mo.post(DECIDE, tick(chosen, verb="reject"))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Say why it is rejected." in page
        assert re.search(rf'value="comment:{chosen.public_id}:held:[^"]+" checked', page)
        assert not re.search(rf'value="comment:{left.public_id}:held:[^"]+" checked', page)
        assert standing_of(chosen) == "held"

    def test_a_reason_that_is_too_long_comes_back(self, as_mo: Client, held: Comment) -> None:
        answer = as_mo.post(DECIDE, tick(held, verb="reject", reason="x" * 201))
        assert answer.status_code == 422
        assert "x" * 201 in answer.content.decode()

    def test_choosing_nothing_is_said(self, as_mo: Client, held: Comment) -> None:
        answer = as_mo.post(DECIDE, tick(verb="publish"))
        assert answer.status_code == 422
        assert "Choose at least one." in answer.content.decode()

    def test_from_its_own_page_too(self, as_mo: Client, held: Comment) -> None:
        form = tick(held, one=f"comment:{held.public_id}", verb="reject")
        refused = as_mo.post(DECIDE, form)
        assert (refused.status_code, "Back to the desk" in refused.content.decode()) == (422, True)
        as_mo.post(DECIDE, {**form, "reason": "spam"})
        assert standing_of(held) == "rejected"

    def test_the_second_of_two_moderators_is_told(self, as_mo: Client, second_mo: User, hold: Hold) -> None:
        contested, other = hold("Contested"), hold("Only mine")
        decide("comment", contested.public_id, Standing.PUBLISHED, by=second_mo)
        answer = as_mo.post(DECIDE, tick(contested, other, verb="reject", reason="spam"), follow=True)
        page = answer.content.decode()
        assert "Gus: Somebody else has decided on this already. How it stands now: published." in page
        assert "1 was rejected." in page
        assert (standing_of(contested), standing_of(other)) == ("published", "rejected")

    @pytest.mark.parametrize("gone", ["comment:bcdfghjkmnpq", "comment:\0", "comment:" + "x" * 9000, "weather:1"])
    def test_what_is_not_there_is_said(self, as_mo: Client, held: Comment, gone: str) -> None:
        form = {**tick(held, verb="publish"), "chosen": [gone, f"comment:{held.public_id}"]}
        page = as_mo.post(DECIDE, form, follow=True).content.decode()
        assert "does not exist" in page
        assert "1 was published." in page

    def test_a_removed_one_can_be_published_again(self, as_mo: Client, mo: User, held: Comment) -> None:
        decide("comment", held.public_id, Standing.REMOVED, by=mo)
        as_mo.post(DECIDE, tick(held, seen="removed", verb="publish"))
        assert standing_of(held) == "published"

    @pytest.mark.parametrize(
        "form",
        [
            {},
            {"verb": "publish"},
            {"chosen": "comment:", "verb": "publish"},
            {"chosen": "comment:\0", "verb": "reject"},
            {"chosen": ["x" * 9000], "verb": "publish"},
            {"chosen": [f"comment:{number}" for number in range(300)], "verb": "publish"},
            {"chosen": "comment:x:everything", "verb": "publish"},
            {"chosen": "comment:x", "verb": "keep"},
            {"chosen": "comment:x", "verb": "undo"},
            {"chosen": "comment:x", "verb": "ban"},
            {"chosen": "comment:x", "verb": "publish", "ban": "forever"},
            {"chosen": "comment:x", "verb": "remove", "ban": "-1"},
            {"chosen": "comment:x", "verb": "remove", "reason": "x" * 201},
            {"chosen": "comment:x", "one": "comment:x", "verb": "no"},
        ],
    )
    def test_a_form_that_the_desk_never_made_decides_nothing(
        self, as_mo: Client, held: Comment, form: dict[str, object]
    ) -> None:
        assert 400 <= as_mo.post(DECIDE, form).status_code < 500
        assert standing_of(held) == "held"

    def test_the_token_is_asked_for(self, mo: User, held: Comment) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(mo)
        assert browser.post(DECIDE, tick(held, verb="publish")).status_code == 403
        assert standing_of(held) == "held"


class TestRights:
    """The desk is for moderators."""

    def test_who_may_enter(self, request: pytest.FixtureRequest, held: Comment) -> None:
        addresses = [DESK, f"{DESK}comment/{held.public_id}/", f"{DESK}comment/bcdfghjkmnpq/"]
        table = {
            person: [request.getfixturevalue(person).get(address).status_code for address in addresses]
            for person in ("as_mo", "as_ed", "as_tess", "as_rita", "as_gus", "stan")
        }
        assert table == {
            "as_mo": [200, 200, 404],
            "as_ed": [200, 200, 404],
            "as_tess": [302, 302, 302],
            "as_rita": [302, 302, 302],
            "as_gus": [302, 302, 302],
            "stan": [302, 302, 302],
        }

    @pytest.mark.parametrize("person", ["as_tess", "as_rita", "as_gus", "stan"])
    def test_nobody_else_decides(self, request: pytest.FixtureRequest, held: Comment, person: str) -> None:
        answer = request.getfixturevalue(person).post(DECIDE, tick(held, verb="publish"))
        assert answer.status_code == 302
        assert standing_of(held) == "held"
        assert not CommentDecision.objects.exists()

    def test_the_treasurer_sees_no_desk_in_the_menu(self, as_tess: Client, held: Comment) -> None:
        page = as_tess.get("/admin/").content.decode()
        assert DESK not in page
        assert "Desk" not in page

    def test_an_administrator_can_give_the_right(self, admin_client: Client) -> None:
        assert "Can decide on what awaits a moderator" in admin_client.get("/admin/groups/new/").content.decode()
