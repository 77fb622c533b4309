"""What no program should send gets a 4xx in JSON with a sentence; nothing is written, and nothing breaks."""

from __future__ import annotations

import json
import uuid

import pytest
from django.conf import settings
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, CommentEdit, Thread, Vote
from broadsheet.gate.json_body import BODY_LIMIT
from broadsheet.gate.models import AnsweredKey
from broadsheet.publication.models import ArticlePage, Section
from tests import factories
from tests.cost import counted
from tests.unit.discussion.conftest import Say
from tests.unit.discussion.programs import V1, Answer, ask, bot

pytestmark = pytest.mark.django_db


def rows() -> list[list[object]]:
    """Everything that writing writes."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Comment, CommentEdit, Vote, Thread, Profile, AnsweredKey)
    ]


@pytest.fixture
def ritas(say: Say, rita: User) -> Comment:
    """A comment that Rita may change."""
    return say("before", by=rita.profile)


@pytest.fixture
def operations(article: ArticlePage, say: Say, ritas: Comment) -> list[tuple[str, str]]:
    """Every operation that takes a body."""
    top = say()
    return [
        ("POST", f"/threads/{article.translation_key}/comments"),
        ("POST", f"/comments/{top.public_id}/replies"),
        ("PATCH", f"/comments/{ritas.public_id}"),
        ("PUT", f"/comments/{top.public_id}/vote"),
        ("POST", "/preview"),
    ]


DEEP = 100_000
NO_JSON = {
    "nothing": b"",
    "white space": b" \n",
    "no JSON": b"body=Words",
    "half of it": b'{"body": "Wor',
    "something behind": b'{"body": "Words"} {}',
    "NaN": b'{"body": "Words", "value": NaN}',
    "Infinity": b'{"body": "Words", "value": -Infinity}',
    "beyond all bounds": b'{"body": "Words", "value": 1e400}',
    "beyond all bounds below": b'{"body": "Words", "value": -1e400}',
    "digits without end": b'{"body": "Words", "value": ' + b"9" * 10_000 + b"}",
    "a name twice": b'{"body": "Words", "body": "Others", "value": 1}',
    "a name twice within": b'{"body": "Words", "value": {"a": 1, "a": 1}}',
    "lists without end": b"[" * DEEP,
    "lists that end": b"[" * DEEP + b"]" * DEEP,
    "objects without end": b'{"body":' * (DEEP // 4),
    "broken UTF-8": b'{"body": "r\xe9sum\xe9"}',
    "UTF-16": '{"body": "Words"}'.encode("utf-16"),
    "UTF-32": '{"body": "Words"}'.encode("utf-32-le"),
    "a byte order mark": b'\xef\xbb\xbf{"body": "Words"}',
    "half a character in bytes": b'{"body": "\xed\xa0\xbd"}',
    "overlong": b'{"body": "\xc0\xaf"}',
    "a line end in a text": b'{"body": "Wor\nds"}',
    "a NUL": b'{"body": "Words"}\x00',
    "comments": b'{"body": "Words"} // yes',
    "single quotes": b"{'body': 'Words'}",
}


def test_what_is_no_json(operations: list[tuple[str, str]], rita: User) -> None:
    program, before = bot(rita), rows()
    for name, body in NO_JSON.items():
        for method, path in operations:
            answer = ask(program, method, path, body)
            assert (answer.status, answer.code) == (400, "json-unreadable"), f"{name}: {path}"
    assert rows() == before


UNFIT: list[object] = [
    None, [], [1], "Words", 1, True, {}, {"body": None}, {"body": 1}, {"body": 1.5}, {"body": True},
    {"body": ["Words"]},
    {"body": {"text": "Words"}}, {"Body": "Words"}, {"body ": "Words"}, {"body": "Words", "": ""}, {"\ud800": "x"},
    {"body": "Words", "__proto__": {}}, {"body": "Words", "value": 1, "unknown": None},
]  # fmt: skip


def test_what_is_not_of_its_type(operations: list[tuple[str, str]], rita: User) -> None:
    program, before = bot(rita), rows()
    for body in UNFIT:
        for method, path in operations:
            answer = ask(program, method, path, json.dumps(body).encode())
            assert answer.status == 422, f"{body}: {path}"
            assert answer.code in ("field-unfit", "field-missing", "field-unknown", "no-such-vote"), f"{body}: {path}"
    assert rows() == before


FOREIGN = (
    "parent", "thread", "author", "standing", "is_pinned", "is_pick", "score", "created_at", "id", "public_id", "html",
    "source", "key", "stamp", "website", "tell_me", "client", "scopes", "spam_signs", "user", "is_staff", "language",
)  # fmt: skip


def test_a_field_that_is_nobodys_to_set(operations: list[tuple[str, str]], rita: User) -> None:
    program, before = bot(rita), rows()
    for field in FOREIGN:
        for method, path in operations:
            body = {"value": 1} if path.endswith("/vote") else {"body": "Words"}
            answer = ask(program, method, path, {**body, field: "1"})
            assert (answer.status, answer.code, answer["field"]) == (422, "field-unknown", field)
    assert rows() == before


BODIES = {
    "empty": ("", "text-empty"),
    "white space": (" \n\t", "text-empty"),
    "invisible": ("\u200b\u200d\u2060\u3164", "text-empty"),
    "over the limit": ("x" * (settings.COMMENT_LIMIT + 1), "text-too-long"),
    "far over the limit": ("x" * (BODY_LIMIT - 100), "text-too-long"),
    "too deep": (">" * 500 + " deep", "text-too-deep"),
    "NUL": ("a\x00b", "text-unwanted"),
    "turned around": ("a\u202eb", "text-unwanted"),
    "half a character": ("\ud83d", "text-unwanted"),
    "halves the wrong way": ("\udc00\ud800", "text-unwanted"),
    "HTML": ("<script>alert(1)</script>", "text-html"),
    "a link that runs": ("[x](javascript:alert(1))", "text-link"),
}


def test_words_that_cannot_be_taken(operations: list[tuple[str, str]], rita: User) -> None:
    program, before = bot(rita), rows()
    for name, (body, code) in BODIES.items():
        for method, path in operations:
            if not path.endswith("/vote"):
                answer = ask(program, method, path, {"body": body})
                assert (answer.status, answer.code, answer["field"]) == (422, code, "body"), name
                assert answer["sentence"]
    assert rows() == before


GUESTS: list[tuple[dict[str, object], str, str]] = [
    ({"name": "x" * 61}, "name-too-long", "name"),
    ({"name": "\u202e\u200b"}, "name-missing", "name"),
    ({"name": "Stan", "email": "nobody"}, "email-invalid", "email"),
    ({"name": "Stan", "email": "a@b.example\r\nBcc: all@b.example"}, "email-invalid", "email"),
    ({"name": "Stan", "email": f"{'a' * 250}@b.example"}, "email-invalid", "email"),
    ({"name": "Stan", "email": f"a@{'b.' * 130}example"}, "email-invalid", "email"),
    ({"name": "\ud83d"}, "name-missing", "name"),
    ({"name": "Stan", "email": "\ud83d@b.example"}, "email-invalid", "email"),
    ({"name": None}, "field-unfit", "name"),
    ({"name": 1}, "field-unfit", "name"),
    ({"name": ["Stan"]}, "field-unfit", "name"),
    ({"name": "Stan", "email": False}, "field-unfit", "email"),
]


def test_a_guest_who_cannot_be_one(operations: list[tuple[str, str]], stan: Client) -> None:
    before = rows()
    for fields, code, field in GUESTS:
        for method, path in operations[:2]:
            answer = ask(stan, method, path, {"body": "Words", **fields})
            assert (answer.status, answer.code, answer["field"]) == (422, code, field), fields
    assert rows() == before


NO_VOTES = (
    "2",
    "-2",
    "1.0",
    "1e0",
    "-0.0",
    "null",
    "true",
    "false",
    '"1"',
    '"up"',
    "[1]",
    "{}",
    "1" * 31,
    '"１"',
    '""',
)


def test_a_vote_that_is_none(say: Say, rita: User) -> None:
    path, program, before = f"/comments/{say().public_id}/vote", bot(rita), rows()
    for value in NO_VOTES * 3:
        answer = ask(program, "PUT", path, b'{"value": %s}' % value.encode())
        assert (answer.status, answer.code, answer["field"]) == (422, "no-such-vote", "value"), value
    assert rows() == before


class TestBodies:
    TYPES = ["", "text/plain", "text/html", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
             "application/xml", "application/json-patch+json", "application/jsonp", "json"]  # fmt: skip

    def test_of_another_type(self, operations: list[tuple[str, str]], rita: User) -> None:
        """What a form of another site can send without asking first is none of them either."""
        program, before = bot(rita), rows()
        for content_type in self.TYPES:
            for method, path in operations:
                response = program.generic(
                    method, f"{V1}{path}", b'{"body": "Words"}', content_type=content_type,
                    headers={"Idempotency-Key": "0123456789abcdef"},
                )  # fmt: skip
                assert (response.status_code, Answer(response).code) == (415, "not-json"), content_type
        assert rows() == before

    def test_may_say_their_characters(self, article: ArticlePage, rita: User) -> None:
        for content_type in ("application/json; charset=utf-8", "Application/JSON"):
            response = bot(rita).post(
                f"{V1}/threads/{article.translation_key}/comments", b'{"body": "Words"}', content_type=content_type,
                headers={"Idempotency-Key": "0123456789abcdef"},
            )  # fmt: skip
            assert response.status_code == 201

    @pytest.mark.parametrize("size", [BODY_LIMIT + 1, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1, 20 * 2**20])
    def test_that_are_huge(self, operations: list[tuple[str, str]], rita: User, size: int) -> None:
        program, before, body = bot(rita), rows(), b'{"body": "' + b"x" * size + b'"}'
        for method, path in operations:
            with counted() as cost:
                answer = ask(program, method, path, body)
            assert cost.cpu < 2
            assert (answer.status, answer.code) == (413, "too-large")
        assert rows() == before

    def test_that_are_slow_to_read_are_not_slow(self, operations: list[tuple[str, str]], rita: User) -> None:
        program = bot(rita)
        room = BODY_LIMIT - 100
        for body in (
            b'{"body": "' + b"\\ud83d\\udc00" * (room // 12) + b'"}',
            b'{"body": "' + "\u0301\u0323".encode() * (room // 4) + b'"}',
            b"{" + b",".join(b'"%d": 1' % number for number in range(room // 12)) + b"}",
            b"[" + b"[]," * (room // 3) + b"[]]",
        ):
            with counted() as cost:
                answer = ask(program, *operations[0], body)
            assert 400 <= answer.status < 500
            assert cost.cpu < 2


LIMITS = ["0", "-1", "101", "1" + "0" * 30, "1" * 5_000, "１０", "٥", "1_0", "+5", " 5", "5 ", "05", "1.0",
          "1e1", "0x10", "NaN", "", "null", "true", "5\x00", "²", "10;--"]  # fmt: skip
CURSORS = ["", "nobody", "bcdfghjkmnpq", "../../x", "b' OR 1=1", "\x00", "b\x00dfghjkmnpq", "x" * 10_000,
           "BCDFGHJKMNPQ", "bcdfghjkmnpq.0", "bcdfghjkmnpq.", ".", "bcdfghjkmnp", "bcdfghjkmnpqq", "١", "\U0001f991",
           "%00", "null"]  # fmt: skip


class TestParameters:
    def test_limits(self, article: ArticlePage, say: Say, stan: Client) -> None:
        top = say()
        comments = f"/threads/{article.translation_key}/comments"
        for path in (comments, f"/comments/{top.public_id}/replies", f"/comments/{top.public_id}/branch"):
            for limit in LIMITS:
                answer = ask(stan, "GET", path, limit=limit)
                assert (answer.status, answer.code, answer["field"]) == (422, "no-such-limit", "limit"), limit[:40]

    def test_orders(self, article: ArticlePage, stan: Client) -> None:
        for order in ("", "best", "NEWEST", "newest ", "score", "-created_at", "id; DROP TABLE", "\x00"):
            answer = ask(stan, "GET", f"/threads/{article.translation_key}/comments", order=order)
            assert (answer.status, answer.code) == (404, "no-such-order"), order

    def test_cursors(self, article: ArticlePage, say: Say, stan: Client) -> None:
        top = say()
        say("an answer", to=top)
        for after in CURSORS:
            for order in ("newest", "oldest", "most-voted"):
                path = f"/threads/{article.translation_key}/comments"
                assert ask(stan, "GET", path, order=order, after=after).code == "no-such-page", after[:40]
            for rest in ("replies", "branch"):
                path = f"/comments/{top.public_id}/{rest}"
                assert ask(stan, "GET", path, after=after).code == "no-such-page", after[:40]

    def test_cursors_of_another_list(self, say: Say, section: Section, article: ArticlePage, stan: Client) -> None:
        top, other_top = say(), say()
        reply, deeper = say("a", to=top), say("b", to=other_top)
        other = factories.make_article(section, "The other story")
        foreign = say(where=Thread.objects.create(translation_key=other.translation_key))
        comments = f"/threads/{article.translation_key}/comments"
        for path, after, order in (
            (comments, foreign.public_id, "newest"),
            (comments, reply.public_id, "newest"),
            (comments, f"{top.public_id}.0", "newest"),
            (comments, top.public_id, "most-voted"),
            (comments, f"{foreign.public_id}.0", "most-voted"),
            (comments, f"{top.public_id}.{'9' * 30}", "most-voted"),
            (comments, f"{top.public_id}.00", "most-voted"),
            (comments, f"{top.public_id}.-0", "most-voted"),
            (comments, f"{top.public_id}.１", "most-voted"),
        ):
            assert ask(stan, "GET", path, order=order, after=after).code == "no-such-page", (path, after)
        for rest in ("replies", "branch"):
            for after in (top.public_id, other_top.public_id, deeper.public_id, foreign.public_id):
                assert ask(stan, "GET", f"/comments/{top.public_id}/{rest}", after=after).code == "no-such-page"

    def test_that_nobody_asks_for(self, article: ArticlePage, say: Say, stan: Client) -> None:
        top = say()
        for path in (f"/threads/{article.translation_key}", f"/threads/{article.translation_key}/comments", "/me",
                     f"/comments/{top.public_id}", f"/comments/{top.public_id}/replies"):  # fmt: skip
            for query in (
                "page=2",
                "offset=10",
                "ordr=newest",
                "after[]=x",
                "limit=5&limit=6",
                "=",
                "\ud800=1".encode("utf-8", "surrogatepass").decode("latin-1"),
            ):
                answer = Answer(stan.get(f"{V1}{path}?{query}"))
                assert (answer.status, answer.code) == (422, "parameter-unknown"), query

    def test_without_end(self, article: ArticlePage, stan: Client) -> None:
        query = "&".join(f"a{number}=1" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
        answer = Answer(stan.get(f"{V1}/threads/{article.translation_key}?{query}"))
        assert (answer.status, answer.code) == (400, "bad-request")


class TestAddresses:
    NOWHERE = ["threads", "threads/", "threads/x", "threads/{KEY}", "threads/{key}/", "threads/{key}/comments/",
         "threads/{hex}", "threads/{{{key}}}", "comments", "comments//", "comments/a/b", "comments/{id}/",
         "comments/{id}/vote/", "openapi.json/", "me/", "docs", "v2", "%2e%2e/", "%00", "\u0664"]  # fmt: skip

    def test_that_do_not_exist(self, say: Say, article: ArticlePage, stan: Client) -> None:
        key, public_id = str(article.translation_key), say().public_id
        for pattern in self.NOWHERE:
            path = pattern.format(key=key, KEY=key.upper(), hex=key.replace("-", ""), id=public_id)
            for method in ("GET", "POST", "DELETE"):
                answer = Answer(stan.generic(method, f"{V1}/{path}", b"{}", content_type="application/json"))
                assert (answer.status, answer.code) == (404, "no-such-address"), f"{method} {path}"
                assert answer["sentence"]

    def test_of_what_does_not_exist(self, publication: object, stan: Client) -> None:
        ids = ("bcdfghjkmnpq", "1", "b%00dfghjkmnpq", "%F0%9F%A6%91", "x" * 5000, "1'--")
        keys = (uuid.UUID(int=0), uuid.uuid4())
        for path in (*(f"/threads/{key}/comments" for key in keys), *(f"/comments/{one}" for one in ids)):
            assert ask(stan, "GET", path).code == "not-found"

    def test_with_methods_they_do_not_take(self, article: ArticlePage, stan: Client) -> None:
        paths = ("/api/", f"{V1}/me", f"{V1}/openapi.json", f"{V1}/threads/{article.translation_key}")
        for method in ("OPTIONS", "TRACE", "CONNECT", "LINK", "BREW", "PUT", "POST"):
            for path in paths:
                answer = Answer(stan.generic(method, path, b"{}", content_type="application/json"))
                assert (answer.status, answer.code) == (405, "method-not-allowed"), f"{method} {path}"
                assert answer.response["Allow"] == "GET, HEAD"

    def test_are_asked_for_their_head(self, say: Say, article: ArticlePage, stan: Client) -> None:
        for path in (
            "me",
            f"threads/{article.translation_key}/comments",
            f"comments/{say().public_id}",
            "openapi.json",
        ):
            got, head = (getattr(stan, name)(f"{V1}/{path}") for name in ("get", "head"))
            assert (head.status_code, head.content) == (200, b"")
            assert head["Content-Length"] == str(len(got.content))

    def test_on_a_host_that_is_not_ours(self, stan: Client) -> None:
        answer = Answer(stan.get(f"{V1}/me", headers={"Host": "evil.example"}))
        assert (answer.status, answer.code) == (400, "bad-request")


NO_TOKENS = ["", "x", "broadsheet_", "broadsheet_" + "x" * 40, "broadsheet_" + "x" * 10_000,
     "broadsheet_' OR 1=1 --" + "x" * 20, "broadsheet_" + "\xff" * 40, "a b c", "null"]  # fmt: skip


def test_a_token_that_is_none(publication: object, stan: Client) -> None:
    for token in NO_TOKENS:
        for scheme in ("Bearer", "bearer", "BEARER"):
            answer = ask(stan, "GET", "/me", headers={"Authorization": f"{scheme} {token}"})
            assert (answer.status, answer.code) == (401, "token-unknown"), token[:40]


def test_what_is_meant_for_a_proxy_in_front(publication: object, stan: Client) -> None:
    for header in ("Basic dXNlcjpwYXNz", "Digest x", "bear", "", "\x00", "Bearerbroadsheet"):
        assert ask(stan, "GET", "/me", headers={"Authorization": header})["kind"] == "nobody", header


def test_what_goes_wrong_here_is_said_in_json(
    publication: object, article: ArticlePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug is no refusal; still it is told in JSON, under the number that the log has."""
    monkeypatch.setattr(settings, "ROOT_URLCONF", "tests.unit.discussion.broken_urls")
    answer = Answer(Client(raise_request_exception=False).get("/api/broken"))
    assert (answer.status, answer.code) == (500, "failed")
    assert answer.response["X-Request-ID"] in answer["sentence"]
