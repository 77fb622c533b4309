"""What one reads follows what others do: in two browsers at once, by a stream, by asking, and with neither."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from broadsheet.delivery.changes import TRUSTED_FOR
from tests.journeys.browsing import Gate, browsing, check_accessibility, check_layout, wait_for_all_processes
from tests.journeys.conftest import Browsing
from tests.journeys.newsroom import sign_in
from tests.journeys.serving import Served, copy_home, run
from tests.waiting import until, usual

STORY = "/sea/the-ferry-that-learned-to-wait/"
THREAD = re.compile(r"/threads/[0-9a-f-]{36}/")
LONG = "/harbour/who-mends-the-nets/"
SILENT = "/letters/we-moved-the-lighthouse/"
READING_TIME = 1_200  # milliseconds: nobody writes a comment faster, and what is faster is held
# When the page was last told of a change, and the milliseconds from then until it asked for itself.
NOTE_WHEN_TOLD = "document.addEventListener('live', () => { window.told = performance.now(); })"
# A stream that says what a test has it say.
LINE = """window.EventSource = class extends EventTarget {
  static line;
  readyState = 1;
  constructor() {
    super();
    EventSource.line = this;
  }
  close() {}
}"""
TELL = """([kind, topic, version, more]) => EventSource.line.dispatchEvent(
    new MessageEvent(kind, { data: JSON.stringify({ topic, version, ...more }), lastEventId: `${topic}=${version}` }))
"""
PAGES_ASKED = """performance.getEntriesByType("resource").filter(
    (one) => one.initiatorType === "fetch" && !one.name.includes("/live/"))"""
ASKED_AFTER = f"{PAGES_ASKED}.at(-1).startTime - window.told"
LATEST = 1_500  # milliseconds until a page fetches what it was told of
PROMISED = 1.0  # seconds from the commit to the other page
SOON = 15_000  # milliseconds; in which a page asks where streams are blocked
BACK_WITHIN = 15_000  # milliseconds after a restart
MANY = 40
IN_ITS_FIGURES = "n => new Intl.NumberFormat(document.getElementById('saying').dataset.locale).format(n)"
# What guests write is published, and below one article there is more than a page shows.
SEED = f"""
from broadsheet.accounts.actions import new_guest
from broadsheet.discussion.actions import open_thread, post_comment
from broadsheet.gate.keys import Key
from broadsheet.moderation.models import ModerationPolicy
from broadsheet.publication.models import ArticlePage

policy = {{"hold": "none", "burst_of_profile": 0, "burst_of_network": 0}}
ModerationPolicy.objects.update_or_create(scope="", defaults=policy)
thread = open_thread(ArticlePage.objects.get(slug="who-mends-the-nets"))
guest = new_guest("Kari Lunde", "")
for number in range({MANY}):
    post_comment(thread, by=guest, body=f"Mesh number {{number}}.", key=Key.of("journey", str(number)))
"""
# Somebody writes while nothing is served.
MEANWHILE = """
from broadsheet.accounts.actions import new_guest
from broadsheet.discussion.actions import open_thread, post_comment
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage

thread = open_thread(ArticlePage.objects.get(slug="the-ferry-that-learned-to-wait", locale__language_code="en"))
post_comment(thread, by=new_guest("Kari Lunde", ""), body="In the dark.", key=Key.of("journey", "dark"))
"""
# As when one turns to another tab, and back.
TURN = """isAway => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isAway });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture(scope="module")
def lively(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo for these journeys, which change it."""
    home = copy_home(demo_home, tmp_path_factory.mktemp("lively") / "home")
    seeded = run(home, "manage", "shell", "-c", SEED)
    assert seeded.returncode == 0, seeded.stderr
    with Served(home) as served:
        yield served


@pytest.fixture
def opening(chromium: Browser, lively: Served) -> Browsing:
    """Opens browsers on it."""
    return partial(browsing, chromium, lively.address)


@pytest.fixture
def two(opening: Browsing) -> Iterator[tuple[Page, Page]]:
    """Two people's pages, still empty: who reads, and who writes."""
    with ExitStack() as stack:
        reads, writes = (stack.enter_context(opening())[0].new_page() for _ in range(2))
        wait_for_all_processes(reads)  # who may not have heard of what the last test did
        yield reads, writes


def opened(page: Page, path: str) -> Page:
    """The page when it listens."""
    with page.expect_response(lambda answer: "/live/" in answer.url and answer.status == 200):
        page.goto(path)
    return page


def say(page: Page, words: str, form: str = "#write") -> Locator:
    """Write and post, no faster than people do; return the comment as the server has drawn it."""
    write = page.locator(form)
    write.locator("[name=body]").fill(words)
    if write.locator("[name=name]").count():
        write.locator("[name=name]").fill("Gus at the chandlery")
    page.wait_for_timeout(READING_TIME)
    write.locator(".btn[value=post]").click()
    mine = comment(page, words)
    mine.wait_for()
    return mine


def comment(page: Page, words: str) -> Locator:
    """The comment with these words, as the server has drawn it."""
    return page.locator("article.comment:not([aria-busy])").filter(has=page.locator(".text", has_text=words))


def bar(page: Page) -> Locator:
    """What announces new comments."""
    return page.locator(".new a:not(:empty)")


def count(page: Page) -> int:
    """How many comments there are, says the heading."""
    return int(page.locator("#talk span").inner_text().replace(",", ""))


def remove(opening: Browsing, public_id: str) -> None:
    """Let the moderator remove a comment."""
    with opening() as (context, _watch):
        page = context.new_page()
        sign_in(page, "mo", f"/admin/desk/comment/{public_id}/")
        with page.expect_navigation():
            page.locator("button[value=remove]").click()


def book(opening: Browsing, euros: str) -> None:
    """Let the treasurer book a gift for the campaign."""
    with opening() as (context, _watch):
        page = context.new_page()
        sign_in(page, "tess", "/admin/funding/book/")
        page.select_option("[name=campaign]", index=1)
        page.fill("[name=amount]", euros)
        page.select_option("[name=way]", "cash")
        for button in "look", "book":
            with page.expect_navigation():
                page.locator(f"button[value={button}]").click()


def ids(page: Page) -> list[str]:
    """Of all comments on the page, in their order."""
    found: list[str] = page.eval_on_selector_all("article.comment", "(all) => all.map((one) => one.id)")
    return found


@contextmanager
def told_by_the_test(opening: Browsing) -> Iterator[Page]:
    """A page that hears what a test says, at the times that a test sets."""
    with opening() as (context, _watch):
        context.add_init_script(LINE)
        page = context.new_page()
        page.clock.install()
        page.goto(STORY)
        yield page


class TestANewComment:
    def test_is_announced_within_a_second(self, two: tuple[Page, Page]) -> None:
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        delays = []
        for told in ("1 new comment. Show it", "2 new comments. Show them", "3 new comments. Show them"):
            say(writes, f"The clock on the quay was late when I read “{told}”")
            posted = time.monotonic()
            expect(bar(reads)).to_have_text(told)
            delays.append(time.monotonic() - posted)
        assert usual(delays) < PROMISED

    def test_is_announced_and_comes_when_it_is_asked_for(self, two: tuple[Page, Page]) -> None:
        """By the keyboard, and nothing moves before that."""
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        before, there = count(reads), ids(reads)
        height = reads.evaluate("document.documentElement.scrollHeight")
        mine = say(writes, "The clock on the quay is four minutes slow.")
        expect(bar(reads)).to_have_text("1 new comment. Show it")
        assert count(reads) == before + 1
        expect(reads.locator(".invitation")).to_contain_text(f"{before + 1} comments")
        assert ids(reads) == there
        assert reads.evaluate("document.documentElement.scrollHeight") == height
        assert reads.evaluate("document.activeElement === document.body")
        expect(bar(writes)).to_have_count(0)  # one's own is nothing new
        check_accessibility(reads)
        check_layout(reads)
        bar(reads).focus()
        reads.keyboard.press("Enter")
        expect(comment(reads, "four minutes slow")).to_be_focused()
        expect(bar(reads)).to_have_count(0)
        assert [one for one in ids(reads) if one not in there] == [mine.get_attribute("id")]
        writes.goto(STORY)
        assert ids(reads) == ids(writes)  # where the server has it
        check_accessibility(reads)

    def test_is_there_however_soon_it_is_asked_for_and_how_often(self, two: tuple[Page, Page]) -> None:
        """No process gives the page as it was before; and who presses twice is led nowhere else."""
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        reads.evaluate(NOTE_WHEN_TOLD)
        say(writes, "Press me twice, and soon.")
        bar(reads).dblclick()
        expect(comment(reads, "Press me twice, and soon.")).to_be_focused()
        until(lambda: reads.evaluate(f"{PAGES_ASKED}.length") == 2)
        assert reads.evaluate(ASKED_AFTER) > TRUSTED_FOR * 1_000
        expect(bar(reads)).to_have_count(0)
        expect(reads).to_have_url(re.compile(f"{STORY}$"))

    def test_that_answers_another_comes_below_it(self, two: tuple[Page, Page]) -> None:
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        asked = say(writes, "Has anybody counted the steps?")
        asked_id = asked.get_attribute("id")
        expect(bar(reads)).to_have_text("1 new comment. Show it")
        writes.locator(f"#{asked_id} [data-reply]").click()
        say(writes, "Forty-one, since Tuesday.", "li > form")
        expect(bar(reads)).to_have_text("2 new comments. Show them")
        bar(reads).click()
        expect(comment(reads, "counted the steps")).to_be_focused()
        assert reads.locator(f"li:has(> #{asked_id}) li article").count() == 1
        assert len(ids(reads)) == len(set(ids(reads)))
        writes.locator(f"#{asked_id} [data-reply]").click()
        say(writes, "Forty-two, with the broken one.", f"#{asked_id} + form")
        bar(reads).click()
        expect(comment(reads, "with the broken one")).to_be_focused()
        expect(reads.locator(f"li:has(> #{asked_id}) > details > summary")).to_have_text("2 replies")

    def test_that_has_no_place_on_the_page_is_a_press_away(self, two: tuple[Page, Page]) -> None:
        """In another order it stands on a page that one does not see."""
        reads, writes = two
        opened(reads, f"{LONG}?order=oldest")
        opened(writes, LONG)
        say(writes, "This comes after all of them.")
        bar(reads).click()
        reads.wait_for_url("**/threads/**?order=newest")
        expect(comment(reads, "after all of them")).to_be_visible()

    def test_on_the_page_of_all_comments(self, two: tuple[Page, Page]) -> None:
        reads, writes = two
        opened(writes, STORY)
        opened(reads, THREAD.search(writes.content())[0])  # type: ignore[index]
        say(writes, "And so to bed.")
        bar(reads).click()
        expect(comment(reads, "And so to bed.")).to_be_focused()

    def test_the_first_one_of_all(self, two: tuple[Page, Page]) -> None:
        """Nobody has said anything yet; after it the second one is heard of too."""
        reads, writes = two
        opened(reads, SILENT)
        opened(writes, SILENT)
        assert count(reads) == 0
        say(writes, "Then I begin.")
        expect(bar(reads)).to_have_text("1 new comment. Show it")
        say(writes, "And go on.")
        expect(bar(reads)).to_have_text("2 new comments. Show them")
        bar(reads).click()
        expect(comment(reads, "And go on.")).to_be_focused()
        expect(comment(reads, "Then I begin.")).to_be_visible()
        assert count(reads) == 2

    def test_comes_by_itself_where_that_was_chosen(self, two: tuple[Page, Page]) -> None:
        """Kept in this browser, from then on; whoever types is not disturbed."""
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        assert reads.evaluate("localStorage.length") == 0
        reads.get_by_label("Show new comments as they come").check()
        reads.locator("#write [name=body]").fill("I was just going to")
        say(writes, "Here they come.")
        expect(comment(reads, "Here they come.")).to_be_visible()
        expect(bar(reads)).to_have_count(0)
        expect(reads.locator("#saying")).to_have_text("Comments added here: 1.")
        expect(reads.locator("#write [name=body]")).to_be_focused()
        expect(reads.locator("#write [name=body]")).to_have_value("I was just going to")
        opened(reads, STORY)
        box = reads.get_by_label("Show new comments as they come")
        expect(box).to_be_checked()
        box.uncheck()
        assert "arrivals" not in reads.evaluate("Object.keys(localStorage)")

    def test_in_the_languages_of_the_page(self, opening: Browsing, two: tuple[Page, Page]) -> None:
        """Each counts in its own way."""
        reads, writes = two
        opened(reads, f"/ar{STORY}")
        opened(writes, STORY)
        before, said = count(writes), []
        for number in range(1, 4):
            say(writes, f"Number {number} of three.")
            expect(reads.locator("#talk")).to_contain_text(reads.evaluate(IN_ITS_FIGURES, before + number))
            expect(bar(reads)).to_have_count(1)
            said.append(bar(reads).inner_text())
        assert len(set(said)) == 3
        check_layout(reads)


class TestWhatElseFollows:
    def test_a_vote(self, two: tuple[Page, Page]) -> None:
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        voted = writes.locator("article.comment:has(form.vote)").nth(2).get_attribute("id")
        score = reads.locator(f"#{voted} output")
        before = int(score.inner_text())
        writes.locator(f"#{voted} form.vote button").first.click()
        expect(score).to_have_text(str(before + 1))

    def test_what_its_author_deletes_goes(self, two: tuple[Page, Page]) -> None:
        reads, writes = two
        opened(writes, STORY)
        mine = say(writes, "I take this back at once.")
        wait_for_all_processes(reads)
        opened(reads, STORY)
        before = count(reads)
        writes.goto(mine.get_by_role("link", name="Delete").get_attribute("href") or "")
        writes.locator("main form button").last.click()
        expect(comment(reads, "I take this back")).to_have_count(0)
        assert count(reads) == before - 1

    def test_what_a_moderator_removes_leaves_its_place_to_the_answers(
        self, opening: Browsing, two: tuple[Page, Page]
    ) -> None:
        reads, writes = two
        opened(writes, STORY)
        rude = say(writes, "You are all barnacles.").get_attribute("id") or ""
        writes.locator(f"#{rude} [data-reply]").click()
        say(writes, "Speak for yourself.", "li > form")
        wait_for_all_processes(reads)
        opened(reads, STORY)
        before = count(reads)
        remove(opening, rude.removeprefix("comment-"))
        expect(reads.locator(f"#{rude}")).to_contain_text("Removed by a moderator.")
        expect(comment(reads, "Speak for yourself.")).to_be_visible()
        assert count(reads) == before - 1

    def test_a_gift(self, opening: Browsing, two: tuple[Page, Page]) -> None:
        """The meter is drawn anew in both places."""
        reads, _writes = two
        opened(reads, STORY)
        meters = reads.locator("meter")
        before = [float(meters.nth(number).get_attribute("value") or 0) for number in range(meters.count())]
        reads.evaluate(NOTE_WHEN_TOLD)
        book(opening, "25")
        expect(meters.first).to_have_attribute("value", re.compile(f"^{int(before[0]) + 25 * 100}$"))
        expect(meters.last).to_have_attribute("value", re.compile(f"^{int(before[1]) + 25 * 100}$"))
        assert len(before) == 2
        # Not before every process has heard of it: one that had not would give the meter as it was, for good.
        assert reads.evaluate(ASKED_AFTER) > TRUSTED_FOR * 1_000

    def test_a_gift_that_comes_while_another_is_waited_for(self, opening: Browsing) -> None:
        """The meter is asked for once more, when every process has heard of that one as well; one answer at a time."""
        with told_by_the_test(opening) as page:
            topic = (page.locator("[data-anew]").first.get_attribute("data-live") or "").partition("=")[0]
            gate = Gate(page, f"**{STORY}", method="GET")
            page.evaluate(TELL, ["campaign", topic, 1_000])
            page.clock.run_for(LATEST - 1)
            page.evaluate(TELL, ["campaign", topic, 1_001])
            page.clock.run_for(1)
            gate.wait()
            page.clock.run_for(2 * LATEST)
            assert len(gate.waiting) == 1
            gate.open()
            gate.open()

    def test_a_comment_that_is_removed_while_it_is_drawn_anew(self, opening: Browsing) -> None:
        """It goes, though another drawing of it stands there by then."""
        with told_by_the_test(opening) as page:
            topic = (page.locator("#discussion").get_attribute("data-live") or "").partition("=")[0]
            article = page.locator("#discussion .thread > li:not(:has(li)) > article.comment").first
            name = article.get_attribute("id") or ""
            article.evaluate("(one) => { one.classList.add('held'); }")
            figures = {"change": "comment-decided", "comments": 40}
            for version, about in ((1_000, {"score": 1}), (1_001, None)):
                told = {**figures, "about": {name.removeprefix("comment-"): about}}
                page.evaluate(TELL, ["thread", topic, version, told])
            page.clock.run_for(LATEST)
            expect(page.locator(f"#{name}:not(.held)")).to_be_attached()
            page.clock.run_for(LATEST)
            expect(page.locator(f"#{name}")).to_have_count(0)


class TestWhereStreamsAreBlocked:
    def test_the_page_asks_now_and_then(self, opening: Browsing, two: tuple[Page, Page]) -> None:
        _reads, writes = two
        with opening() as (context, watch):
            watch.expect("Failed to load resource")
            context.route("**/live/?after=*", lambda route: route.fulfill(status=429))
            reads = context.new_page()
            reads.clock.install()
            reads.goto(STORY)
            opened(writes, STORY)
            say(writes, "Through the back door.")
            reads.clock.run_for(2 * SOON)
            expect(bar(reads)).to_have_text("1 new comment. Show it")
            bar(reads).click()
            expect(comment(reads, "Through the back door.")).to_be_focused()

    def test_less_and_less_often_while_nothing_answers(self, opening: Browsing) -> None:
        asked: list[str] = []

        def refuse(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(status=502)

        with opening() as (context, watch):
            watch.expect("Failed to load resource")
            context.route("**/live/**", refuse)
            page = context.new_page()
            page.clock.install()
            page.goto(STORY)
            for _ in range(60):  # twenty minutes
                page.clock.run_for(20_000)
            assert 4 <= len(asked) <= 20


class TestAServerThatIsKilled:
    def test_is_waited_for_and_nothing_is_missed(self, chromium: Browser, demo_home: Path, tmp_path: Path) -> None:
        """The page goes on where it was, in processes that know nothing of it."""
        home = copy_home(demo_home, tmp_path / "home")
        assert run(home, "manage", "shell", "-c", SEED).returncode == 0
        with Served(home) as served, browsing(chromium, served.address) as (context, watch):
            watch.expect("Failed to load resource")
            page = opened(context.new_page(), STORY)
            before = count(page)
            served.kill()
            meanwhile = run(home, "manage", "shell", "-c", MEANWHILE)
            assert meanwhile.returncode == 0, meanwhile.stderr
            served.start()
            served.wait_until_it_answers()
            expect(bar(page)).to_have_text("1 new comment. Show it", timeout=BACK_WITHIN)
            assert count(page) == before + 1
            bar(page).click()
            expect(comment(page, "In the dark.")).to_be_focused()


class TestWithoutScripts:
    def test_the_page_is_complete(self, opening: Browsing) -> None:
        with opening(javascript=False) as (context, _watch):
            page = context.new_page()
            page.goto(STORY)
            expect(page.get_by_label("Show new comments as they come")).to_be_hidden()
            assert bar(page).count() == 0
            assert page.locator("article.comment").count() > 10


class TestWhoDoesNotLook:
    def test_is_told_when_they_look_again(self, two: tuple[Page, Page]) -> None:
        """A page in the background holds no line open."""
        reads, writes = two
        opened(reads, STORY)
        opened(writes, STORY)
        reads.evaluate(TURN, True)
        say(writes, "While nobody looks.")
        reads.wait_for_timeout(1_500)
        assert bar(reads).count() == 0
        reads.evaluate(TURN, False)
        expect(bar(reads)).to_have_text("1 new comment. Show it")

    def test_who_only_reads_leaves_nothing_behind(self, opening: Browsing) -> None:
        """A stream sets no cookie, and nothing is kept in the browser."""
        with opening() as (context, _watch):
            page = opened(context.new_page(), STORY)
            assert context.cookies() == []
            assert page.evaluate("localStorage.length + sessionStorage.length") == 0
