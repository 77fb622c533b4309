"""Votes: one voice of each person on each comment, to be changed and taken back, and the score always exact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import GUEST_COOKIE, remember_guest
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import take_back_votes, votes
from broadsheet.discussion.invariants import broken_promises
from broadsheet.discussion.models import Comment, Thread, Vote
from broadsheet.moderation.bans import ban
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, Say, post, read

JSON = "application/json"
KEY = "0123456789abcdef0123456789abcdef"


def cast(client: Client, comment: Comment, value: str | None, **extra: str) -> HttpResponse:
    """Press a button of the form, as a browser without JavaScript does."""
    fields = {} if value is None else {"value": value}
    return client.post(f"/comments/{comment.public_id}/vote/", {**fields, **extra})


def figures(comment: Comment) -> tuple[int, int, int]:
    """Up, down and score, as they stand; and the score is the sum of the rows."""
    comment.refresh_from_db()
    assert comment.score == sum(Vote.objects.filter(comment=comment).values_list("value", flat=True))
    assert list(broken_promises()) == []
    return comment.up_count, comment.down_count, comment.score


@pytest.mark.django_db
class TestAMember:
    def test_votes_changes_and_takes_back(self, say: Say, as_rita: Client, rita: User) -> None:
        comment = say()
        for value, expected in (("1", (1, 0, 1)), ("1", (1, 0, 1)), ("-1", (0, 1, -1)), ("0", (0, 0, 0))):
            assert cast(as_rita, comment, value).status_code == 303
            assert figures(comment) == expected
        assert not Vote.objects.exists()

    def test_sees_the_own_vote_pressed(self, say: Say, as_rita: Client, stan: Client, thread: Thread) -> None:
        comment = say()
        cast(as_rita, comment, "-1")
        form = read(as_rita, thread.url).root.find(".//form[@class='vote']")
        pressed = [(button.get("aria-pressed"), button.get("value")) for button in form.iterfind("button")]
        assert pressed == [("false", "1"), ("true", "0")]
        assert form.find("output").text == "-1"
        assert b"aria-pressed" not in stan.get(thread.url).content

    def test_comes_back_to_where_the_button_was(self, say: Say, as_rita: Client, article: ArticlePage) -> None:
        comment = say()
        page = f"http://testserver{article.url}?order=oldest"
        url = f"/comments/{comment.public_id}/vote/"
        back = as_rita.post(url, {"value": "1"}, headers={"referer": page})
        assert back["Location"] == f"{article.url}?order=oldest#comment-{comment.public_id}"
        for elsewhere in ("https://elsewhere.example/x", "http://testserver//elsewhere.example/", "http://[", ""):
            back = as_rita.post(url, {"value": "1"}, headers={"referer": elsewhere})
            # A browser that says another site made the request is refused altogether.
            assert back.status_code == 403 or back["Location"] == comment.permalink

    def test_gets_a_figure_where_a_program_asks(self, say: Say, as_rita: Client) -> None:
        comment = say()
        url = f"/comments/{comment.public_id}/vote/"
        answer = as_rita.post(url, {"value": "1"}, headers={"accept": JSON})
        version = versions_of([comment.thread.topic])[comment.thread.topic]
        assert answer.json() == {"score": 1, "value": 1, "version": version}
        refusal = as_rita.post(url, {"value": "2"}, headers={"accept": JSON})
        assert (refusal.status_code, refusal.json()["code"]) == (422, "no-such-vote")

    def test_who_is_new_gets_a_public_name(self, say: Say, mo: User, as_mo: Client) -> None:
        assert cast(as_mo, say(), "1").status_code == 303
        assert Vote.objects.get().profile.user == mo


@pytest.mark.django_db
class TestAStranger:
    def test_becomes_a_guest_by_voting_and_not_before(self, say: Say, stan: Client, thread: Thread) -> None:
        comment = say()
        assert not stan.get(thread.url).cookies
        answer = cast(stan, comment, "1")
        assert GUEST_COOKIE in answer.cookies
        assert answer["Cache-Control"] == "private, no-store"
        cast(stan, comment, "-1")
        assert figures(comment) == (0, 1, -1)
        assert Vote.objects.get().profile.name == ""

    def test_takes_nothing_back_and_stays_a_stranger(self, say: Say, stan: Client) -> None:
        answer = cast(stan, say(), "0")
        assert answer.status_code == 303
        assert not answer.cookies
        assert not Profile.objects.filter(name="").exists()

    def test_takes_the_name_of_the_first_comment(self, say: Say, stan: Client, here: str) -> None:
        comment = say()
        cast(stan, comment, "1")
        post(stan, here, body="I am here now.", name="Stan")
        voter = Vote.objects.get().profile
        assert voter.name == "Stan"
        own = Comment.objects.get(author=voter)
        assert cast(stan, own, "1").status_code == 403
        assert figures(own) == (0, 0, 0)

    def test_must_still_give_a_name_to_write(self, say: Say, stan: Client, here: str) -> None:
        cast(stan, say(), "1")
        assert "Give a name" in post(stan, here, body="Nameless", name="").alert

    def test_is_one_with_the_same_key(self, say: Say) -> None:
        first, second = say("one"), say("two")
        for comment in (first, second, first):
            assert GUEST_COOKIE in cast(Client(), comment, "1", key=KEY).cookies
        assert figures(first) == figures(second) == (1, 0, 1)
        assert Vote.objects.values("profile").distinct().count() == 1

    def test_twenty_five_behind_one_address_all_count(self, say: Say) -> None:
        comment = say()
        assert [cast(Client(), comment, "1").status_code for _ in range(25)] == [303] * 25
        assert figures(comment) == (25, 0, 25)

    def test_a_script_that_keeps_no_cookie_is_stopped(self, say: Say) -> None:
        comment = say()
        answers = [cast(Client(), comment, "-1").status_code for _ in range(100)]
        assert answers.count(303) == votes.NEW_ON_COMMENT.turns
        assert answers.count(429) == 100 - votes.NEW_ON_COMMENT.turns
        assert figures(comment)[2] == -votes.NEW_ON_COMMENT.turns
        assert cast(Client(REMOTE_ADDR="198.51.100.7"), comment, "1").status_code == 303


@pytest.mark.django_db
class TestNoVote:
    @pytest.mark.parametrize(
        "value", ["2", "-2", "", "null", "１", "+1", "1.0", "01", " 1", "1_0", "NaN", "true", "1" * 5000, None]
    )
    def test_is_what_is_neither_up_nor_down_nor_none(self, say: Say, as_rita: Client, value: str | None) -> None:
        comment = say()
        assert cast(as_rita, comment, value).status_code == 422
        assert figures(comment) == (0, 0, 0)

    def test_is_both_at_once(self, say: Say, as_rita: Client) -> None:
        comment = say()
        assert as_rita.post(f"/comments/{comment.public_id}/vote/", {"value": ["1", "-1"]}).status_code == 422

    def test_is_on_ones_own(self, say: Say, as_gus: Client, thread: Thread) -> None:
        comment = say()
        assert cast(as_gus, comment, "1").status_code == 403
        assert figures(comment) == (0, 0, 0)
        assert read(as_gus, thread.url).root.find(".//form[@class='vote']") is None

    def test_is_on_what_is_not_published(
        self, say: Say, decide: Decide, as_gus: Client, as_rita: Client, thread: Thread
    ) -> None:
        held, tombstone, removed = say(held=True), say(), say()
        say(to=tombstone)
        decide(tombstone, "removed")
        decide(removed, "removed")
        assert cast(as_gus, held, "1").status_code == 409
        assert cast(as_rita, tombstone, "1").status_code == 409
        assert cast(as_rita, held, "1").status_code == cast(as_rita, removed, "1").status_code == 404
        assert not Vote.objects.exists()

    def test_is_in_a_closed_thread(self, say: Say, as_rita: Client, thread: Thread) -> None:
        comment = say()
        Thread.objects.update(is_closed=True)
        assert cast(as_rita, comment, "1").status_code == 403
        page = read(as_rita, thread.url)
        assert page.root.find(".//form[@class='vote']") is None
        assert page.root.find(".//output").text == "0"

    def test_is_made_by_a_page_of_another_site(self, say: Say, as_rita: Client) -> None:
        url = f"/comments/{say().public_id}/vote/"
        assert as_rita.post(url, {"value": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
        assert as_rita.get(url, {"value": "1"}).status_code == 405
        assert not Vote.objects.exists()

    def test_is_made_by_who_is_banned(self, say: Say, as_rita: Client, rita: User, mo: User) -> None:
        comment = say()
        ban(rita.profile, by=mo, hours=None)
        assert cast(as_rita, comment, "1").status_code == 403
        assert figures(comment) == (0, 0, 0)

    def test_is_one_too_many(self, say: Say, as_rita: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        comment = say()
        limit = votes.Limit("votes-in-test", 3, votes.OF_PROFILE.within)
        monkeypatch.setattr(votes, "OF_PROFILE", limit)
        answers = [cast(as_rita, comment, value).status_code for value in ("1", "-1", "0", "1")]
        assert answers == [303, 303, 303, 429]
        assert figures(comment) == (0, 0, 0)

    def test_are_many_too_many_of_one_and_none_of_the_others_at_the_address(
        self, say: Say, as_rita: Client, stan: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        comment = say()
        monkeypatch.setattr(votes, "OF_PROFILE", votes.Limit("votes-in-test", 1, votes.OF_PROFILE.within))
        monkeypatch.setattr(votes, "OF_NETWORK", votes.Limit("votes-beside-it", 2, votes.OF_NETWORK.within))
        assert [cast(as_rita, comment, "1").status_code for _ in range(4)] == [303, 429, 429, 429]
        assert cast(stan, comment, "1").status_code == 303


@pytest.mark.django_db
def test_a_vote_is_announced_and_the_same_again_is_not(say: Say, as_rita: Client, thread: Thread) -> None:
    comment = say()
    before = versions_of([thread.topic])[thread.topic]
    for _ in range(3):
        cast(as_rita, comment, "1")
    assert versions_of([thread.topic])[thread.topic] == before + 1


@pytest.mark.django_db
def test_votes_are_taken_back_with_the_person(say: Say, rita: User, as_rita: Client, stan: Client) -> None:
    for comment in (say("one"), say("two")):
        cast(as_rita, comment, "1")
        cast(stan, comment, "1")
    take_back_votes(rita.profile)
    assert not Vote.objects.filter(profile=rita.profile).exists()
    assert [figures(comment) for comment in Comment.objects.all()] == [(1, 0, 1), (1, 0, 1)]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def all_at_once(self, comment: Comment, sent: list[tuple[Client, str, str]]) -> list[int]:
        def send(one: tuple[Client, str, str]) -> int:
            try:
                client, value, key = one
                return cast(client, comment, value, **({"key": key} if key else {})).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            return list(pool.map(send, sent))

    def test_a_hundred_replays_are_one_vote(self, say: Say, as_rita: Client) -> None:
        comment = say()
        cookie = as_rita.cookies["sessionid"].value
        clients = [Client(headers={"cookie": f"sessionid={cookie}"}) for _ in range(100)]
        assert set(self.all_at_once(comment, [(client, "1", "") for client in clients])) == {303}
        assert figures(comment) == (1, 0, 1)

    def test_a_hundred_replays_of_a_strangers_first_are_one_vote(self, say: Say) -> None:
        comment = say()
        answers = self.all_at_once(comment, [(Client(), "1", KEY) for _ in range(100)])
        assert set(answers) == {303}
        assert figures(comment) == (1, 0, 1)
        assert Profile.objects.filter(name="").count() == 1

    def test_many_who_change_their_minds_are_counted_exactly(self, say: Say) -> None:
        comment = say()
        voters = [factories.make_guest(f"Voter {number}") for number in range(12)]
        sent = [(as_guest(voter), value, "") for value in ("1", "-1", "0", "1", "-1") for voter in voters]
        assert set(self.all_at_once(comment, sent)) == {303}
        up, down, score = figures(comment)
        assert up + down == Vote.objects.count()
        assert up - down == score


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("clients", [24, pytest.param(1_000, marks=pytest.mark.soak, id="1000")])
def test_everybody_toggles_ten_times_and_the_sum_of_the_rows_is_left(say: Say, clients: int) -> None:
    """Each from an address of their own, on a few comments at once; the last vote of each is the one that stands."""
    comments = [say(f"no. {number}") for number in range(4)]
    voters = Profile.objects.bulk_create(Profile(name=f"Voter {number}") for number in range(clients))
    last: dict[tuple[int, int], int] = {}

    def toggle(number: int) -> None:
        try:
            browser, chance = as_guest(voters[number]), Random(number)  # noqa: S311 - how they vote is no secret
            for _ in range(10):
                comment, value = chance.choice(comments), chance.choice([1, -1, 0])
                address = f"198.51.{number // 250}.{number % 250}"
                answer = cast_from(browser, address, comment, value)
                assert answer.status_code == 303, answer.content
                last[comment.pk, voters[number].pk] = value
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(toggle, range(clients)))
    rows = {(vote.comment_id, vote.profile_id): vote.value for vote in Vote.objects.all()}
    assert rows == {key: value for key, value in last.items() if value}
    for comment in comments:
        up, down, score = figures(comment)
        values = [value for (of, _voter), value in rows.items() if of == comment.pk]
        assert (up, down, score) == (values.count(1), values.count(-1), sum(values))


def cast_from(client: Client, address: str, comment: Comment, value: int) -> HttpResponse:
    """Press a button, behind the proxy, at some address."""
    url = f"/comments/{comment.public_id}/vote/"
    return client.post(url, {"value": str(value)}, headers={"x-forwarded-for": address})


def as_guest(profile: Profile) -> Client:
    """The browser of a guest."""
    answer, client = HttpResponse(), Client()
    remember_guest(answer, profile)
    client.cookies.update(answer.cookies)
    return client
