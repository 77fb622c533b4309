"""Who gets what from the API: the cast, and their programs, at every address of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from broadsheet.accounts.models import ApiToken, User
from broadsheet.discussion.models import Comment, Thread
from broadsheet.publication.models import ArticlePage
from broadsheet.site.api import openapi_document
from tests.unit.discussion.conftest import Decide, Say
from tests.unit.discussion.programs import V1, ask, bot

pytestmark = pytest.mark.django_db

CAST = ("as_ed", "as_mo", "as_tess", "as_rita", "as_gus", "stan", "bot_of_rita", "reading_bot_of_rita")
READS = "reading_bot_of_rita"


@dataclass
class Scene:
    """Gus has said something in every standing, Rita something; of what was removed one has an answer."""

    published: Comment
    held: Comment
    rejected: Comment
    removed: Comment
    tombstone: Comment
    ritas: Comment
    article: ArticlePage

    def path(self, endpoint: str) -> str:
        """The path that an endpoint's pattern means here."""
        name, _, rest = endpoint.partition("/")
        if name == "thread":
            return f"/threads/{self.article.translation_key}/{rest}".rstrip("/")
        if name in Scene.__annotations__:
            return f"/comments/{getattr(self, name).public_id}/{rest}".rstrip("/")
        return f"/{endpoint}"


@pytest.fixture
def scene(say: Say, decide: Decide, article: ArticlePage, thread: Thread, rita: User) -> Scene:
    """The thread with a comment in every standing."""
    names = ("published", "held", "rejected", "removed", "tombstone")
    comments = {name: say(name, held=name in ("held", "rejected")) for name in names}
    say("an answer", to=comments["tombstone"])
    decide(comments["rejected"], "rejected", "It sells boats.")
    decide(comments["removed"], "removed")
    decide(comments["tombstone"], "removed")
    return Scene(**comments, ritas=say("ritas", by=rita.profile), article=article)


@pytest.fixture
def bot_of_rita(rita: User) -> Client:
    """A program that may write in Rita's name."""
    return bot(rita)


@pytest.fixture
def reading_bot_of_rita(rita: User) -> Client:
    """A program that may read what Rita reads."""
    return bot(rita, ApiToken.Right.READ)


NEW, EDIT, VOTE = {"body": "Words.", "name": "Gus"}, {"body": "Other words."}, {"value": 1}
# What everybody gets, and who gets something else.
TABLE: list[tuple[str, str, object, int, dict[str, int]]] = [
    ("GET", "me", None, 200, {}),
    ("POST", "me", {}, 405, {}),
    ("GET", "threads/at", None, 422, {}),
    ("GET", "thread/", None, 200, {}),
    ("HEAD", "thread/", None, 200, {}),
    ("DELETE", "thread/", None, 405, {}),
    ("GET", "thread/comments", None, 200, {}),
    ("POST", "thread/comments", NEW, 201, {READS: 403}),
    ("PUT", "thread/comments", NEW, 405, {}),
    ("GET", "published/", None, 200, {}),
    ("PATCH", "published/", EDIT, 403, {"as_gus": 200}),
    ("DELETE", "published/", None, 403, {"as_gus": 204}),
    ("GET", "published/replies", None, 200, {}),
    ("POST", "published/replies", NEW, 201, {READS: 403}),
    ("GET", "published/branch", None, 200, {}),
    ("PUT", "published/vote", VOTE, 200, {"as_gus": 403, READS: 403}),
    ("GET", "published/vote", None, 405, {}),
    ("PATCH", "ritas/", EDIT, 403, {"as_rita": 200, "bot_of_rita": 200}),
    ("DELETE", "ritas/", None, 403, {"as_rita": 204, "bot_of_rita": 204}),
    ("PUT", "ritas/vote", VOTE, 200, {"as_rita": 403, "bot_of_rita": 403, READS: 403}),
    ("GET", "held/", None, 404, {"as_gus": 200}),
    ("PATCH", "held/", EDIT, 404, {"as_gus": 200, READS: 403}),
    ("DELETE", "held/", None, 404, {"as_gus": 204, READS: 403}),
    ("GET", "held/replies", None, 404, {"as_gus": 200}),
    ("POST", "held/replies", NEW, 404, {"as_gus": 409, READS: 403}),
    ("GET", "held/branch", None, 404, {"as_gus": 200}),
    ("PUT", "held/vote", VOTE, 404, {"as_gus": 409, READS: 403}),
    ("GET", "rejected/", None, 404, {}),
    ("POST", "rejected/replies", NEW, 404, {READS: 403}),
    ("PATCH", "rejected/", EDIT, 404, {READS: 403}),
    ("GET", "removed/", None, 404, {}),
    ("DELETE", "removed/", None, 404, {READS: 403}),
    ("PUT", "removed/vote", VOTE, 404, {READS: 403}),
    ("GET", "tombstone/", None, 200, {}),
    ("GET", "tombstone/replies", None, 200, {}),
    ("POST", "tombstone/replies", NEW, 409, {READS: 403}),
    ("PATCH", "tombstone/", EDIT, 403, {"as_gus": 409}),
    ("DELETE", "tombstone/", None, 403, {"as_gus": 409}),
    ("PUT", "tombstone/vote", VOTE, 409, {READS: 403}),
    ("POST", "preview", EDIT, 200, {READS: 403}),
    ("GET", "preview", None, 405, {}),
    ("GET", "no/such/thing", None, 404, {}),
    ("POST", "no/such/thing", {}, 404, {}),
]


@pytest.mark.parametrize(
    ("method", "endpoint", "body", "usual", "others"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE]
)
def test_who_gets_what(
    scene: Scene,
    request: pytest.FixtureRequest,
    method: str,
    endpoint: str,
    body: object,
    usual: int,
    others: dict[str, int],
) -> None:
    # Who may do it goes last: afterwards it is done.
    for who in sorted(CAST, key=lambda who: others.get(who, usual) < 300):
        client: Client = request.getfixturevalue(who)
        before = Comment.objects.count()
        answer = ask(client, method, scene.path(endpoint), body)
        expected = others.get(who, usual)
        assert answer.status == expected, f"{who}: {answer.response.content!r}"
        assert Comment.objects.count() == before + (expected == 201)
        secrets = {"held", "rejected", "removed", "tombstone"} - ({"held"} if who == "as_gus" else set())
        for secret in secrets:
            assert f"<p>{secret}</p>" not in answer.response.content.decode()


def test_the_table_asks_for_every_operation(scene: Scene) -> None:
    asked = {(method, scene.path(endpoint)) for method, endpoint, *_ in TABLE}
    ids = {getattr(scene, name).public_id for name in Scene.__annotations__ if name != "article"}
    for template, operations in openapi_document()["paths"].items():
        for method in operations:
            paths = {template.removeprefix(V1).replace("{public_id}", one) for one in ids}
            paths = {path.replace("{key}", str(scene.article.translation_key)) for path in paths}
            assert any((method.upper(), path) in asked for path in paths), f"{method} {template}"


def test_a_missing_comment_and_one_that_is_not_for_me_look_alike(scene: Scene, stan: Client) -> None:
    hidden = [scene.held.public_id, scene.rejected.public_id, scene.removed.public_id, "bcdfghjkmnpq"]
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/replies", None),
        ("GET", "/branch", None),
        ("POST", "/replies", NEW),
        ("PATCH", "", EDIT),
        ("DELETE", "", None),
        ("PUT", "/vote", VOTE),
    ):
        answers = {ask(stan, method, f"/comments/{one}{rest}", body).response.content for one in hidden}
        assert len(answers) == 1, (method, rest)


def test_a_cursor_never_leads_to_what_was_never_for_everybody(scene: Scene, say: Say, stan: Client) -> None:
    held_reply = say("unseen", to=scene.published, held=True)
    for hidden in (scene.held, scene.rejected):
        assert ask(stan, "GET", scene.path("thread/comments"), after=hidden.public_id).code == "no-such-page"
    for rest in ("replies", "branch"):
        path = scene.path(f"published/{rest}")
        assert ask(stan, "GET", path, after=held_reply.public_id).code == "no-such-page"


def test_an_article_that_nobody_may_read_has_no_discussion(scene: Scene, stan: Client, as_ed: Client) -> None:
    scene.article.unpublish()
    for client in (stan, as_ed):
        for endpoint in ("thread/", "thread/comments", "published/", "published/replies", "published/branch"):
            assert ask(client, "GET", scene.path(endpoint)).code == "not-found"
        assert ask(client, "POST", scene.path("thread/comments"), NEW).code == "not-found"
        assert ask(client, "PUT", scene.path("published/vote"), VOTE).code == "not-found"
        assert ask(client, "GET", "/threads/at", path=scene.article.url).code == "not-found"
