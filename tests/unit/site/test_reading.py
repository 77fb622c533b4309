"""Reading: whoever only reads gets no cookie, on no page that can be reached by links."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from broadsheet.publication.models import ArticlePage

LINK = re.compile(r'\s(?:href|src|action)="(/[^"#]*)')
# Signing in is no reading, and files are not Django's.
NOT_READING = re.compile("(/nb|/ar)?/(accounts|admin|static|media)/")
STARTS = ("/", "/sitemap.xml", "/robots.txt", "/no/such/page/")


@pytest.fixture
def everything(article: ArticlePage, stan: Client) -> dict[str, object]:
    """Every page that a stranger reaches by links, by its address."""
    found: dict[str, object] = {}
    waiting = [*STARTS, article.url]
    while waiting:
        address = waiting.pop()
        if address in found or NOT_READING.match(address):
            continue
        answer = stan.get(address)
        found[address] = answer
        if answer["Content-Type"].startswith("text/html") and not answer.streaming:
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(answer.content.decode())]
    return found


def test_the_walk_comes_far(everything: dict[str, object], article: ArticlePage) -> None:
    assert article.url in everything
    assert len(everything) > 8


def test_reading_sets_no_cookie(everything: dict[str, object]) -> None:
    with_cookies = [address for address, answer in everything.items() if answer.cookies]  # type: ignore[attr-defined]
    assert with_cookies == []


def test_a_page_for_everybody_may_be_kept(everything: dict[str, object]) -> None:
    private = [
        address
        for address, answer in everything.items()
        if "private" in answer.get("Cache-Control", "")  # type: ignore[attr-defined]
    ]
    assert private == []


def test_every_link_leads_somewhere(everything: dict[str, object]) -> None:
    broken = {address: answer.status_code for address, answer in everything.items() if answer.status_code >= 400}  # type: ignore[attr-defined]
    assert broken == {"/no/such/page/": 404}
