"""Who gets what: the cast at every address of a discussion."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile
from broadsheet.discussion.models import Comment, Thread
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, Say

pytestmark = pytest.mark.django_db

CAST = ("as_ed", "as_mo", "as_tess", "as_rita", "as_gus", "stan")


@dataclass
class Scene:
    """Gus has said something in every standing; one of what was removed has an answer."""

    published: Comment
    held: Comment
    rejected: Comment
    removed: Comment
    tombstone: Comment
    article: ArticlePage

    def url(self, endpoint: str) -> str:
        """The address that an endpoint's pattern means here."""
        name, _, rest = endpoint.partition("/")
        if name == "thread":
            return f"/threads/{self.article.translation_key}/{rest}"
        return f"/comments/{getattr(self, name).public_id}/{rest}"


@pytest.fixture
def scene(say: Say, decide: Decide, article: ArticlePage, thread: Thread) -> Scene:
    """The thread with a comment in every standing."""
    comments = {
        name: say(name, held=name in ("held", "rejected")) for name in Scene.__annotations__ if name != "article"
    }
    say("an answer", to=comments["tombstone"])
    decide(comments["rejected"], "rejected", "It sells boats.")
    decide(comments["removed"], "removed")
    decide(comments["tombstone"], "removed")
    return Scene(**comments, article=article)


# What everybody gets, and who gets something else.
TABLE: list[tuple[str, str, int, dict[str, int]]] = [
    ("GET", "thread/", 200, {}),
    ("GET", "thread/?order=oldest", 200, {}),
    ("POST", "thread/", 405, {}),
    ("GET", "thread/comments/", 200, {}),
    ("POST", "thread/comments/", 303, {}),
    ("GET", "published/", 200, {}),
    ("POST", "published/", 405, {}),
    ("GET", "published/reply/", 200, {}),
    ("POST", "published/reply/", 303, {}),
    ("GET", "held/", 404, {"as_gus": 200}),
    ("GET", "held/reply/", 404, {"as_gus": 409}),
    ("POST", "held/reply/", 404, {"as_gus": 409}),
    ("GET", "rejected/", 404, {}),
    ("GET", "rejected/reply/", 404, {}),
    ("POST", "rejected/reply/", 404, {}),
    ("GET", "removed/", 404, {}),
    ("GET", "removed/reply/", 404, {}),
    ("POST", "removed/reply/", 404, {}),
    ("GET", "tombstone/", 200, {}),
    ("GET", "tombstone/reply/", 409, {}),
    ("POST", "tombstone/reply/", 409, {}),
    ("GET", "published/moderate/", 404, {"as_ed": 200, "as_mo": 200}),
    ("GET", "tombstone/moderate/", 404, {"as_ed": 200, "as_mo": 200}),
    ("GET", "held/moderate/", 404, {}),
    ("GET", "rejected/moderate/", 404, {}),
    ("GET", "removed/moderate/", 404, {}),
    ("GET", "published/moderate/pin/", 405, {}),
    ("POST", "held/moderate/pick/", 404, {}),
    ("POST", "tombstone/moderate/pick/", 404, {"as_ed": 409, "as_mo": 409}),
]


@pytest.mark.parametrize(("method", "endpoint", "usual", "others"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_who_gets_what(
    scene: Scene, request: pytest.FixtureRequest, method: str, endpoint: str, usual: int, others: dict[str, int]
) -> None:
    for who in CAST:
        client: Client = request.getfixturevalue(who)
        before = Comment.objects.count()
        response = client.generic(
            method,
            scene.url(endpoint),
            f"body=Words+of+{who}&name=Gus",
            content_type="application/x-www-form-urlencoded",
        )
        expected = others.get(who, usual)
        assert response.status_code == expected, who
        assert Comment.objects.count() == before + (expected == 303)
        secrets = {"held", "rejected", "removed", "tombstone"} - ({"held"} if who == "as_gus" else set())
        for secret in secrets:
            assert f"<p>{secret}</p>" not in response.content.decode()


def test_a_missing_comment_and_one_that_is_not_for_me_look_alike(scene: Scene, stan: Client) -> None:
    hidden = [scene.held.public_id, scene.rejected.public_id, scene.removed.public_id]
    for rest in ("", "reply/"):
        pages = {
            stan.get(f"/comments/{public_id}/{rest}").content.replace(public_id.encode(), b"")
            for public_id in [*hidden, "bcdfghjkmnpq"]
        }
        assert len(pages) == 1


def test_no_page_begins_at_a_comment_that_was_never_for_everybody(scene: Scene, say: Say, stan: Client) -> None:
    held_reply = say("unseen", to=scene.published, held=True)
    for hidden in (scene.held, scene.rejected):
        for way in ("after", "before"):
            assert stan.get(scene.url("thread/"), {way: hidden.public_id}).status_code == 404
    assert stan.get(scene.url("published/"), {"after": held_reply.public_id}).status_code == 404


def test_what_may_be_read_is_said_once(scene: Scene, gus: Profile) -> None:
    """The rule for many rows and the rule for one at hand agree for every reader and standing."""
    for reader in (None, gus, factories.make_guest("Somebody else")):
        visible = set(Comment.objects.visible_to(reader))
        assert visible == {comment for comment in Comment.objects.all() if comment.may_be_read_by(reader)}
