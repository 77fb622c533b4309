"""The policy: moderators set it on a page of the admin, and what readers post is judged by it."""

from __future__ import annotations

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, Thread
from broadsheet.moderation.models import Hold, ModerationPolicy, Standing
from broadsheet.publication.models import ArticlePage

pytestmark = pytest.mark.django_db

PAGE = "/admin/desk/policy/"
BURST = {"burst_of_profile": "6", "burst_of_network": "40", "burst_minutes": "5"}
WHOLE = {"hold": "first", "max_links": "2", "words": "", **BURST}


@pytest.fixture
def of_article(thread: Thread) -> str:
    """The page of the article's own policy."""
    return f"{PAGE}article:{thread.translation_key}/"


def write(browser: Client, thread: Thread, body: str = "I saw it leave.", **fields: str) -> Comment:
    """Post a comment; return it."""
    answer = browser.post(thread.write_url, {"body": body, "name": "Stan", **fields})
    assert answer.status_code == 303, answer.content.decode()
    return Comment.objects.latest("pk")


def test_the_page_says_what_is_in_force(as_mo: Client, publication: object) -> None:
    ModerationPolicy.objects.all().delete()
    page = as_mo.get(PAGE).content.decode()
    for words in ("Moderation policy", "have nothing published here yet", "Listed words", "v*gra"):
        assert words in page
    assert (
        'value="first" id="id_hold_1" required checked' in page or "checked" in page.partition('value="first"')[2][:80]
    )


def test_a_moderator_sets_it_and_readers_are_judged_by_it(as_mo: Client, mo: User, thread: Thread) -> None:
    wish = {"words": "Casino*\r\n\r\nfree money", "max_links": "0", "burst_of_profile": "0"}
    assert as_mo.post(PAGE, WHOLE | wish).status_code == 302
    row = ModerationPolicy.objects.get()
    assert (row.hold, row.words, row.max_links, row.changed_by) == ("first", "Casino*\nfree money", 0, mo)
    browser = Client()
    first = write(browser, thread)
    assert (first.standing, first.standing_reason) == (Standing.HELD, "first-comment")
    Comment.objects.filter(pk=first.pk).update(standing=Standing.PUBLISHED, is_shown=True)
    assert write(browser, thread, "And I saw it come back.").is_published
    assert write(browser, thread, "All the CASINOS of the quay").standing_reason == "words"
    assert write(browser, thread, "Free **money**!").standing_reason == "words"
    assert write(browser, thread, "c**as**ino").standing_reason == "words"
    assert write(browser, thread, "[here](https://casino.example)").standing_reason == "words, links"
    assert write(browser, thread, "[tide](https://tide.example)").standing_reason == "links"


def test_an_article_has_its_own(as_mo: Client, thread: Thread, article: ArticlePage, of_article: str) -> None:
    assert article.title in as_mo.get(of_article).content.decode()
    assert as_mo.post(of_article, {"hold": "all", "max_links": "", "words": "eider"}).status_code == 302
    assert write(Client(), thread).standing_reason == "policy-all"
    assert article.title in as_mo.get(PAGE).content.decode()
    assert as_mo.post(of_article, {"hold": "", "max_links": "", "words": "eider"}).status_code == 302
    assert write(Client(), thread, "An eider!").standing_reason == "words"
    assert write(Client(), thread, "A gull.").is_published
    # What says nothing of its own is dropped.
    assert as_mo.post(of_article, {"hold": "", "max_links": "", "words": " "}).status_code == 302
    assert ModerationPolicy.objects.get().scope == ""
    assert write(Client(), thread, "Two eiders!").is_published
    assert write(Client(), thread, "One more eider!").is_published


def test_what_moderators_write_is_published(as_mo: Client, mo: User, thread: Thread) -> None:
    ModerationPolicy.objects.update(hold=Hold.ALL, words="casino")
    Profile.objects.create(user=mo, name="Mo")
    assert write(as_mo, thread, "There was a casino here once.").is_published


def test_who_is_held_reads_that_it_waits(as_gus: Client, thread: Thread) -> None:
    """And is not told by which word."""
    ModerationPolicy.objects.update(words="casino")
    held = write(as_gus, thread, "There was a casino here once.", name="")
    page = as_gus.get(held.permalink.partition("#")[0]).content.decode()
    assert "moderator" in page
    assert "listed word" not in page
    assert Client().get(held.permalink.partition("#")[0]).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"hold": "nobody"}, "valid choice"),
        ({"hold": ""}, "required"),
        ({"max_links": "-1"}, "greater than or equal to 0"),
        ({"max_links": "1_0"}, "whole number"),
        ({"max_links": "１０"}, "whole number"),
        ({"max_links": "NaN"}, "whole number"),
        ({"max_links": ""}, "required"),
        ({"burst_minutes": "0"}, "greater than or equal to 1"),
        ({"burst_of_profile": "1e9"}, "whole number"),
        ({"burst_of_network": "99999999999999999999"}, "less than or equal to"),
        ({"words": "casino\n(a+)+$"}, "Line 2: Words and * only"),
        ({"words": "a*a*a*a*a*b"}, "Line 1: A * stands right beside letters"),
        ({"words": "\n".join(f"w{n}" for n in range(10_001))}, "at most 10,000 lines"),
        ({"words": "<script>alert(1)</script>"}, "Words and * only"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(
    as_mo: Client, thread: Thread, wrong: dict[str, str], field: str
) -> None:
    before = ModerationPolicy.objects.values().get()
    answer = as_mo.post(PAGE, WHOLE | wrong)
    assert answer.status_code == 422
    assert field in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert ModerationPolicy.objects.values().get() == before


def test_ten_thousand_words_can_be_listed(as_mo: Client, thread: Thread) -> None:
    words = "\r\n".join(f"word{number}x*" for number in range(10_000))
    assert as_mo.post(PAGE, WHOLE | {"hold": "none", "words": words}).status_code == 302
    assert write(Client(), thread, "WORD9999xyz").standing_reason == "words"
    assert write(Client(), thread, "word").is_published


@pytest.mark.parametrize("scope", ["article:", "article:x", "section:1", "article:{upper}", "article:%00", "thread:1"])
def test_only_articles_have_one(as_mo: Client, thread: Thread, scope: str) -> None:
    """A key that is written otherwise would be a policy that nothing is judged by."""
    address = f"{PAGE}{scope.format(upper=str(thread.translation_key).upper())}/"
    assert as_mo.get(address).status_code == 404
    assert as_mo.post(address, {"hold": "all"}).status_code == 404
    assert ModerationPolicy.objects.count() == 1


def test_only_moderators_see_to_it(
    as_ed: Client, as_tess: Client, as_rita: Client, stan: Client, thread: Thread, of_article: str
) -> None:
    for address in (PAGE, of_article):
        assert as_ed.get(address).status_code == 200
        for somebody in (as_tess, as_rita, stan):
            assert somebody.get(address).status_code == 302
            assert somebody.post(address, WHOLE | {"hold": "all"}).status_code == 302
    assert ModerationPolicy.objects.get().hold == Hold.NONE
