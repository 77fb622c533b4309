"""The three orders: what stands where, page by page and back again, and each a range of an index."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import Site

from broadsheet.accounts.models import Profile
from broadsheet.delivery.announce import versions_of
from broadsheet.discussion.actions import cast_vote
from broadsheet.discussion.models import Comment, DiscussionSettings, Thread
from broadsheet.discussion.reading import PAGE_LENGTH
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Say, post, read

pytestmark = pytest.mark.django_db

ORDERS = ("newest", "oldest", "most-voted")


@pytest.fixture
def voters() -> list[Profile]:
    """People with opinions."""
    return [factories.make_guest(f"Voter {number}") for number in range(4)]


def vote(comment: Comment, voters: list[Profile], score: int) -> Comment:
    """Let so many vote up, or down, that the score is this."""
    for voter in voters[: abs(score)]:
        cast_vote(comment, by=voter, value=1 if score > 0 else -1)
    comment.refresh_from_db()
    return comment


def write_many(thread: Thread, by: Profile, count: int, scores: tuple[int, ...] = (0,)) -> list[Comment]:
    """Write comments that have these scores in turn; some were written in the very same moment."""
    now = timezone.now()
    made = [
        Comment(
            thread=thread,
            author=by,
            source=f"No. {number}",
            html=f"<p>No. {number}</p>",
            created_at=now - timedelta(minutes=count - number // 3),
            up_count=max(scores[number % len(scores)], 0),
            down_count=max(-scores[number % len(scores)], 0),
            score=scores[number % len(scores)],
        )
        for number in range(count)
    ]
    Comment.objects.bulk_create(made)
    Thread.objects.filter(pk=thread.pk).update(comment_count=count)
    return list(Comment.objects.filter(thread=thread))


def expected(comments: list[Comment], order: str) -> list[str]:
    """The order as one would write it down."""
    if order == "most-voted":
        comments = sorted(comments, key=lambda one: (-one.score, -one.created_at.timestamp(), -one.pk))
    else:
        comments = sorted(comments, key=lambda one: (one.created_at, one.pk), reverse=order == "newest")
    return [comment.public_id for comment in comments]


def walk(client: Client, url: str, rel: str = "next") -> tuple[list[str], str]:
    """Follow the links to the end; return what was shown on the way, and where it ended."""
    shown: list[str] = []
    while True:
        page = read(client, url)
        assert page.status == 200
        shown = shown + page.comments if rel == "next" else page.comments + shown
        link = page.root.find(f".//a[@rel='{rel} nofollow']")
        if link is None:
            return shown, url
        url = link.get("href")


@pytest.mark.parametrize("order", ORDERS)
def test_paging_shows_everything_once_there_and_back(thread: Thread, gus: Profile, stan: Client, order: str) -> None:
    comments = write_many(thread, gus, 3 * PAGE_LENGTH + 7, scores=(0, 2, -1, 0, 3))
    there, last = walk(stan, f"{thread.url}?order={order}")
    assert there == expected(comments, order)
    back, _first = walk(stan, last, rel="prev")
    assert len(back) >= len(there)
    assert list(dict.fromkeys(back)) == expected(comments, order)


def test_most_voted_counts_up_minus_down_and_newest_first(
    say: Say, voters: list[Profile], stan: Client, thread: Thread
) -> None:
    names = ("disliked", "older", "newer", "liked", "loved")
    said = {name: say(name) for name in names}
    for name, score in (("disliked", -2), ("liked", 1), ("loved", 3)):
        vote(said[name], voters, score)
    page = read(stan, f"{thread.url}?order=most-voted")
    assert page.comments == [said[name].public_id for name in ("loved", "liked", "newer", "older", "disliked")]


@pytest.mark.parametrize("order", ORDERS)
def test_replies_are_oldest_first_in_every_order(
    say: Say, voters: list[Profile], stan: Client, thread: Thread, order: str
) -> None:
    top = say("top")
    replies = [say(f"reply {number}", to=top) for number in range(3)]
    vote(replies[2], voters, 3)
    page = read(stan, f"{thread.url}?order={order}")
    assert page.comments == [comment.public_id for comment in (top, *replies)]


def test_who_keeps_their_score_is_shown_once_while_others_rise(
    thread: Thread, gus: Profile, stan: Client, voters: list[Profile]
) -> None:
    """Between two pages the last one shown is voted to the top: nothing is left out, and nobody comes twice."""
    comments = write_many(thread, gus, 2 * PAGE_LENGTH + 5, scores=(0, 1, -1))
    first = read(stan, f"{thread.url}?order=most-voted")
    moved = Comment.objects.get(public_id=first.comments[-1])
    vote(moved, voters, 4 - moved.score)
    link = first.root.find(".//a[@rel='next nofollow']").get("href")
    shown = [*first.comments, *walk(stan, link)[0]]
    kept = [public_id for public_id in shown if public_id != moved.public_id]
    assert sorted(kept) == sorted(one.public_id for one in comments if one.pk != moved.pk)


def test_own_held_comments_have_their_place(say: Say, gus: Profile, as_gus: Client, thread: Thread) -> None:
    liked, disliked = say("liked"), say("disliked")
    held = say("held", held=True)
    Comment.objects.filter(pk=liked.pk).update(up_count=1, score=1)
    Comment.objects.filter(pk=disliked.pk).update(down_count=1, score=-1)
    page = read(as_gus, f"{thread.url}?order=most-voted")
    assert page.comments == [comment.public_id for comment in (liked, held, disliked)]


@pytest.mark.parametrize("order", ORDERS)
def test_pinned_comments_stand_above_all_others_of_the_first_page_and_once(
    thread: Thread, gus: Profile, stan: Client, order: str
) -> None:
    comments = write_many(thread, gus, 2 * PAGE_LENGTH + 7, scores=(0, 2, -1))
    early, late = sorted((comments[9], comments[40]), key=lambda one: one.created_at)
    Comment.objects.filter(pk__in=(early.pk, late.pk)).update(is_pinned=True)
    others = [comment for comment in comments if comment.pk not in (early.pk, late.pk)]
    there, last = walk(stan, f"{thread.url}?order={order}")
    assert there == [late.public_id, early.public_id, *expected(others, order)]
    assert list(dict.fromkeys(walk(stan, last, rel="prev")[0])) == there


class TestTheNewsroomsOrder:
    def test_is_what_a_plain_address_shows(self, say: Say, stan: Client, article: ArticlePage, thread: Thread) -> None:
        first, second = say("first"), say("second")
        DiscussionSettings.objects.create(site=article.get_site(), default_order="oldest")
        for url in (article.url, thread.url):
            page = read(stan, url)
            assert page.comments == [first.public_id, second.public_id]
            assert page.root.find(".//nav[@class='sort']//a[@aria-current]").text == "Oldest"
            assert page.link("Oldest").partition("#")[0] == url
            newest = page.link("Newest")
            assert "order=newest" in newest
            assert read(stan, newest).comments == [second.public_id, first.public_id]

    def test_is_chosen_in_the_admin(self, as_ed: Client, article: ArticlePage) -> None:
        url = f"/admin/settings/discussion/discussionsettings/{article.get_site().pk}/"
        assert "Most voted" in as_ed.get(url).content.decode()
        form = {"default_order": "most-voted", "edit_minutes": "5", "close_after_days": "0"}
        form |= {"invitation": "off", "invitation_delay": "20"}
        assert as_ed.post(url, form).status_code == 302
        kept = DiscussionSettings.objects.get()
        assert (kept.default_order, kept.edit_minutes) == ("most-voted", 5)

    def test_leads_on_to_all_comments(self, thread: Thread, gus: Profile, stan: Client, article: ArticlePage) -> None:
        comments = write_many(thread, gus, PAGE_LENGTH + 3, scores=(1, 0))
        page = read(stan, article.url, order="most-voted")
        assert page.comments == expected(comments, "most-voted")[:PAGE_LENGTH]
        assert page.link("View all") == f"{thread.url}?order=most-voted"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        ".",
        "{id}",
        "{id}.",
        "{id}.x",
        "{id}.+1",
        "{id}.01",
        "{id}.-0",
        "{id}.1_0",
        "{id}.１",
        "{id}.9999999999",
        "{id}.1.1",
        "{id}.1 ",
        "bcdfghjkmnpq.1",
        "\0.1",
    ],
)
@pytest.mark.parametrize("way", ["after", "before"])
def test_a_place_that_nobody_wrote_is_no_page(say: Say, stan: Client, thread: Thread, cursor: str, way: str) -> None:
    query = {"order": "most-voted", way: cursor.format(id=say().public_id)}
    assert stan.get(thread.url, query).status_code == 404


def test_a_place_of_another_order_is_no_page(say: Say, stan: Client, thread: Thread) -> None:
    public_id = say().public_id
    assert stan.get(thread.url, {"order": "newest", "after": f"{public_id}.0"}).status_code == 404
    assert stan.get(thread.url, {"order": "most-voted", "after": f"{public_id}.0"}).status_code == 200
    for name in ("Newest", "most_voted", "most-voted ", "score", ""):
        assert stan.get(thread.url, {"order": name}).status_code == 404


# SQLite keeps the primary key in every index without saying so.
RANGES = {"discussion_tops": "created_at[<>]", "discussion_tops_by_score": r"\(score,created_at\)[<>]"}
INDEXES = {"newest": "discussion_tops", "oldest": "discussion_tops", "most-voted": "discussion_tops_by_score"}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("way", ["first", "after", "before"])
def test_every_page_is_a_range_of_an_index(thread: Thread, gus: Profile, stan: Client, order: str, way: str) -> None:
    """Ties and all: of ten thousand comments with the same score no more are looked at than are shown."""
    comments = write_many(thread, gus, 4 * PAGE_LENGTH)
    middle = comments[len(comments) // 2]
    place = f"{middle.public_id}.{middle.score}" if order == "most-voted" else middle.public_id
    query = {"order": order} | ({} if way == "first" else {way: place})
    with CaptureQueriesContext(connection) as captured:
        assert stan.get(thread.url, query).status_code == 200
    tops = [one["sql"] for one in captured if "cut" in one["sql"] and "discussion_comment" in one["sql"]]
    assert tops
    for sql in tops:
        assert "OFFSET" not in re.sub(r"LIMIT 1 OFFSET 9", "", sql)
        check_plan(plan_of(sql), INDEXES[order], is_range=way != "first" and sql is tops[0])


def plan_of(sql: str) -> str:
    """How the database would answer; a small table must not make it think an index is not worth the while."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What other tests have taken back still makes indexes long; and what a job of the server's has noted
            # meanwhile, it noted of a table without this test's rows.
            cursor.execute("REINDEX TABLE discussion_comment")
            cursor.execute("ANALYZE discussion_comment")
            for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def check_plan(plan: str, index: str, *, is_range: bool) -> None:
    names = re.findall(rf"(?:INDEX|using) {index}\b.*(?:\n.*Index Cond.*)?", plan)
    assert names, plan
    assert not re.search(r"TEMP B-TREE FOR (?:LAST .*)?ORDER BY(?!.*\n.*cut)|^\s*->?\s*Sort", plan, re.MULTILINE), plan
    if is_range:
        assert re.search(rf"ROW\(|{RANGES[index.replace('inline', 'tops')]}", names[0]), plan


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("way", ["first", "after", "before"])
def test_inline_feedback_alone_is_a_range_of_an_index_too(
    thread: Thread, gus: Profile, stan: Client, order: str, way: str
) -> None:
    """However few there are among however many others."""
    comments = write_many(thread, gus, 4 * PAGE_LENGTH)
    inline = comments[:: PAGE_LENGTH // 2]
    Comment.objects.filter(pk__in=[one.pk for one in inline]).update(is_inline=True)
    Thread.objects.filter(pk=thread.pk).update(inline_count=len(inline))
    place = f"{inline[4].public_id}.{inline[4].score}" if order == "most-voted" else inline[4].public_id
    query = {"order": order, "show": "inline"} | ({} if way == "first" else {way: place})
    with CaptureQueriesContext(connection) as captured:
        page = read(stan, thread.url, **query)
    assert page.comments
    assert set(page.comments) <= {one.public_id for one in inline}
    tops = [one["sql"] for one in captured if "cut" in one["sql"] and "discussion_comment" in one["sql"]]
    index = INDEXES[order].replace("tops", "inline")
    check_plan(plan_of(tops[0]), index, is_range=way != "first")


@pytest.mark.parametrize("order", ORDERS)
def test_pressed_votes_cost_one_query_more(
    thread: Thread, gus: Profile, stan: Client, as_gus: Client, order: str
) -> None:
    write_many(thread, factories.make_guest("Somebody else"), 2 * PAGE_LENGTH)

    def queries(client: Client) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(thread.url, {"order": order}).status_code == 200
        return sum('FROM "discussion_vote"' in one["sql"] or "commentedit" in one["sql"] for one in captured)

    assert (queries(stan), queries(as_gus)) == (0, 1)


def test_a_voter_is_no_writer(say: Say, stan: Client, here: str) -> None:
    """Somebody who has only voted writes under the name they give, and is not asked for less than others."""
    stan.post(f"/comments/{say().public_id}/vote/", {"value": "1"})
    assert post(stan, here, body="Hello", name="").status == 422


def test_another_default_is_announced(article: ArticlePage) -> None:
    before = versions_of(["publication:everywhere"])["publication:everywhere"]
    DiscussionSettings.objects.create(site=Site.objects.get(), default_order="oldest")
    assert versions_of(["publication:everywhere"])["publication:everywhere"] == before + 1
