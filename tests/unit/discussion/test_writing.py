"""Writing a comment, without JavaScript, in one step: who wrote it, where it stands, who sees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import GUEST_COOKIE
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import comment_counts
from broadsheet.gate.stamp import fresh_stamp
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.unit.discussion.conftest import Say, post, read

pytestmark = pytest.mark.django_db


def only_comment() -> Comment:
    comment: Comment = Comment.objects.select_related("author", "thread").get()
    return comment


class TestAGuest:
    def test_says_something_in_one_step_and_everybody_reads_it(self, here: str, stan: Client) -> None:
        answer = post(Client(), here, body="Boats *wait*.\nSee https://slipway.example", name="Nora")
        comment = only_comment()
        assert (answer.status, answer.response["Location"]) == (303, comment.permalink)
        assert comment.author.name == "Nora"
        assert comment.author.is_guest
        assert (comment.depth, comment.position, comment.parent, comment.root) == (0, 0, None, None)
        assert comment.thread.comment_count == 1
        assert versions_of([comment.thread.topic]) == {comment.thread.topic: 1}
        page = read(stan, comment.permalink)
        assert page.comments == [comment.public_id]
        assert "Boats wait . See https://slipway.example" in page.words()

    def test_is_remembered_by_a_cookie_that_no_script_reads(self, here: str) -> None:
        client = Client()
        cookie = post(client, here, body="first").response.cookies[GUEST_COOKIE]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        post(client, here, body="second")
        assert Profile.objects.count() == 1
        assert Comment.objects.count() == 2

    def test_finds_their_name_in_the_form_and_may_take_another(self, here: str, as_gus: Client, gus: Profile) -> None:
        assert read(as_gus, here).field("name") == "Gus"
        post(as_gus, here, body="as myself", name="Gus")
        post(as_gus, here, body="as nobody in particular", name="")
        assert set(Comment.objects.values_list("author", flat=True)) == {gus.pk}
        post(as_gus, here, body="as somebody else", name="Gustav")
        assert Comment.objects.latest("pk").author.name == "Gustav"
        assert read(as_gus, here).field("name") == "Gustav"

    def test_may_leave_an_address_that_is_never_shown(self, here: str, stan: Client) -> None:
        post(Client(), here, body="hello", email="Nora@Slipway.example")
        comment = only_comment()
        assert comment.author.email == "nora@slipway.example"
        assert b"slipway.example" not in stan.get(comment.permalink).content.replace(b"testserver", b"")


class TestAMember:
    def test_writes_under_their_own_name_whatever_the_form_says(self, here: str, as_rita: Client, rita: User) -> None:
        answer = post(as_rita, here, body="hello", name="Editor in chief")
        assert only_comment().author == rita.profile
        assert GUEST_COOKIE not in answer.response.cookies

    def test_gets_a_profile_when_they_first_need_one(self, here: str, as_ed: Client, ed: User) -> None:
        assert "You write as Ed" in read(as_ed, here).words()
        assert not Profile.objects.filter(user=ed).exists()
        post(as_ed, here, body="hello")
        assert only_comment().author.user == ed

    def test_is_not_taken_for_the_guest_who_used_the_browser_before(
        self, here: str, as_gus: Client, rita: User
    ) -> None:
        as_gus.force_login(rita)
        post(as_gus, here, body="hello", name="Gus")
        assert only_comment().author == rita.profile


class TestAReply:
    def test_stands_below_what_it_answers(self, say: Say, stan: Client) -> None:
        top = say("top")
        first = say("first", to=top)
        page = read(stan, f"/comments/{first.public_id}/reply/")
        assert page.words(".//blockquote") == f"Gus Guest {page.words('.//blockquote//time')} first"
        answer = post(stan, f"/comments/{first.public_id}/reply/", body="second")
        second = Comment.objects.get(source="second")
        assert answer.response["Location"] == second.permalink
        assert (second.parent, second.root, second.depth, second.position) == (first, top, 2, 2)
        counts = {c.source: (c.reply_count, c.branch_count, c.last_position) for c in Comment.objects.all()}
        assert counts == {"top": (1, 2, 2), "first": (1, 0, 0), "second": (0, 0, 0)}
        assert Thread.objects.get().comment_count == 3

    def test_may_be_named_by_the_form_itself(self, say: Say, here: str, stan: Client) -> None:
        top = say("top")
        post(stan, here, body="answer", parent=top.public_id)
        assert Comment.objects.get(source="answer").parent == top


class TestAPreview:
    def test_shows_the_words_and_keeps_the_form(self, here: str, stan: Client) -> None:
        fields = {"body": "so *this*", "name": "Nora", "email": "n@slipway.example"}
        page = post(stan, here, do="preview", **fields)
        assert page.status == 200
        assert page.words(".//div[@class='preview']") == "Preview. Not posted yet. so this"
        assert {name: page.field(name) for name in fields} == fields
        assert not Comment.objects.exists()
        assert not Thread.objects.exists()
        assert not page.response.cookies

    def test_says_what_is_wrong_as_posting_would(self, here: str, stan: Client) -> None:
        page = post(stan, here, do="preview", body="<script>alert(1)</script>")
        assert (page.status, page.field("body")) == (422, "<script>alert(1)</script>")
        assert "HTML" in page.alert


class TestOneThread:
    def test_is_shared_by_all_versions_of_an_article(
        self, publication: FrontPage, article: ArticlePage, stan: Client
    ) -> None:
        nb = factories.make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn")
        norsk = factories.translate(article, nb, "Fergen holder vinterrute")
        post(stan, f"/nb/threads/{article.translation_key}/comments/", body="på norsk")
        post(stan, f"/threads/{norsk.translation_key}/comments/", body="in English")
        assert Thread.objects.get().comment_count == 2
        assert "på norsk" in read(stan, article.url).words(".//section[@id='discussion']")
        assert "in English" in read(stan, norsk.url).words(".//section[@id='discussion']")

    def test_is_the_originals_where_a_story_stands_in_a_second_place(
        self, publication: FrontPage, article: ArticlePage, stan: Client
    ) -> None:
        alias = article.create_alias(parent=factories.make_section(publication, "Town"))
        alias = ArticlePage.objects.get(pk=alias.pk)
        form = read(stan, alias.url).root.find(".//form[@class='write']")
        assert post(stan, form.get("action"), body="hello").status == 303
        for page in (article, alias):
            assert "hello" in read(stan, page.url).words(".//section[@id='discussion']")
        assert comment_counts([article, alias]) == {article.pk: 1, alias.pk: 1}
        assert Thread.objects.get().translation_key == article.translation_key


class TestSignsOfARobot:
    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)

    def test_hold_the_comment_for_a_moderator(self, here: str, stan: Client) -> None:
        robot = Client()
        answer = post(robot, here, body="Buy a boat", website="https://boats.example")
        comment = only_comment()
        assert (comment.standing, comment.standing_reason) == (Standing.HELD, "honeypot")
        assert answer.status == 303
        assert comment.thread.comment_count == 0
        assert versions_of([comment.thread.topic]) == {comment.thread.topic: 0}
        assert "Waiting for a moderator. Only you can see this." in read(robot, comment.permalink).words()
        assert read(stan, comment.permalink).status == 404
        assert "Buy a boat" in read(robot, here.removesuffix("comments/")).words()
        assert "Buy a boat" not in read(stan, here.removesuffix("comments/")).words()

    @pytest.mark.parametrize(
        ("stamp_age", "sign"),
        [
            (timedelta(seconds=0), "too-fast"),
            (timedelta(seconds=30), ""),
            (timedelta(days=50), ""),
            (timedelta(days=70), "old-stamp"),
            (timedelta(minutes=-5), "old-stamp"),
        ],
    )
    def test_are_haste_and_age(self, here: str, now: datetime, stamp_age: timedelta, sign: str) -> None:
        with time_machine.travel(now, tick=False):
            post(Client(), here, body="hello", stamp=fresh_stamp(now - stamp_age))
        assert only_comment().standing_reason == sign
        assert only_comment().is_published is not bool(sign)

    def test_are_not_a_missing_stamp_but_a_forged_one(self, here: str) -> None:
        post(Client(), here, body="none")
        post(Client(), here, body="forged", stamp="1c3a:forged")
        assert list(Comment.objects.order_by("pk").values_list("standing_reason", flat=True)) == ["", "old-stamp"]

    def test_are_not_the_haste_of_somebody_known(self, say: Say, here: str, as_gus: Client, now: datetime) -> None:
        say("earlier")
        with time_machine.travel(now, tick=False):
            post(as_gus, here, body="quick", name="Gus", stamp=fresh_stamp(timezone.now()))
        assert Comment.objects.get(source="quick").is_published


def test_the_form_below_an_article_is_the_same_for_everybody(article: ArticlePage, section: Section) -> None:
    with time_machine.travel(datetime(2026, 3, 14, 12, 0, 10, tzinfo=UTC), tick=False):
        first = read(Client(), article.url)
    with time_machine.travel(datetime(2026, 3, 14, 12, 0, 50, tzinfo=UTC), tick=False):
        second = read(Client(), article.url)
    assert first.field("key") == ""
    assert first.field("stamp") == second.field("stamp") != ""
    assert not first.response.cookies


def test_a_form_of_somebody_we_know_has_a_key_of_its_own(here: str, as_gus: Client) -> None:
    keys = {read(as_gus, here).field("key") for _ in range(2)}
    assert len(keys) == 2
    assert all(len(key) >= 16 for key in keys)
