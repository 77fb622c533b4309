"""The feed of a thread: what everybody may read of it, the latest first, and what each answers."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import feedparser
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from broadsheet.accounts.models import Profile
from broadsheet.discussion.feeds import ENTRIES
from broadsheet.discussion.models import Thread
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.unit.discussion.conftest import Decide, Say, read
from tests.unit.discussion.test_orders import plan_of

pytestmark = pytest.mark.django_db

ATOM, THR = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/thread/1.0}"


def feed_of(thread: Thread) -> str:
    return f"{thread.url}feed/"


def entries(client: Client, thread: Thread) -> list[ElementTree.Element]:
    answer = client.get(feed_of(thread))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314 - our own


def test_has_what_was_said_last_and_what_it_answers(
    say: Say, thread: Thread, stan: Client, article: ArticlePage
) -> None:
    top = say("The tide & the <quay>")
    say("It waits for nobody.", to=top)
    reply, comment = entries(stan, thread)
    assert comment.findtext(f"{ATOM}title") == f"Gus on {article.title}"
    assert comment.findtext(f"{ATOM}author/{ATOM}name") == "Gus"
    assert comment.findtext(f"{ATOM}content") == "<p>The tide &amp; the &lt;quay&gt;</p>\n"
    assert comment.find(f"{ATOM}link").attrib["href"] == f"http://testserver{top.permalink}"
    assert comment.find(f"{THR}in-reply-to").attrib["ref"] == f"urn:uuid:{article.translation_key}"
    assert reply.find(f"{THR}in-reply-to").attrib["ref"] == comment.findtext(f"{ATOM}id")
    assert reply.find(f"{THR}in-reply-to").attrib["href"] == f"http://testserver{top.permalink}"


def test_is_named_on_the_page_of_all_comments(say: Say, thread: Thread, stan: Client) -> None:
    say()
    page = read(stan, thread.url)
    assert page.link("Feed of these comments") == feed_of(thread)
    links = [link.get("href") for link in page.root.iterfind(".//link[@type='application/atom+xml']")]
    assert feed_of(thread) in links


def test_of_a_discussion_that_nobody_began_is_empty(article: ArticlePage, stan: Client) -> None:
    assert entries(stan, Thread(translation_key=article.translation_key)) == []


def test_of_an_article_that_not_everybody_may_read_is_none(article: ArticlePage, stan: Client, thread: Thread) -> None:
    article.unpublish()
    assert stan.get(feed_of(thread)).status_code == 404


def test_keeps_to_itself_what_is_held_or_gone(say: Say, thread: Thread, decide: Decide, as_gus: Client) -> None:
    removed = say("It named a neighbour.")
    say("It stays.", to=removed)
    say("It waits.", held=True)
    decide(removed, "removed")
    assert [entry.findtext(f"{ATOM}content") for entry in entries(as_gus, thread)] == ["<p>It stays.</p>\n"]


def test_is_asked_for_again_only_when_something_was_said(say: Say, thread: Thread, stan: Client) -> None:
    say("One")
    tag = stan.get(feed_of(thread))["ETag"]
    assert stan.get(feed_of(thread), headers={"If-None-Match": tag}).status_code == 304
    say("Two")
    assert stan.get(feed_of(thread), headers={"If-None-Match": tag}).status_code == 200


def test_costs_the_same_for_a_long_discussion(say: Say, thread: Thread, gus: Profile, stan: Client) -> None:
    for number in range(ENTRIES + 5):
        say(f"No. {number}", by=factories.make_guest(f"Guest {number}"))
    with CaptureQueriesContext(connection) as captured:
        assert len(entries(stan, thread)) == ENTRIES
    assert len(captured) <= 12
    asked = next(one["sql"] for one in captured if "discussion_comment" in one["sql"] and "LIMIT" in one["sql"])
    assert "discussion_latest" in plan_of(asked)
