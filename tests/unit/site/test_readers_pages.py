"""The readers' page store with Django behind it: everybody gets what is theirs, and nobody what was another's."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.delivery.announce import announce
from broadsheet.delivery.pages import ASK_AGAIN
from broadsheet.discussion.actions import open_thread
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.fronts import Process, a_process, cookies_of
from tests.waiting import until
from tests.wire import Got

pytestmark = pytest.mark.django_db(transaction=True)
EVIL = "evil.example"


@pytest.fixture
def process(article: ArticlePage) -> Iterator[Process]:
    with a_process() as process:
        until(process.feed.is_up_to_date)
        yield process


def is_private(answer: Got) -> bool:
    return answer.headers["cache-control"] == "private, no-store"


class TestStrangers:
    def test_read_what_was_drawn_once_without_asking_the_database(self, process: Process, article: ArticlePage) -> None:
        first = process.ask(article.url)
        assert (first.status, first.headers["cache-control"]) == (200, ASK_AGAIN)
        assert article.title in first.text
        for _ in range(3):
            assert process.ask(article.url).body == first.body
        assert len(process.drawn) == 1

    def test_get_every_header_that_django_would_give(
        self, process: Process, article: ArticlePage, settings: LazySettings
    ) -> None:
        theirs = process.ask(article.url).headers
        djangos = process.ask(article.url, headers=[("Authorization", "Basic eDp5")]).headers
        own = {"etag", "vary", "content-length", "cache-control", "x-request-id"}
        assert {name: value for name, value in djangos.items() if name not in own} == {
            name: value for name, value in theirs.items() if name not in own
        }
        assert theirs["x-content-type-options"] == "nosniff"
        assert theirs["cross-origin-opener-policy"] == "same-origin"
        assert theirs["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "frame-ancestors 'none'" in theirs["content-security-policy"]
        assert "unsafe-inline" not in theirs["content-security-policy"]
        assert "set-cookie" not in theirs

    def test_are_sent_to_https_by_stored_pages_too(self, article: ArticlePage, settings: LazySettings) -> None:
        settings.IS_ENCRYPTED, settings.PUBLIC_ADDRESS = True, "https://testserver"
        settings.SECURE_HSTS_SECONDS = 3_600
        with a_process() as process:
            for _ in range(2):
                assert process.ask(article.url).headers["strict-transport-security"] == "max-age=3600"
            assert len(process.drawn) == 1

    def test_get_pages_in_their_language_whatever_their_browser_likes(self, process: Process) -> None:
        for language in ("nb", "ar", "en", ""):
            for path, spoken in (("/", "en"), ("/nb/", "nb"), ("/ar/", "ar")):
                answer = process.ask(path, headers=[("Accept-Language", language)])
                assert answer.headers["content-language"] == spoken
                assert "language" not in answer.headers["vary"].lower()
        assert len(process.drawn) == 3

    def test_see_what_somebody_has_just_written(self, process: Process, article: ArticlePage) -> None:
        assert "I saw it leave" not in process.ask(article.url).text
        comment = factories.make_comment(open_thread(article))
        until(lambda: "I saw it leave" in process.ask(article.url).text, 1.0)
        assert process.ask("/").status == 200
        mo = factories.make_user("mo", "Moderator")
        decide("comment", comment.public_id, Standing.REMOVED, by=mo, seen=Standing.PUBLISHED, reason="abuse")
        until(lambda: "I saw it leave" not in process.ask(article.url).text, 1.0)

    def test_a_thousand_of_them_cost_one_drawing(self, process: Process, article: ArticlePage) -> None:
        process.ask(article.url)
        drawn = len(process.drawn)
        time.sleep(0.3)
        announce(article.topic, "published")
        until(lambda: process.store.get(process.drawn[0]).is_stale)  # type: ignore[union-attr]
        answers = process.ask_all([(article.url, {})] * 1_000)
        assert {answer.status for answer in answers} == {200}
        assert len(process.drawn) == drawn + 1

    def test_are_told_that_a_page_is_gone(self, process: Process, article: ArticlePage) -> None:
        url = article.url
        assert process.ask(url).status == 200
        article.unpublish()
        until(lambda: process.ask(url).status == 404, 1.0)
        assert process.ask(url).status == 404
        draft = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
        draft.save_revision().publish()
        assert process.ask(url).status == 200


class TestPoison:
    """What of a request could end up in the page of the next one."""

    @pytest.mark.parametrize(
        "header",
        ["X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix",
         "X-Forwarded-Proto", "X-Forwarded-Scheme", "X-Forwarded-Port", "X-HTTP-Method-Override", "Forwarded",
         "Referer", "Origin", "User-Agent", "Accept", "Accept-Language", "Content-Type", "X-Request-ID",
         "X-Requested-With", "Range"],
    )  # fmt: skip
    def test_no_header_that_is_not_in_the_key(self, process: Process, article: ArticlePage, header: str) -> None:
        first = process.ask(article.url, headers=[(header, f"https://{EVIL}/admin/")])
        assert first.status == 200
        assert EVIL not in str(first.pairs) + first.text
        assert process.ask(article.url).pairs == first.pairs
        assert len(process.drawn) == 1

    def test_no_parameter_that_is_not_in_the_key(self, process: Process, article: ArticlePage) -> None:
        plain = process.ask(article.url)
        for query in ("utm_source={}", "_method=DELETE&x={}", "ORDER={}", "callback={}", "order%00={}"):
            answer = process.ask(f"{article.url}?{query.format(EVIL)}")
            assert EVIL not in answer.text
            assert answer.body == plain.body
        assert len(process.drawn) == 1

    def test_what_is_in_the_key_is_shown_to_who_asks_for_it_only(self, process: Process, article: ArticlePage) -> None:
        thread = open_thread(article)
        for body in ("First.", "Second."):
            factories.make_comment(thread, body)
        newest, oldest = (process.ask(f"{article.url}?order={order}").text for order in ("newest", "oldest"))
        assert newest.index("Second.") < newest.index("First.")
        assert oldest.index("First.") < oldest.index("Second.")
        assert process.ask(f"{article.url}?order=oldest&order=newest").text == newest
        assert EVIL not in process.ask(f"{article.url}?order={EVIL}").text
        assert process.ask(article.url).text != oldest

    @pytest.mark.parametrize("host", [EVIL, f"testserver:80@{EVIL}", f"{EVIL}:80", "testserver.evil.example"])
    def test_no_host_that_is_not_ours(self, process: Process, article: ArticlePage, host: str) -> None:
        assert process.ask(article.url, host=host).status == 400
        assert process.ask(article.url).status == 200
        assert len(process.store) == 1

    def test_a_host_in_other_letters_is_the_same_page(self, process: Process, article: ArticlePage) -> None:
        assert process.ask(article.url, host="TestServer").body == process.ask(article.url).body
        assert len(process.drawn) == 1

    @pytest.mark.parametrize(
        "path",
        [
            "//{0}",
            "/.{0}",
            "/x/..{0}",
            "{0}%00",
            "{0}%2e%2e/",
            "{0}/",
            "/%2f{0}",
            "{0}%0d%0aX-Evil:%201",
            "{0};x=1",
            "{0}%5c",
        ],
    )
    def test_no_path_that_is_written_oddly(self, process: Process, article: ArticlePage, path: str) -> None:
        answer = process.ask(path.format(article.url))
        assert answer.status in (301, 302, 400, 404)
        assert "x-evil" not in answer.headers
        assert len(process.store) == 0
        assert process.ask(article.url).status == 200

    def test_one_page_however_its_path_is_escaped(self, process: Process, article: ArticlePage) -> None:
        escaped = "/" + "".join(f"%{ord(letter):02x}" if letter != "/" else letter for letter in article.url[1:])
        assert process.ask(escaped).body == process.ask(article.url).body
        assert len(process.drawn) == 1

    def test_no_mistake_and_no_way_elsewhere(self, process: Process, article: ArticlePage) -> None:
        for path, status in (("/no/such/page/", 404), (article.url.rstrip("/"), 301), ("/support/none/", 404)):
            for _ in range(2):
                assert process.ask(path).status == status
        assert len(process.store) == 0

    def test_head_leaves_no_empty_page_behind(self, process: Process, article: ArticlePage) -> None:
        head = process.ask(article.url, method="HEAD")
        page = process.ask(article.url)
        assert (head.status, head.body) == (200, b"")
        assert article.title in page.text
        assert head.headers == page.headers

    def test_no_cookie_of_others_has_a_part_in_it(self, process: Process, article: ArticlePage) -> None:
        cookies = f"lang=nb; django_language=nb; theme={EVIL}; csrftoken={'x' * 32}; _ga=1"
        first = process.ask(article.url, headers=[("Cookie", cookies)])
        assert first.headers["content-language"] == "en"
        assert process.ask(article.url).pairs == first.pairs
        assert EVIL not in first.text

    def test_a_body_where_none_belongs_goes_to_django(self, process: Process, article: ArticlePage) -> None:
        about = {"headers": [("Content-Length", "9")], "pieces": [b"order=old"]}
        assert process.ask(article.url, **about).status == 200
        assert (len(process.store), process.drawn) == (0, [])


class TestPrivate:
    def test_who_we_know_gets_a_page_of_their_own(
        self, process: Process, article: ArticlePage, as_rita: Client, as_gus: Client, stan: Client
    ) -> None:
        for browser, name in ((as_rita, "Rita"), (as_gus, "Gus")):
            answer = process.ask(article.url, headers=[cookies_of(browser)])
            assert name in answer.text
            assert is_private(answer)
            assert "etag" not in answer.headers
        assert (len(process.store), process.drawn) == (0, [])

    def test_so_does_who_has_a_cookie_that_is_worth_nothing(self, process: Process, article: ArticlePage) -> None:
        for cookie in ("sessionid=nonsense", "broadsheet_guest=nonsense", "messages=nonsense", "a=1; sessionid="):
            assert is_private(process.ask(article.url, headers=[("Cookie", cookie)]))
        assert len(process.store) == 0

    def test_a_page_that_the_browser_knows_publicly_is_not_confirmed_to_a_member(
        self, process: Process, article: ArticlePage, as_rita: Client
    ) -> None:
        tag = process.ask(article.url).headers["etag"]
        answer = process.ask(article.url, headers=[cookies_of(as_rita), ("If-None-Match", tag)])
        assert (answer.status, is_private(answer)) == (200, True)

    def test_two_members_and_a_stranger_under_load(
        self, process: Process, article: ArticlePage, as_rita: Client, as_mo: Client, as_gus: Client
    ) -> None:
        """Each gets their own name and nobody else's, however their requests are mixed; so does who has none."""
        Profile.objects.filter(user__email="rita@slipway.example").update(name="Rita Holm-Planted")
        Profile.objects.create(user=User.objects.get(email="mo@slipway.example"), name="Mo Ness-Planted")
        Profile.objects.filter(user=None, name="Gus").update(name="Gus Vik-Planted")
        names = {"Rita Holm-Planted": as_rita, "Mo Ness-Planted": as_mo, "Gus Vik-Planted": as_gus, "": None}
        paths = [article.url, f"{article.url}?order=oldest", open_thread(article).url, "/", "/harbour/"]
        chance = random.Random(7)  # noqa: S311 - a mixture, not a secret
        asked = [(chance.choice(paths), name) for name in names for _ in range(30)]
        chance.shuffle(asked)
        requests = [
            (path, {"headers": [cookies_of(browser)] if (browser := names[name]) else [], "method": "GET"})
            for path, name in asked
        ]
        for (path, name), answer in zip(asked, process.ask_all(requests), strict=True):
            assert answer.status == 200
            found = set(re.findall(r"\w+ [\w-]+-Planted", answer.text))
            assert found <= {name}, (path, name)
            assert is_private(answer) is bool(name)
            assert "set-cookie" not in answer.headers
        written = [answer for (path, name), answer in zip(asked, process.ask_all(requests), strict=True) if name]
        assert any("-Planted" in answer.text for answer in written)
        for page in {process.ask(path).text for path in paths}:
            assert "-Planted" not in page

    def test_who_has_just_written_sees_it_at_once(self, process: Process, article: ArticlePage) -> None:
        """Their browser has got a cookie by then; the store's page is of a moment ago."""
        before = process.ask(article.url)
        form = f"body=The+tide+turns&name=Nora&key={'k' * 24}".encode()
        posted = process.ask(
            f"/threads/{article.translation_key}/comments/",
            method="POST",
            headers=[("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(form)))],
            pieces=[form],
        )
        assert posted.status in (302, 303), posted.text
        cookie = posted.headers["set-cookie"].partition(";")[0]
        own = process.ask(article.url, headers=[("Cookie", cookie)])
        assert "The tide turns" in own.text
        assert "The tide turns" not in before.text
        assert is_private(own)
