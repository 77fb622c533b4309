"""A publication behind nginx and behind Varnish, each run by the example in docs/operate: caches that never lie."""

from __future__ import annotations

import gzip
import http.client
import re
import secrets
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from broadsheet.accounts.visitor import identifying_cookies
from broadsheet.delivery.purging import SPREAD
from broadsheet.delivery.store import SHORT_CUTS
from broadsheet.publication.colour import DEFAULT_ACCENT, name_of, palette_of
from tests.journeys import fronting
from tests.journeys.fronting import EXAMPLES, HOST, READER, SOON, Answer, InFront
from tests.journeys.serving import DATABASE, Served, copy_home, run
from tests.places import free_port
from tests.waiting import usual

SETTINGS = {
    "BROADSHEET_ADDRESS": f"https://{HOST}",
    "BROADSHEET_TRUSTED_PROXIES": "127.0.0.1",
}
PROMISED = 1.0  # seconds from a change to every reader
READS = 10
OWN = 'value="Gus"'
# Where a telling is lost: a second that the page may be shown, the one that nginx is in already, and what Broadsheet's
# own answer may be behind.
LOST = 2.6
PUBLISH = """
from broadsheet.publication.models import ArticlePage, FrontPage, Section
front = FrontPage.objects.first()
section = front.add_child(instance=Section(title="Harbour", slug="harbour", locale=front.locale))
article = ArticlePage(title="The last ferry", slug="ferry", locale=front.locale, live=False,
                      body=[("text", "<p>It leaves at nine, whoever is late.</p>")])
section.add_child(instance=article)
article.save_revision().publish()
from broadsheet.moderation.models import ModerationPolicy
everything = {"hold": "none", "burst_of_profile": 0, "burst_of_network": 0}
ModerationPolicy.objects.update_or_create(scope="", defaults=everything)
"""
ARTICLE = "/harbour/ferry/"
# Kept for ever: what is forgotten there has not just ended by itself.
COLOURS = f"/publication.css?v={name_of(palette_of(DEFAULT_ACCENT))}"
# Headers that each says of its own answer.
ABOUT_THE_WAY = ("connection", "content-length", "date", "etag", "server", "transfer-encoding")
# The cache asks another process a second later, which has drawn the page in another minute, perhaps.
TIMES = 5
# When a form was given out: by that what two processes have drawn may differ.
STAMP = re.compile(rb'(name="stamp" value=")[^"]+')


@dataclass(frozen=True)
class Stage:
    """A publication that is served, and what stands in front of it."""

    served: Served
    fronts: dict[str, InFront]
    thread: str  # where one posts under the article


@pytest.fixture(scope="module")
def stage(made_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = copy_home(made_home, tmp_path_factory.mktemp("behind") / "home")
    done = run(home, "manage", "shell", "-c", PUBLISH)
    assert done.returncode == 0, done.stderr
    takes_purge = {"varnish": free_port(), "nginx": free_port()}
    caches = ",".join(f"http://127.0.0.1:{port}" for port in takes_purge.values())
    with ExitStack() as stack:
        served = stack.enter_context(Served(home, settings={**SETTINGS, "BROADSHEET_FRONTEND_CACHE": caches}))
        fronts = {}
        for name, start in (("varnish", fronting.varnish), ("nginx", fronting.nginx)):
            folder = tmp_path_factory.mktemp(name)
            fronts[name] = stack.enter_context(start(folder, served.port, takes_purge[name]))
        page = fronts["varnish"].ask(ARTICLE).text
        yield Stage(served, fronts, page.partition('action="/threads/')[2].partition("/")[0])


@pytest.fixture(params=["varnish", "nginx"])
def front(stage: Stage, request: pytest.FixtureRequest) -> InFront:
    return stage.fronts[request.param]


def read_until_hit(front: InFront, path: str = ARTICLE, **headers: str) -> Answer:
    """Read until the cache answers by itself: what expires meanwhile is asked for anew."""
    for _ in range(20):
        answer = front.ask(path, **headers)
        assert answer.status == 200
        if answer.headers["x-cache"] == "HIT":
            return answer
    raise AssertionError(f"{front.name} never answers by itself: {answer.headers}")


def page_in(body: bytes) -> bytes:
    """The page as it is whenever it was drawn, and whether it comes packed or not."""
    plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    page, stamps = STAMP.subn(rb"\1", plain)
    assert stamps
    return page


def send(front: InFront, path: str, fields: dict[str, str], **headers: str) -> Answer:
    """Send a form."""
    headers |= {"Content_Type": "application/x-www-form-urlencoded"}
    answer = front.ask(path, "POST", urlencode(fields), **headers)
    assert answer.status == 303, answer.text
    return answer


def post(stage: Stage, front: InFront, words: str, **headers: str) -> tuple[str, str]:
    """Comment as a guest, and return the comment's name and the guest's cookie."""
    fields = {"body": words, "name": "Gus", "key": secrets.token_hex(16)}
    answer = send(front, f"/threads/{stage.thread}/comments/", fields, **headers)
    return answer.headers["location"].split("/")[2], answer.cookies[0].partition(";")[0]


def shows(front: InFront, words: str, path: str = ARTICLE) -> bool:
    return words in front.ask(path).text


class TestStrangers:
    def test_are_answered_by_the_cache_as_the_server_would(self, stage: Stage, front: InFront) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", stage.served.port, timeout=SOON)) as line:
            line.request("GET", ARTICLE, headers={"Host": HOST, "Accept-Encoding": "gzip"})
            first = line.getresponse()
            body = first.read()
        kept = read_until_hit(front, Accept_Encoding="gzip")
        assert page_in(kept.body) == page_in(body)
        for name, value in first.getheaders():
            if name.lower() not in ABOUT_THE_WAY:
                assert kept.headers[name.lower()] == value, name
        assert "frame-ancestors 'none'" in kept.headers["content-security-policy"]
        assert kept.headers["cache-control"] == "public, max-age=0, s-maxage=1, must-revalidate"
        assert kept.cookies == []

    def test_are_told_that_theirs_is_true(self, front: InFront) -> None:
        for _ in range(TIMES):
            tag = read_until_hit(front, Accept_Encoding="gzip").headers["etag"]
            again = front.ask(ARTICLE, Accept_Encoding="gzip", If_None_Match=tag)
            if again.status == 304:
                break
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)

    def test_get_it_unpacked_if_they_take_nothing_else(self, front: InFront) -> None:
        packed, plain = read_until_hit(front, Accept_Encoding="gzip"), read_until_hit(front)
        assert "content-encoding" not in plain.headers
        assert page_in(plain.body) == page_in(packed.body)

    def test_bear_cookies_that_are_none_of_our_business(self, front: InFront) -> None:
        """The first of all who ask for a page does too, and the others get what he got."""
        first = f"{ARTICLE}?order=oldest"
        cookies = "_ga=GA1.2.3; theme=dark; my_sessionid=1"
        pairs = ((read_until_hit(front, first, Cookie=cookies), read_until_hit(front, first)) for _ in range(TIMES))
        assert any(one.headers["etag"] == other.headers["etag"] for one, other in pairs)

    def test_get_from_the_cache_only_what_may_be_kept(self, front: InFront) -> None:
        for path, status in (("/search/?q=ferry", 200), ("/accounts/login/", 200), ("/no/such/page/", 404)):
            for _ in range(3):
                answer = front.ask(path)
                assert (answer.status, answer.headers["x-cache"]) == (status, "MISS")

    def test_get_static_files_for_ever(self, front: InFront) -> None:
        path = re.search(r'/static/[^"]+\.css', front.ask("/").text)
        assert path
        assert "immutable" in front.ask(path[0]).headers["cache-control"]


class TestChanges:
    def test_show_within_a_second_and_for_good(self, stage: Stage, front: InFront) -> None:
        for number in range(3):
            words = f"Late for the {number}th time, says {front.name}."
            assert words not in read_until_hit(front).text
            public_id, cookie = post(stage, front, words)
            time.sleep(PROMISED)
            assert all(shows(front, words) for _ in range(READS))
            assert words in read_until_hit(front).text
            send(front, f"/comments/{public_id}/delete/", {}, Cookie=cookie)
            time.sleep(PROMISED)
            assert not any(shows(front, words) for _ in range(READS))

    def test_show_on_every_page_and_however_it_was_asked_for(self, stage: Stage, front: InFront) -> None:
        words = f"It has never left at nine, says {front.name}."
        thread = f"/threads/{stage.thread}/"
        paths = [thread, f"{thread}feed/", f"{ARTICLE}?order=oldest", f"{ARTICLE}?utm_source=letter"]
        for path in paths:
            read_until_hit(front, path)
        post(stage, front, words)
        time.sleep(PROMISED)
        assert all(shows(front, words, path) for path in paths * 3)

    def test_show_soon_where_nobody_remembered_how_it_was_asked_for(self, stage: Stage, front: InFront) -> None:
        """Nothing is purged under these names: there are more than the store keeps in mind."""
        words = f"Nobody has told me, says {front.name}."
        paths = [f"{ARTICLE}?campaign={number}" for number in range(3 * SHORT_CUTS)]
        for path in paths:
            front.ask(path)
        post(stage, front, words)
        time.sleep(LOST)
        assert all(shows(front, words, path) for path in paths)


class TestPurging:
    def test_removes_a_page_at_once(self, front: InFront) -> None:
        for _ in range(3):
            read_until_hit(front)
            assert front.purge(ARTICLE) == 200
            assert front.ask(ARTICLE).headers["x-cache"] != "HIT"

    def test_is_for_broadsheet_alone(self, front: InFront) -> None:
        assert front.purge(ARTICLE, source=READER) in (403, 405)
        assert front.ask(ARTICLE, "PURGE").status in (403, 405)
        assert read_until_hit(front, COLOURS).headers["cache-control"].endswith("immutable")
        front.purge(COLOURS, source=READER)
        front.ask(COLOURS, "PURGE")
        assert front.ask(COLOURS).headers["x-cache"] == "HIT"

    def test_has_not_failed_meanwhile(self, stage: Stage) -> None:
        assert "caches in front" not in stage.served.said()


class TestWhomWeKnow:
    def test_get_a_page_of_their_own_which_nobody_else_gets(self, stage: Stage, front: InFront) -> None:
        _, cookie = post(stage, front, f"I will wait, says {front.name}.")
        known = f"_ga=1; {cookie}"
        for _ in range(3):
            own = front.ask(ARTICLE, Cookie=known)
            assert own.headers["cache-control"] == "private, no-store"
            assert own.headers["x-cache"] != "HIT"
            assert OWN in own.text
            assert OWN not in read_until_hit(front).text

    @pytest.mark.parametrize("cookie", ["sessionid=x", "broadsheet_guest=x", "messages=x", "a=b;sessionid=x"])
    def test_are_led_past_whatever_the_cookie_is_worth(self, front: InFront, cookie: str) -> None:
        read_until_hit(front)
        answer = front.ask(ARTICLE, Cookie=cookie)
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-cache"] != "HIT"

    def test_so_are_programs(self, front: InFront) -> None:
        read_until_hit(front)
        answer = front.ask(ARTICLE, Authorization="Bearer nonsense")
        assert answer.headers["cache-control"] == "private, no-store"
        assert read_until_hit(front).headers["cache-control"] != "private, no-store"

    def test_are_those_that_the_examples_name(self) -> None:
        names = "|".join([*identifying_cookies(), settings.CSRF_COOKIE_NAME])
        for name in ("broadsheet.vcl", "broadsheet-nginx.conf"):
            assert f"({names})=" in (EXAMPLES / name).read_text(encoding="utf-8")

    def test_write_from_their_own_address(self, stage: Stage, front: InFront) -> None:
        public_id, _ = post(stage, front, f"Where am I, asks {front.name}?", X_Forwarded_For="203.0.113.9")
        with closing(sqlite3.connect(stage.served.home / DATABASE)) as database:
            row = database.execute("SELECT network FROM moderation_origin WHERE key = ?", [public_id]).fetchone()
        assert row == (READER,)


def said(answer: http.client.HTTPResponse) -> str:
    """Return the next piece of a stream, which ends with an empty line."""
    lines = [answer.readline().decode()]
    while lines[-1] not in ("\n", ""):
        lines.append(answer.readline().decode())
    return "".join(lines)


def test_streams_pass_as_they_are_said(stage: Stage, front: InFront) -> None:
    """Each reader has one of their own, and hears of a comment within the second."""
    post(stage, front, "The stream begins.")
    time.sleep(PROMISED)  # until then the page may be the one before
    topic = re.findall(r'data-live="(thread:\d+)=', front.ask(ARTICLE).text)[0]
    with closing(front.line()) as one, closing(front.line()) as another:
        answers = []
        for line in (one, another):
            line.request("GET", f"/live/?topic={topic}", headers={"Host": HOST})
            answers.append(line.getresponse())
            assert answers[-1].status == 200
            assert f"id: {topic}=" in said(answers[-1])
        delays = []
        for words in ("It goes on.", "And on.", "It does not end."):
            public_id, _cookie = post(stage, front, words)
            posted = time.monotonic()
            for answer in answers:
                heard = said(answer)
                assert f'"about":{{"{public_id}":{{"score":0}}}}' in heard
                assert f'"spread":{SPREAD}' in heard
            delays.append(time.monotonic() - posted)
        assert usual(delays) < PROMISED
    assert SPREAD / 2 > PROMISED  # what pages fetch when they are told is no cache's from before


def test_readers_of_nginx_speak_http2(stage: Stage) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    line = socket.create_connection(("127.0.0.1", stage.fronts["nginx"].port), SOON)
    with trusting.wrap_socket(line, server_hostname=HOST) as wrapped:
        assert wrapped.selected_alpn_protocol() == "h2"
