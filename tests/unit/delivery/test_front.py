"""The front: who gets a page out of the store, what they get, and how often it is drawn for that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from broadsheet.delivery.addresses import Key, Stored, key_of
from broadsheet.delivery.asgi import Busy, Header, Receive, Scope, Send, answer_plainly
from broadsheet.delivery.changes import TRUSTED_FOR, Change, Feed
from broadsheet.delivery.front import MOMENT, Finish, Front, Outcome
from broadsheet.delivery.pages import ASK_AGAIN
from broadsheet.delivery.shown import Showing
from broadsheet.delivery.store import Store
from tests.wire import Got, Wire, ask

HTML: Header = (b"content-type", b"text/html; charset=utf-8")
COOKIES = ("sessionid", "broadsheet_guest", "messages")
WORDS = "The last boat leaves at nine. " * 50


class Paper:
    """A front with a newspaper behind it that counts what it is asked for; its clock is moved by the tests alone."""

    def __init__(self, room: int = 10_000_000) -> None:
        self.time = 1_000.0
        self.patience = 100_000  # looks at the clock
        self.state = "first"
        self.drawn: list[Key] = []
        self.led_on: list[str] = []
        self.answer: tuple[int, list[Header], bytes | None] | None = None
        self.topics = {"article:1"}
        self.hold: Callable[[], Awaitable[object]] | None = None
        self.fails: BaseException | None = None
        self.feed = Feed(clock=self.clock)
        self.store = Store(room)
        self.feed.tell(self.store)
        self.looks()
        self.front = Front(
            self.elsewhere,
            self.draw,
            store=self.store,
            feed=self.feed,
            key_of=lambda asked: key_of(asked, ["testserver"], self.stored),
            private_cookies=COOKIES,
            clock=self.clock,
        )

    def clock(self) -> float:
        self.patience -= 1
        assert self.patience, "somebody asks for the time without a pause"
        return self.time

    def looks(self) -> None:
        """Let the feed look now."""
        self.feed.looked_at = self.time

    def changes(self, topic: str = "article:1", state: str = "changed") -> None:
        """Change something, and let the feed tell of it."""
        self.state = state
        self.store.moved([Change(1, topic, 1, "published")])
        self.looks()

    @staticmethod
    def stored(path: str) -> Stored | None:
        return None if path.startswith("/admin/") else Stored(keyed=("page",), personal=("told",))

    async def elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.led_on.append(scope["path"])
        await answer_plainly(send, 200, "from Django")

    async def draw(self, key: Key, showing: Showing, finish: Finish) -> Outcome:
        self.drawn.append(key)
        state = self.state
        if self.hold:
            await self.hold()
        if self.fails:
            raise self.fails
        showing.topics |= self.topics
        return finish(*(self.answer or (200, [HTML], f"{state} {key.path}?{key.query} {WORDS}".encode())))

    def ask(self, target: str = "/ferry/", **about: Any) -> Got:
        return ask(self.front, target, **about)


@pytest.fixture
def paper() -> Paper:
    return Paper()


class TestStrangers:
    def test_get_a_page_that_was_drawn_once(self, paper: Paper) -> None:
        answers = [paper.ask() for _ in range(5)]
        assert {answer.text[:15] for answer in answers} == {"first /ferry/? "}
        assert len(paper.drawn) == 1
        assert paper.led_on == []

    def test_in_the_form_they_take(self, paper: Paper) -> None:
        for accepted, encoding in (("br, gzip", "br"), ("gzip", "gzip"), ("", None), ("zstd", None)):
            answer = paper.ask(headers=[("Accept-Encoding", accepted)])
            assert answer.headers.get("content-encoding") == encoding
            assert answer.text.startswith("first /ferry/")
            assert answer.headers["content-length"] == str(len(answer.body))
            assert answer.headers["vary"] == "Cookie, Accept-Encoding"
            assert answer.headers["cache-control"] == ASK_AGAIN
        assert len(paper.drawn) == 1

    def test_or_the_word_that_theirs_is_true(self, paper: Paper) -> None:
        tag = paper.ask(headers=[("Accept-Encoding", "br")]).headers["etag"]
        for known in (tag, f'"x", W/{tag}', "*"):
            answer = paper.ask(headers=[("Accept-Encoding", "br"), ("If-None-Match", known)])
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
            assert answer.headers["vary"] == "Cookie, Accept-Encoding"
        another_form = paper.ask(headers=[("Accept-Encoding", "gzip"), ("If-None-Match", tag)])
        assert another_form.status == 200
        paper.changes()
        paper.time += MOMENT
        paper.looks()
        assert paper.ask(headers=[("Accept-Encoding", "br"), ("If-None-Match", tag)]).status == 200

    def test_by_the_time_too_once_that_tells_versions_apart(self, paper: Paper) -> None:
        assert "last-modified" not in paper.ask().headers
        paper.time += 3
        paper.looks()
        modified = paper.ask().headers["last-modified"]
        assert paper.ask(headers=[("If-Modified-Since", modified)]).status == 304
        assert paper.ask(headers=[("If-Modified-Since", "Sat, 01 Jan 2039 00:00:00 GMT")]).status == 200
        both = [("If-Modified-Since", modified), ("If-None-Match", '"another"')]
        assert paper.ask(headers=both).status == 200

    def test_head_gets_the_head_and_leaves_the_page_for_others(self, paper: Paper) -> None:
        first = paper.ask(method="HEAD")
        assert (first.status, first.body, first.is_whole) == (200, b"", True)
        page = paper.ask()
        assert page.text.startswith("first /ferry/")
        assert first.headers == page.headers
        assert paper.ask(method="HEAD").body == b""
        assert len(paper.drawn) == 1

    def test_cookies_of_others_make_nobody_known(self, paper: Paper) -> None:
        for cookies in ("_ga=GA1.2; theme=dark", "csrftoken=x", "", "my_sessionid=1; messages2=2", "a-messages=1"):
            paper.ask(headers=[("Cookie", cookies)])
        assert (len(paper.drawn), paper.led_on) == (1, [])

    def test_pages_differ_by_what_is_known_of_the_query_and_by_nothing_else(self, paper: Paper) -> None:
        for target in ("/ferry/", "/ferry/?utm_source=mail", "/ferry/?fbclid=1&x=<script>", "/ferry/?", "/%66erry/"):
            assert paper.ask(target).text.startswith("first /ferry/? ")
        for target in ("/ferry/?page=2", "/ferry/?page=1&page=2", "/ferry/?utm=1&page=2", "/ferry/?p%61ge=2"):
            assert paper.ask(target).text.startswith("first /ferry/?page=2 ")
        assert [key.query for key in paper.drawn] == ["", "page=2"]


class TestEverybodyElse:
    @pytest.mark.parametrize(
        "about",
        [
            {"headers": [("Cookie", "sessionid=abc")]},
            {"headers": [("Cookie", "a=1; broadsheet_guest=x:y:z; b=2")]},
            {"headers": [("Cookie", "messages=")]},
            {"headers": [("Cookie", "a=1;;sessionid =abc")]},
            {"headers": [("Cookie", "a=1;\u00a0sessionid=abc")]},
            {"headers": [("Cookie", "my_sessionid=1;sessionid=abc")]},
            {"headers": [("Cookie", "a=1"), ("Cookie", "sessionid=abc")]},
            {"headers": [("Authorization", "Bearer x")]},
            {"headers": [("Authorization", "")]},
            {"headers": [("Content-Length", "5")]},
            {"headers": [("Transfer-Encoding", "chunked")]},
            {"headers": [("Host", "testserver")]},
            {"host": "elsewhere.example"},
            {"host": "testserver:80"},
            {"host": ""},
            {"method": "POST"},
            {"method": "PUT"},
            {"method": "OPTIONS"},
            {"method": "get"},
            {"target": "/admin/"},
            {"target": "/ferry/?told=yes"},
            {"target": "//ferry/"},
            {"target": "/ferry%2f../"},
        ],
        ids=str,
    )
    def test_is_led_on_and_leaves_nothing_behind(self, paper: Paper, about: dict[str, Any]) -> None:
        target = about.pop("target", "/ferry/")
        for _ in range(2):
            assert paper.ask(target, **about).text == "from Django\n"
        assert (len(paper.led_on), paper.drawn, len(paper.store)) == (2, [], 0)

    @pytest.mark.parametrize(
        "header",
        ["X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Proto",
         "X-HTTP-Method-Override", "Forwarded", "Accept-Language", "User-Agent", "Range", "Origin", "Referer",
         "Accept"],
    )  # fmt: skip
    def test_what_has_no_part_in_the_key_has_none_in_the_page(self, paper: Paper, header: str) -> None:
        """Django is asked by us, with what is in the key."""
        answer = paper.ask(headers=[(header, "/admin/ evil.example")])
        assert paper.ask().pairs == answer.pairs
        assert paper.drawn == [Key("testserver", "/ferry/", "")]

    def test_proxies_may_say_in_two_lines_who_asked_them(self, paper: Paper) -> None:
        headers = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "10.0.0.1"), ("Accept-Encoding", "gzip")]
        answer = paper.ask(headers=[*headers, ("Accept-Encoding", "br")])
        assert answer.headers["content-encoding"] == "br"
        assert paper.led_on == []


class TestTruth:
    def test_what_has_changed_is_drawn_anew(self, paper: Paper) -> None:
        paper.ask()
        paper.time += MOMENT
        paper.changes()
        assert paper.ask().text.startswith("changed")
        assert len(paper.drawn) == 2

    def test_what_others_show_is_not(self, paper: Paper) -> None:
        paper.ask()
        paper.time += MOMENT
        paper.changes("article:2")
        assert paper.ask().text.startswith("first")

    def test_a_page_that_changes_all_the_time_is_drawn_a_few_times_a_second(self, paper: Paper) -> None:
        for number in range(100):  # ten seconds, a change and a reader every tenth of one
            paper.changes(state=f"state-{number:02}")
            text = paper.ask().text
            shown = int(text[6:8])
            assert (number - shown) * 0.1 < MOMENT
            paper.time += 0.1
        assert len(paper.drawn) <= 10 / MOMENT

    def test_without_a_feed_that_looks_nothing_is_trusted(self, paper: Paper) -> None:
        paper.ask()
        paper.time += TRUSTED_FOR
        paper.state = "changed unnoticed"
        assert paper.ask().text.startswith("changed unnoticed")
        paper.time += MOMENT
        paper.state = "changed again"
        assert paper.ask().text.startswith("changed again")

    def test_nor_after_it_has_lost_track(self, paper: Paper) -> None:
        paper.ask()
        paper.time += MOMENT
        paper.looks()
        paper.store.lost_track()
        paper.state = "changed"
        assert paper.ask().text.startswith("changed")

    def test_what_changes_while_it_is_drawn_is_drawn_again(self, paper: Paper) -> None:
        async def change() -> None:
            paper.hold = None
            paper.changes(state="changed")

        paper.hold = change
        assert paper.ask().text.startswith("first")
        paper.time += MOMENT
        paper.looks()
        assert paper.ask().text.startswith("changed")

    def test_no_page_outlives_its_time(self, paper: Paper) -> None:
        paper.ask()
        paper.time += 3_599
        paper.looks()
        paper.ask()
        assert len(paper.drawn) == 1
        paper.time += 2
        paper.looks()
        paper.ask()
        assert len(paper.drawn) == 2


class TestCrowds:
    def crowd(self, paper: Paper, readers: int, *, meanwhile: Callable[[], object] = lambda: None) -> list[Got]:
        """Let many ask while the page is being drawn."""

        async def all_at_once() -> list[Got]:
            begun, goes_on = asyncio.Event(), asyncio.Event()

            async def hold() -> None:
                begun.set()
                await goes_on.wait()

            paper.hold = hold
            asked = [asyncio.ensure_future(Wire("/ferry/").ask(paper.front)) for _ in range(readers)]
            await begun.wait()
            await asyncio.sleep(0)
            meanwhile()
            goes_on.set()
            return await asyncio.gather(*asked)

        return asyncio.run(all_at_once())

    def test_a_thousand_readers_of_a_page_that_just_changed_have_it_drawn_once(self, paper: Paper) -> None:
        paper.ask()
        paper.time += MOMENT
        paper.changes()
        answers = self.crowd(paper, 1_000)
        assert {answer.text[:8] for answer in answers} == {"changed "}
        assert len(paper.drawn) == 2

    def test_so_have_those_of_a_page_that_is_not_there(self, paper: Paper) -> None:
        paper.answer = (404, [HTML], b"none")
        assert {(answer.status, answer.text) for answer in self.crowd(paper, 100)} == {(404, "none")}
        assert len(paper.drawn) == 1
        assert len(paper.store) == 0
        paper.ask()
        assert len(paper.drawn) == 2

    def test_and_of_one_that_fails(self, paper: Paper) -> None:
        paper.answer = (500, [HTML, (b"cache-control", b"no-store")], b"failed")
        assert {answer.status for answer in self.crowd(paper, 100)} == {500}
        assert len(paper.drawn) == 1

    def test_too_much_to_do_is_said_to_all_who_wait(self, paper: Paper) -> None:
        paper.fails = Busy()
        assert {answer.status for answer in self.crowd(paper, 10)} == {503}
        paper.fails = None
        assert paper.ask().status == 200

    def test_who_comes_late_takes_what_is_drawn_only_if_it_is_still_true(self, paper: Paper) -> None:
        async def late(changes: bool) -> Got:
            begun, goes_on = asyncio.Event(), asyncio.Event()

            async def hold() -> None:
                paper.hold = None
                begun.set()
                await goes_on.wait()

            paper.hold = hold
            first = asyncio.ensure_future(Wire("/ferry/").ask(paper.front))
            await begun.wait()
            paper.time += MOMENT
            if changes:
                paper.changes(state="changed")
            paper.looks()
            second = asyncio.ensure_future(Wire("/ferry/").ask(paper.front))
            await asyncio.sleep(0)
            goes_on.set()
            assert (await first).text.startswith("first")
            return await second

        assert asyncio.run(late(changes=False)).text.startswith("first")
        assert len(paper.drawn) == 1
        paper.time += MOMENT
        paper.store.lost_track()
        paper.state, paper.drawn = "first", []
        assert asyncio.run(late(changes=True)).text.startswith("changed")
        assert len(paper.drawn) == 2

    def test_who_comes_as_a_long_drawing_ends_has_it_drawn_anew_and_stops_nobody(self, paper: Paper) -> None:
        """The drawing is done then, and not yet put away: whoever waited for it would wait without a pause."""

        async def at_the_very_end() -> Got:
            begun, goes_on = asyncio.Event(), asyncio.Event()

            async def hold() -> None:
                paper.hold = None
                begun.set()
                await goes_on.wait()

            paper.hold = hold
            first = asyncio.ensure_future(Wire("/ferry/").ask(paper.front))
            await begun.wait()
            paper.changes()
            paper.time += MOMENT
            paper.looks()
            paper.patience = 100
            goes_on.set()
            last = asyncio.ensure_future(Wire("/ferry/").ask(paper.front))
            assert (await first).text.startswith("first")
            return await last

        assert asyncio.run(at_the_very_end()).text.startswith("changed")
        assert len(paper.drawn) == 2

    def test_a_reader_who_goes_takes_the_page_from_nobody(self, paper: Paper) -> None:
        async def leave() -> Got:
            goes_on = asyncio.Event()
            paper.hold = goes_on.wait
            first = asyncio.ensure_future(Wire("/ferry/").ask(paper.front))
            second = asyncio.ensure_future(Wire("/ferry/").ask(paper.front))
            await asyncio.sleep(0.01)
            first.cancel()
            goes_on.set()
            return await second

        assert asyncio.run(leave()).text.startswith("first")


class TestWhatIsNotKept:
    @pytest.mark.parametrize(
        "header", [(b"set-cookie", b"sessionid=x"), (b"cache-control", b"private, no-store"), (b"vary", b"Accept")]
    )
    def test_an_answer_for_one_is_given_to_none_and_everybody_asks_for_themselves(
        self, paper: Paper, header: Header
    ) -> None:
        paper.answer = (200, [HTML, header], b"rita's own")
        for _ in range(2):
            assert paper.ask().text == "from Django\n"
        assert len(paper.led_on) == 2
        assert len(paper.store) == 0

    @pytest.mark.parametrize("status", [301, 302, 404, 410, 500])
    def test_what_did_not_go_well(self, paper: Paper, status: int) -> None:
        paper.answer = (status, [HTML, (b"location", b"/x/")], b"no")
        for count in (1, 2):
            answer = paper.ask()
            assert (answer.status, answer.text, answer.headers["content-length"]) == (status, "no", "2")
            assert len(paper.drawn) == count
        assert paper.ask(method="HEAD").body == b""

    def test_a_page_that_does_not_say_what_it_shows(self, paper: Paper) -> None:
        paper.topics = set()
        paper.ask()
        paper.ask()
        assert len(paper.drawn) == 2

    def test_a_stream(self, paper: Paper) -> None:
        paper.answer = (200, [HTML], None)
        assert paper.ask().text == "from Django\n"

    def test_where_there_is_no_room_everything_is_drawn(self) -> None:
        paper = Paper(room=0)
        for _ in range(3):
            assert paper.ask().text.startswith("first")
        assert len(paper.drawn) == 3


def test_wishes_that_are_made_up_do_not_fill_the_memory(paper: Paper) -> None:
    for number in range(2_000):
        paper.ask(headers=[("Accept-Encoding", f"br;q=0.{number}")])
    assert len(paper.front._wishes) <= 500
