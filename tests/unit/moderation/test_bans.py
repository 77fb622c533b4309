"""Bans: who is banned cannot take part, by whatever name, from whatever address of the range; everybody else can."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, Thread
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.bans import ban, banned, lift, lift_all, origin_of
from broadsheet.moderation.models import Ban, Origin
from broadsheet.moderation.retention import forget_networks

pytestmark = pytest.mark.django_db

WORDS = "The ferry was late again, and nobody minded."


def write(browser: Client, thread: Thread, client: str = "198.51.100.7", **fields: str) -> tuple[int, str]:
    """Post a comment from an address; return the status and the page."""
    answer = browser.post(thread.write_url, {"body": WORDS, "name": "Stan", **fields}, HTTP_X_FORWARDED_FOR=client)
    return answer.status_code, answer.content.decode()


def test_a_banned_member_cannot_write(as_rita: Client, rita: User, mo: User, thread: Thread) -> None:
    ban(rita.profile, by=mo, hours=None, reason="insults")
    status, page = write(as_rita, thread)
    assert status == 403
    assert "You cannot take part here." in page
    assert WORDS in page
    assert "insults" not in page
    assert not Comment.objects.exists()
    assert Ban.objects.get().kind == Ban.Kind.PROFILE


def test_a_banned_guest_cannot_write_by_another_name(as_gus: Client, gus: Profile, mo: User, thread: Thread) -> None:
    ban(gus, by=mo, hours=24)
    for name in ("Gus", "Somebody else"):
        status, page = write(as_gus, thread, name=name)
        assert status == 403
        assert "You cannot take part here until" in page
    assert write(Client(), thread)[0] == 303
    assert Ban.objects.get().kind == Ban.Kind.COOKIE


@pytest.mark.parametrize(
    ("what", "hit", "missed"),
    [
        ("198.51.100.7", "198.51.100.7", "198.51.100.8"),
        ("::ffff:198.51.100.7", "198.51.100.7", "198.51.100.8"),
        ("198.51.100.0/24", "198.51.100.255", "198.51.101.0"),
        ("198.51.77.3/16", "198.51.0.0", "198.52.0.0"),
        ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("2001:db8:7::/48", "[2001:db8:7:1::1]:443", "2001:db8:8::1"),
    ],
)
def test_a_banned_range_cannot_write(mo: User, thread: Thread, what: str, hit: str, missed: str) -> None:
    ban(what, by=mo, hours=1)
    assert write(Client(), thread, hit)[0] == 403
    assert write(Client(), thread, f"{missed}, {hit}")[0] == 403, "what a client invents helps nobody"
    assert write(Client(), thread, missed)[0] == 303


def test_a_ban_runs_out(as_gus: Client, gus: Profile, mo: User, thread: Thread) -> None:
    ban(gus, by=mo, hours=2)
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=59), tick=False):
        assert write(as_gus, thread)[0] == 403
    with time_machine.travel(timezone.now() + timedelta(hours=2, seconds=1), tick=False):
        assert write(as_gus, thread)[0] == 303


def test_the_longest_ban_counts(gus: Profile, mo: User) -> None:
    short, endless = ban(gus, by=mo, hours=1), ban("198.51.100.0/24", by=mo, hours=None)
    assert banned(gus, "198.51.100.7") == endless
    assert banned(gus, "203.0.113.9") == short
    assert banned(None, "203.0.113.9") is None
    assert banned(None, "") is None


def test_a_lifted_ban_keeps_nobody_out(as_gus: Client, gus: Profile, mo: User, tess: User, thread: Thread) -> None:
    first = ban(gus, by=mo, hours=None, bulk="one-action")
    with pytest.raises(Refusal, match="not-a-moderator"):
        lift(first, by=tess)
    lifted = lift(first, by=mo)
    assert (lifted.lifted_by, lifted.lifted_at is not None) == (mo, True)
    assert lift(lifted, by=mo).lifted_at == lifted.lifted_at
    ban(gus, by=mo, hours=None, bulk="another")
    ban("198.51.100.7", by=mo, hours=None, bulk="another")
    assert (lift_all("", by=mo), lift_all("one-action", by=mo), lift_all("another", by=mo)) == (0, 0, 2)
    assert write(as_gus, thread)[0] == 303


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("0.0.0.0/0", "network-too-wide"),
        ("198.0.0.0/15", "network-too-wide"),
        ("2001:d00::/31", "network-too-wide"),
        ("::ffff:0:0/96", "network-too-wide"),
        ("::/0", "network-too-wide"),
        ("127.0.0.1", "network-of-ours"),
        ("::1", "network-of-ours"),
        ("::", "network-of-ours"),
        ("", "no-network"),
        ("slipway.example", "no-network"),
        ("198.51.100.7/33", "no-network"),
        ("198.51.100.7\n203.0.113.9", "no-network"),
        ("0x7f.1", "no-network"),
    ],
)
def test_what_would_ban_everybody_or_nobody_is_refused(mo: User, what: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        ban(what, by=mo, hours=1)
    assert not Ban.objects.exists()


@pytest.mark.parametrize("hours", [0, -1, 10**9])
def test_a_ban_has_an_end_that_one_lives_to_see(gus: Profile, mo: User, hours: int) -> None:
    with pytest.raises(Refusal, match="ban-too-long"):
        ban(gus, by=mo, hours=hours)


def test_only_moderators_ban_and_nobody_bans_them(gus: Profile, mo: User, tess: User) -> None:
    with pytest.raises(Refusal, match="not-a-moderator"):
        ban(gus, by=tess, hours=1)
    of_mo = Profile.objects.create(user=mo, name="Mo")
    with pytest.raises(Refusal, match="own-people"):
        ban(of_mo, by=mo, hours=1)
    ban("198.51.100.0/24", by=mo, hours=None)
    assert banned(of_mo, "198.51.100.7") is None


def test_what_was_written_from_where_is_remembered_for_a_month(thread: Thread, mo: User) -> None:
    assert write(Client(), thread, "198.51.100.7")[0] == 303
    assert write(Client(), thread, "2001:db8::5")[0] == 303
    first, second = Comment.objects.order_by("pk")
    assert origin_of("comment", first.public_id) == "198.51.100.7"
    assert origin_of("comment", second.public_id) == "2001:db8::/64"
    assert ban(origin_of("comment", second.public_id), by=mo, hours=1).network == "2001:db8::/64"
    forget_networks()
    assert Origin.objects.count() == 2
    forget_networks(timezone.now() + timedelta(days=30))
    assert origin_of("comment", first.public_id) == ""


def test_which_networks_were_banned_is_forgotten_in_time(gus: Profile, mo: User) -> None:
    ended, lifted = ban("198.51.100.7", by=mo, hours=1), ban("198.51.100.8", by=mo, hours=None)
    kept = [ban("198.51.100.9", by=mo, hours=None), ban(gus, by=mo, hours=1)]
    lift(lifted, by=mo)
    forget_networks(timezone.now() + timedelta(days=80))
    assert Ban.objects.filter(pk__in=[ended.pk, lifted.pk]).count() == 2
    forget_networks(timezone.now() + timedelta(days=91))
    assert set(Ban.objects.all()) == set(kept)
