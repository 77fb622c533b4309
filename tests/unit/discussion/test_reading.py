"""Reading a discussion: in both orders, page by page, one comment in its branch, however long and deep it is."""

from __future__ import annotations

import sys

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import ABOVE, FIRST_REPLIES, PAGE_LENGTH
from broadsheet.publication.models import ArticlePage, FrontPage
from tests import factories
from tests.unit.discussion.conftest import Decide, PageRead, Say, backdate, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(here: str) -> str:
    """The address of the page with all comments."""
    return here.removesuffix("comments/")


def chain(thread: Thread, author: Profile, depth: int) -> list[Comment]:
    """Write a conversation in which each answers the one before, `depth` deep."""
    common = {"thread": thread, "author": author, "source": "x", "html": "<p>x</p>"}
    top: Comment = Comment.objects.create(**common, reply_count=1, branch_count=depth, last_position=depth)
    first = top.pk + 1
    Comment.objects.bulk_create(
        Comment(
            pk=first + n,
            root=top,
            parent_id=first + n - 1,
            depth=n + 1,
            position=n + 1,
            reply_count=int(n < depth - 1),
            **common,
        )
        for n in range(depth)
    )
    Thread.objects.filter(pk=thread.pk).update(comment_count=depth + 1)
    return list(Comment.objects.order_by("pk"))


def walk(client: Client, url: str, words: str) -> list[str]:
    """Follow a link from page to page and return the comments met, in their order."""
    seen: list[str] = []
    visited: set[str] = set()
    while url:
        assert url not in visited
        visited.add(url)
        page = read_at(client, url)
        assert page.status == 200
        seen += page.comments
        url = page.link(words)
    return seen


def read_at(client: Client, url: str) -> PageRead:
    """Open an address with its query."""
    return PageRead(client.get(url.partition("#")[0]))


class TestOrders:
    def test_newest_first_unless_asked_otherwise(self, say: Say, everything: str, stan: Client) -> None:
        old, young = backdate(say("old"), hours=2), backdate(say("young"), hours=1)
        assert read(stan, everything).comments == [young.public_id, old.public_id]
        assert read(stan, everything, order="oldest").comments == [old.public_id, young.public_id]

    def test_hold_on_the_article_too_where_an_unknown_one_is_ignored(
        self, say: Say, article: ArticlePage, stan: Client
    ) -> None:
        old, young = backdate(say("old"), hours=2), backdate(say("young"), hours=1)
        assert read(stan, article.url, order="oldest").comments == [old.public_id, young.public_id]
        assert read(stan, article.url, order="nonsense").comments == [young.public_id, old.public_id]

    def test_of_one_moment_are_the_order_of_writing(self, say: Say, everything: str, stan: Client) -> None:
        comments = [say(f"no. {n}") for n in range(3)]
        Comment.objects.update(created_at=timezone.now())
        assert read(stan, everything, order="oldest").comments == [c.public_id for c in comments]

    def test_leave_replies_as_they_came(self, say: Say, everything: str, stan: Client) -> None:
        top = say("top")
        first, second = say("first", to=top), say("second", to=top)
        third = say("third", to=first)
        expected = [c.public_id for c in (top, first, third, second)]
        assert read(stan, everything).comments == expected
        assert read(stan, everything, order="oldest").comments == expected


class TestPages:
    def test_show_every_comment_once_in_both_orders_and_back(
        self, say: Say, thread: Thread, gus: Profile, everything: str, stan: Client
    ) -> None:
        now = timezone.now()
        # Three at each moment, so that pages end between comments of the same one.
        moments = [now.replace(microsecond=n // 3) for n in range(2 * PAGE_LENGTH + 7)]
        Comment.objects.bulk_create(
            Comment(thread=thread, author=gus, source="x", html="<p>x</p>", created_at=moment) for moment in moments
        )
        oldest = list(Comment.objects.order_by("created_at", "pk").values_list("public_id", flat=True))
        assert walk(stan, f"{everything}?order=oldest", "Newer comments") == oldest
        assert walk(stan, everything, "Older comments") == oldest[::-1]
        last = read_at(stan, f"{everything}?order=newest&after={oldest[PAGE_LENGTH // 2]}")
        assert last.comments == oldest[: PAGE_LENGTH // 2][::-1]
        back = read_at(stan, last.link("Newer comments"))
        assert back.comments == oldest[PAGE_LENGTH // 2 : PAGE_LENGTH // 2 + PAGE_LENGTH][::-1]
        assert read_at(stan, back.link("Newer comments")).comments == oldest[-PAGE_LENGTH:][::-1]

    def test_go_on_from_a_comment_that_was_removed(
        self, say: Say, decide: Decide, everything: str, stan: Client
    ) -> None:
        first, second, third = (backdate(say(f"no. {n}"), hours=9 - n) for n in range(3))
        decide(second, "removed")
        assert read(stan, everything, order="oldest", after=second.public_id).comments == [third.public_id]
        assert read(stan, everything, order="oldest").comments == [first.public_id, third.public_id]

    def test_are_reached_from_the_article_only_when_there_are_more(
        self, say: Say, article: ArticlePage, thread: Thread, gus: Profile, everything: str, stan: Client
    ) -> None:
        Comment.objects.bulk_create(
            Comment(thread=thread, author=gus, source="x", html="<p>x</p>") for _ in range(PAGE_LENGTH)
        )
        Thread.objects.update(comment_count=PAGE_LENGTH)
        assert read(stan, article.url).link("View all") == ""
        say()
        page = read(stan, article.url)
        assert page.link("View all 26 comments") == everything
        assert len(page.comments) == PAGE_LENGTH


class TestReplies:
    def test_are_shown_a_few_and_the_rest_by_a_link(self, say: Say, everything: str, stan: Client) -> None:
        top = say("top")
        replies = [say(f"no. {n}", to=top) for n in range(FIRST_REPLIES + 2)]
        page = read(stan, everything)
        assert page.comments == [c.public_id for c in (top, *replies[:FIRST_REPLIES])]
        assert page.link("Show 2 more replies") == f"/comments/{top.public_id}/"
        assert read(stan, page.link("more replies")).comments == [c.public_id for c in (top, *replies)]

    def test_of_a_branch_are_all_reached_by_links(self, say: Say, thread: Thread, gus: Profile, stan: Client) -> None:
        top = say("top")
        wide = [say(f"no. {n}", to=top) for n in range(PAGE_LENGTH + 3)]
        under = [say(f"under {n}", to=wide[0]) for n in range(PAGE_LENGTH + 4)]
        seen, links, visited = set(), [f"/comments/{top.public_id}/"], set()
        while links:
            url = links.pop()
            visited.add(url)
            page = read_at(stan, url)
            seen |= set(page.comments)
            more = [a.get("href") for a in page.root.iterfind(".//a[@class='morelink']")]
            links += [link for link in more if link not in visited]
        assert seen == {comment.public_id for comment in (top, *wide, *under)}
        assert len(visited) < 12

    def test_deeper_than_five_levels_stand_side_by_side_and_say_whom_they_answer(
        self, say: Say, everything: str, stan: Client
    ) -> None:
        comments = [say("level 1")]
        for level in range(2, 8):
            comments.append(say(f"level {level}", to=comments[-1], by=factories.make_guest(f"Nr{level}")))
        page = read(stan, everything)
        levels = page.root.findall(".//ol[@class='thread']/li" + "/details/ol/li" * 4)
        assert [item.find("article").get("id") for item in levels] == [f"comment-{c.public_id}" for c in comments[4:]]
        assert page.root.find(".//ol[@class='thread']/li" + "/details/ol/li" * 4 + "/details") is None
        assert page.link("in reply to Nr5") == f"#comment-{comments[4].public_id}"
        assert page.link("in reply to Nr4") == ""

    def test_thousands_deep_are_drawn_and_deleted(
        self, thread: Thread, gus: Profile, everything: str, stan: Client
    ) -> None:
        comments = chain(thread, gus, 3 * sys.getrecursionlimit())
        assert len(read(stan, everything).comments) == 1 + FIRST_REPLIES
        page = read(stan, comments[2_000].permalink)
        assert page.comments[:5] == [c.public_id for c in comments[1_997:2_002]]
        assert page.words(".//a[@class='morelink']") == "Continue this thread"
        assert read(stan, page.link("Continue this thread")).comments[ABOVE] == page.comments[-1]
        assert read(stan, comments[-1].permalink).comments == [c.public_id for c in comments[-1 - ABOVE :]]
        thread.delete()
        assert not Comment.objects.exists()


class TestABranch:
    def test_can_be_folded_up_and_says_how_many_replies_are_in_it(
        self, say: Say, everything: str, stan: Client
    ) -> None:
        top = say("top")
        first = say("first", to=top)
        say("second", to=top)
        say("to the first", to=first)
        page = read(stan, everything)
        folds = page.root.findall(".//details[@class='replies']")
        assert ["".join(fold.find("summary").itertext()) for fold in folds] == ["2 replies", "1 reply"]
        assert all(fold.get("open") is not None for fold in folds)

    def test_leads_up_from_every_reply(self, say: Say, everything: str, stan: Client, decide: Decide) -> None:
        top = say("top")
        reply = say("reply", to=top)
        ups = read(stan, everything).root.findall(".//a[@class='when up']")
        assert [(up.get("href"), up.get("aria-label")) for up in ups] == [
            (f"#{top.element_id}", "Up to the comment by Gus")
        ]
        decide(top, "removed")
        up = read(stan, reply.permalink).root.find(".//a[@class='when up']")
        assert up.get("aria-label") == "Up to a removed comment"


class TestAPermalink:
    def test_shows_what_the_comment_answers_and_what_answers_it(self, say: Say, stan: Client) -> None:
        top = say("top")
        say("beside", to=top)
        middle = say("middle", to=top)
        comment = say("comment", to=middle)
        answer = say("answer", to=comment)
        page = read(stan, comment.permalink)
        assert page.comments == [c.public_id for c in (top, middle, comment, answer)]
        assert page.link("Show 1 more reply") == f"/comments/{top.public_id}/"
        assert page.link("The whole branch") == top.permalink
        assert page.link("Back to the article").endswith("#discussion")

    def test_far_below_begins_with_what_is_near_above(self, thread: Thread, gus: Profile, stan: Client) -> None:
        comments = chain(thread, gus, 9)
        page = read(stan, comments[7].permalink)
        assert page.comments == [c.public_id for c in comments[7 - ABOVE :]]
        assert page.link("in reply to") == f"/comments/{comments[3].public_id}/"

    def test_can_be_focused_where_it_is(self, say: Say, stan: Client) -> None:
        comment = say("comment", to=say("top"))
        found = read(stan, comment.permalink).root.find(f".//article[@id='{comment.element_id}']")
        assert found.get("tabindex") == "-1"

    @pytest.mark.parametrize("order", ["newest", "oldest", "most-voted"])
    def test_leads_to_its_place_among_all_others(self, say: Say, stan: Client, order: str) -> None:
        tops = [say(f"top {number}") for number in range(2 * PAGE_LENGTH)]
        reply = say("reply", to=tops[PAGE_LENGTH])
        page = read(stan, f"{read(stan, reply.permalink).link('from here on')}&order={order}")
        assert page.comments[:2] == [tops[PAGE_LENGTH].public_id, reply.public_id]
        assert len(page.comments) == PAGE_LENGTH + 1
        assert page.root.find(".//a[@rel='prev nofollow']") is not None

    @pytest.mark.parametrize("name", ["", ".", "bcdfghjkmnpq", "\0", "x" * 5_000])
    def test_of_nobody_is_no_place(self, say: Say, everything: str, stan: Client, name: str) -> None:
        say()
        assert stan.get(everything, {"from": name}).status_code == 404

    def test_of_a_reply_is_no_place(self, say: Say, everything: str, stan: Client) -> None:
        assert stan.get(everything, {"from": say(to=say()).public_id}).status_code == 404

    def test_leads_back_to_the_version_of_the_article_in_the_readers_language(
        self, say: Say, article: ArticlePage, stan: Client
    ) -> None:
        front = FrontPage.objects.get(locale__language_code="nb")
        version = factories.translate(article, factories.make_section(front, "Havn"), "Fergen")
        comment = say()
        assert read(stan, f"/nb/comments/{comment.public_id}/").link("Fergen") == version.url
        assert read(stan, f"/ar/comments/{comment.public_id}/").link(article.title) == article.url
        assert read(stan, comment.permalink).link(article.title) == article.url


class TestWhatIsHeld:
    def test_is_seen_in_its_place_by_its_author_and_by_nobody_else(
        self, say: Say, everything: str, article: ArticlePage, stan: Client, as_gus: Client, as_rita: Client
    ) -> None:
        old, young = backdate(say("old"), hours=3), backdate(say("young"), hours=1)
        held = backdate(say("held", held=True), hours=2)
        reply = say("held reply", to=old, held=True)
        for url in (everything, article.url):
            assert read(as_gus, url).comments == [c.public_id for c in (young, held, old, reply)]
            for client in (stan, as_rita):
                assert read(client, url).comments == [young.public_id, old.public_id]
        assert "Waiting for a moderator" in read(as_gus, reply.permalink).words()
        assert read(as_gus, reply.permalink).comments == [old.public_id, reply.public_id]

    def test_stands_on_the_page_where_it_would_stand(
        self, say: Say, thread: Thread, gus: Profile, everything: str, as_gus: Client
    ) -> None:
        held = [backdate(say(f"held {n}", held=True), hours=hours) for n, hours in enumerate((1, 100, 200))]
        for hours in range(2, 2 + 2 * PAGE_LENGTH):
            backdate(say("x"), hours=hours if hours < 2 + PAGE_LENGTH else hours + 100)
        in_turn = walk(as_gus, everything, "Older comments")
        first = read(as_gus, everything).comments
        assert first[0] == held[0].public_id
        assert not {held[1].public_id, held[2].public_id} & set(first)
        assert [public_id for public_id in in_turn if public_id in {c.public_id for c in held}] == [
            comment.public_id for comment in held
        ]
        backwards = walk(as_gus, f"{everything}?order=oldest", "Newer comments")
        assert backwards == in_turn[::-1]

    def test_has_no_reply_link_and_no_name_but_you(self, say: Say, as_gus: Client) -> None:
        held = say("held", held=True)
        page = read(as_gus, held.permalink)
        assert page.words(f".//h3[@id='by-{held.public_id}']") == "You"
        assert page.link("Reply") == ""


class TestWhatWasRemoved:
    def test_leaves_a_tombstone_where_replies_hang(
        self, say: Say, decide: Decide, everything: str, stan: Client, as_gus: Client
    ) -> None:
        top = say("the words that went")
        reply = say("the reply that stays", to=top)
        decide(top, "removed", "It named a neighbour.")
        for client in (stan, as_gus):
            for url in (everything, top.permalink, reply.permalink):
                page = read(client, url)
                assert page.comments == [top.public_id, reply.public_id]
                assert page.words(f".//article[@id='comment-{top.public_id}']/div") == "Removed by a moderator."
                assert "the words that went" not in page.response.content.decode()
                assert "neighbour" not in page.response.content.decode()

    def test_is_gone_where_none_hang(self, say: Say, decide: Decide, everything: str, stan: Client) -> None:
        top = say()
        reply = say(to=top)
        decide(top, "removed")
        decide(reply, "removed")
        assert read(stan, everything).comments == []
        assert read(stan, top.permalink).status == read(stan, reply.permalink).status == 404


class TestNames:
    def test_bear_who_speaks_for_the_paper(
        self, article: ArticlePage, say: Say, ed: User, rita: User, stan: Client
    ) -> None:
        say("by the editor", by=ed)
        say("by a reader", by=rita)
        say("by a guest")
        writer = factories.make_user("ada", "Writer")
        person = article.bylines.first().person
        person.user = writer
        person.save()
        say("by the author", by=writer)
        helper = factories.make_user("hal")
        helper.user_permissions.add(Permission.objects.get(codename="access_admin"))
        say("by one let in by name", by=helper)
        page = read(stan, article.url)
        found = {
            "".join(item.find(".//div[@class='text']").itertext()).strip(): [
                b.text for b in item.iterfind("header/span")
            ]
            for item in page.root.iterfind(".//article[@class='comment']")
        }
        assert found == {
            "by the editor": ["Staff"],
            "by a reader": [],
            "by a guest": ["Guest"],
            "by the author": ["Author"],
            "by one let in by name": ["Staff"],
        }

    def test_and_words_are_text_wherever_they_stand(self, say: Say, everything: str, stan: Client) -> None:
        evil = '"><img src=x onerror=alert(1)>{{ 7 }}'
        top = say("top", by=factories.make_guest(evil))
        say("reply", to=top)
        for url in (everything, top.permalink, f"/comments/{top.public_id}/reply/"):
            page = read(stan, url)
            assert evil in page.words()
            assert page.root.find(".//main//img") is None
            assert evil in page.root.find(".//head/title").text or url == everything or "reply" in url


def test_a_closed_discussion_stays_and_takes_nothing_new(say: Say, article: ArticlePage, stan: Client) -> None:
    comment = say("still here")
    Thread.objects.update(is_closed=True)
    page = read(stan, article.url)
    assert page.comments == [comment.public_id]
    assert "This discussion is closed." in page.words(".//section[@id='discussion']")
    assert page.root.find(".//form[@class='write']") is None
    assert page.link("Reply") == ""


def test_an_article_without_comments_invites_the_first(article: ArticlePage, stan: Client) -> None:
    page = read(stan, article.url)
    assert page.words(".//h2[@id='talk']") == "0 comments"
    assert "Nobody has said anything yet." in page.words()
    assert not Thread.objects.exists()


def test_reading_sets_no_cookie(say: Say, article: ArticlePage, everything: str, here: str, stan: Client) -> None:
    comment = say()
    for url in (article.url, everything, comment.permalink, here, f"/comments/{comment.public_id}/reply/"):
        page = read(stan, url)
        assert page.status == 200
        assert not page.response.cookies
        assert not stan.cookies


class TestCost:
    def queries(self, client: Client, url: str) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url.partition("#")[0]).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    def test_queries_do_not_grow_with_the_thread(
        self, say: Say, article: ArticlePage, everything: str, ed: User, as_gus: Client
    ) -> None:
        top = say("top", by=ed)
        reply = say("reply", to=top)
        say("held", held=True)
        urls = [article.url, everything, f"{everything}?order=oldest", top.permalink, reply.permalink]
        self.queries(as_gus, article.url)  # what is asked once per process is asked now
        few = [len(self.queries(as_gus, url)) for url in urls]
        for n in range(PAGE_LENGTH + 1):
            other = say(f"no. {n}", by=ed)
            for m in range(n % 3):
                say(f"no. {n}.{m}", to=other)
        many = [len(self.queries(as_gus, url)) for url in urls]
        assert many == few
        # Those under the article, their first replies, one's own that wait.
        asked = [sql for sql in self.queries(as_gus, article.url) if 'FROM "discussion_comment"' in sql]
        assert len([sql for sql in asked if 'FROM "annotation_passage"' not in sql]) == 3

    def test_every_list_is_a_range_of_an_index(self, say: Say, everything: str, gus: Profile, as_gus: Client) -> None:
        top = say("top")
        for n in range(30):
            say(f"reply {n}", to=top)
            say(f"no. {n}")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        middle = Comment.objects.get(source="no. 15")
        urls = [everything, f"{everything}?order=oldest", f"{everything}?order=newest&after={middle.public_id}",
                f"{everything}?order=oldest&before={middle.public_id}", top.permalink]  # fmt: skip
        for url in urls:
            for sql in self.queries(as_gus, url):
                if "ORDER BY" in sql and 'FROM "discussion_comment"' in sql:
                    assert uses_an_index(sql), sql


def uses_an_index(sql: str) -> bool:
    """Whether the database finds the comments by an index; of a table as small as this PostgreSQL must be asked to."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[3] for row in cursor.fetchall()]
            return not any("SCAN discussion_comment" in step for step in plan)
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = [row[0] for row in cursor.fetchall()]
        cursor.execute("SET enable_seqscan = on")
        return not any("Seq Scan on discussion_comment" in step for step in plan)
