"""How a discussion stands, in the newsroom's admin: switched off, slowed down, closed by its age, what is marked."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import ModelLogEntry

from broadsheet.accounts.models import User
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import pick_comment, pin_comment, switch_off_thread
from broadsheet.discussion.models import Thread
from broadsheet.publication.models import ArticlePage
from tests.unit.discussion.conftest import Say, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(article: ArticlePage) -> str:
    """The newsroom's address of the article's discussion."""
    return f"/admin/discussions/{article.translation_key}/"


VERBS = ("close", "open", "leave-to-age", "off", "on", "slow")


@pytest.mark.parametrize("who", ["as_tess", "as_rita", "as_gus", "stan"])
def test_nobody_else_changes_anything(request: pytest.FixtureRequest, who: str, door: str, thread: Thread) -> None:
    client: Client = request.getfixturevalue(who)
    before = Thread.objects.values().get()
    for verb in VERBS:
        assert client.post(f"{door}{verb}/", {"minutes": "5"}).status_code == 302
    assert Thread.objects.values().get() == before
    assert not ModelLogEntry.objects.exists()


def test_each_verb_is_posted_and_for_an_article(door: str, as_mo: Client) -> None:
    nowhere = "/admin/discussions/00000000-0000-4000-8000-000000000000/"
    for verb in VERBS:
        assert as_mo.get(f"{door}{verb}/").status_code == 405
        assert as_mo.post(f"{nowhere}{verb}/", {"minutes": "5"}).status_code == 404
    assert not Thread.objects.exists()


class TestOffAndOn:
    def test_is_one_button_and_told_once(self, door: str, as_mo: Client, mo: User, thread: Thread) -> None:
        assert "Readers see the discussion below the article." in read(as_mo, door).words()
        for _ in range(2):
            as_mo.post(f"{door}off/")
        page = read(as_mo, door)
        assert "Off. Readers see no discussion at all" in page.words()
        assert page.link("All comments") == ""
        assert versions_of([thread.topic])[thread.topic] == 1
        as_mo.post(f"{door}on/")
        assert read(as_mo, door).link("All comments") == thread.url
        assert [(entry.action, entry.user) for entry in ModelLogEntry.objects.order_by("pk")] == [
            ("broadsheet.switch_off_thread", mo),
            ("broadsheet.switch_on_thread", mo),
        ]


class TestSlowMode:
    def test_is_set_and_told(self, door: str, as_mo: Client, thread: Thread) -> None:
        for _ in range(2):
            assert as_mo.post(f"{door}slow/", {"minutes": "5"}).status_code == 302
        thread.refresh_from_db()
        assert thread.slow_minutes == 5
        assert read(as_mo, door).root.find(".//input[@name='minutes']").get("value") == "5"
        assert versions_of([thread.topic])[thread.topic] == 1
        assert [(entry.action, entry.data) for entry in ModelLogEntry.objects.all()] == [
            ("broadsheet.slow_thread", {"slow_minutes": 5})
        ]

    def test_is_set_where_nobody_has_written(self, door: str, as_mo: Client) -> None:
        as_mo.post(f"{door}slow/", {"minutes": "1440"})
        assert Thread.objects.get().slow_minutes == 1440

    @pytest.mark.parametrize("minutes", ["", "-1", "1441", "1e3", "５", "1_0", "9" * 5000, "0x5", "5.0", "\0"])
    def test_refuses_what_is_no_number_of_minutes(self, door: str, as_mo: Client, thread: Thread, minutes: str) -> None:
        answer = as_mo.post(f"{door}slow/", {"minutes": minutes})
        assert answer.status_code == 422
        assert b"Give a whole number of minutes, at most 1440" in answer.content
        thread.refresh_from_db()
        assert thread.slow_minutes == 0


class TestTheList:
    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "open"),
            ({"is_closed": True}, "closed"),
            ({"is_closed": True, "closed_after_days": 14}, "closed by its age"),
            ({"stays_open": True}, "open, whatever its age"),
            ({"slow_minutes": 5}, "open · one comment in 5 minutes"),
            ({"is_off": True, "is_closed": True}, "off: readers do not see it · closed"),
        ],
    )
    def test_says_how_each_stands(
        self, thread: Thread, as_mo: Client, door: str, fields: dict[str, object], words: str
    ) -> None:
        Thread.objects.update(**fields)
        page = read(as_mo, "/admin/discussions/")
        assert [
            " ".join("".join(cell.itertext()).split())
            for cell in page.root.iterfind(".//table[@class='listing']/tbody/tr/td")
        ][2] == words
        assert page.link("The ferry keeps") == door


class TestHowOneStands:
    def test_says_what_closed_it(self, thread: Thread, as_mo: Client, door: str) -> None:
        Thread.objects.update(is_closed=True, closed_after_days=14)
        assert "closed by its age, 14 days after the article was first published" in read(as_mo, door).words()

    def test_says_what_keeps_it_open_and_how_to_leave_that(self, thread: Thread, as_mo: Client, door: str) -> None:
        as_mo.post(f"{door}close/")
        as_mo.post(f"{door}open/")
        assert "it stays open whatever its age" in read(as_mo, door).words()
        as_mo.post(f"{door}leave-to-age/")
        assert "whatever its age" not in read(as_mo, door).words()
        thread.refresh_from_db()
        assert not thread.stays_open

    def test_lists_what_is_pinned_and_picked(
        self, say: Say, thread: Thread, mo: User, as_mo: Client, door: str
    ) -> None:
        pinned, picked, both, plain = (say(f"`<i>` {name} & words") for name in ("pinned", "picked", "both", "plain"))
        for comment in (pinned, both):
            pin_comment(comment, by=mo)
        for comment in (picked, both):
            pick_comment(comment, by=mo)
        page = read(as_mo, door)
        rows = [
            (row.find(".//a").get("href"), " ".join("".join(row.findall("td")[1].itertext()).split()))
            for row in page.root.iterfind(".//table[@class='listing']/tbody/tr")
        ]
        assert rows == [
            (f"/comments/{both.public_id}/moderate/", "Pinned · Editors’ pick"),
            (f"/comments/{pinned.public_id}/moderate/", "Pinned"),
            (f"/comments/{picked.public_id}/moderate/", "Editors’ pick"),
        ]
        assert f"/comments/{plain.public_id}/" not in page.response.content.decode()
        assert as_mo.get(rows[0][0]).status_code == 200
        assert "4 comments" in page.words()
        switch_off_thread(thread, by=mo)
        assert "moderate/" not in as_mo.get(door).content.decode()
        assert "Pinned" in read(as_mo, door).words()
