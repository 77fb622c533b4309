"""What moderation keeps of a person is told to them; of what they erase the ban stays, and no network."""

from __future__ import annotations

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.privacy import erase_person, export_person
from broadsheet.moderation.bans import ban, banned, remember_origin
from broadsheet.moderation.models import Origin


def test_a_person_is_told_and_forgotten(gus: Profile, mo: User) -> None:
    remember_origin("comment", "x7k2m9p4q8w3", "198.51.100.7", gus)
    ban(gus, by=mo, hours=24, reason="Shouting.")
    exported = export_person(gus)
    assert [row["network"] for row in exported["networks"]] == ["198.51.100.7"]
    assert [row["reason"] for row in exported["bans"]] == ["Shouting."]
    erase_person(gus)
    assert not Origin.objects.exists()
    assert banned(gus, "203.0.113.1")
