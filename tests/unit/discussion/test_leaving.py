"""Somebody who has written here cannot be deleted from under their words."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from broadsheet.accounts.models import User
from broadsheet.discussion.models import Comment
from tests.cast import signed_in
from tests.unit.discussion.conftest import Decide, Say

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_owner(db: None) -> Client:
    """The browser of somebody who may do everything."""
    return signed_in(User.objects.create_superuser("owner@slipway.example", "plankton-og-tang-47"))


def deletion(*users: User) -> list[str]:
    """The addresses at which a user is deleted: alone, and as one of several chosen."""
    chosen = "&".join(f"id={user.pk}" for user in users)
    return [
        reverse("wagtailusers_users:delete", args=[users[0].pk]),
        f"{reverse('wagtail_bulk_action', args=['accounts', 'user', 'delete'])}?{chosen}&next=/admin/users/",
    ]


def test_a_member_with_comments_stays_and_the_editor_is_told_why(say: Say, rita: User, as_owner: Client) -> None:
    say("mine", by=rita)
    for url in deletion(rita):
        page = as_owner.post(url, follow=True)
        assert page.status_code == 200
        assert "Not deleted" in page.content.decode()
    assert User.objects.filter(pk=rita.pk).exists()
    assert Comment.objects.get().author == rita.profile


def test_a_moderator_who_has_decided_stays(say: Say, decide: Decide, mo: User, as_owner: Client) -> None:
    decide(say(), "removed")
    for url in deletion(mo):
        assert "Not deleted" in as_owner.post(url, follow=True).content.decode()
    assert User.objects.filter(pk=mo.pk).exists()


@pytest.mark.parametrize("way", [0, 1])
def test_a_member_without_words_goes(rita: User, as_owner: Client, way: int) -> None:
    as_owner.post(deletion(rita)[way])
    assert not User.objects.filter(pk=rita.pk).exists()
