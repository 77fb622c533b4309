"""A discussion to try things on: somebody says something, a browser posts something, a page is read."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import html5lib
import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import post_comment
from broadsheet.discussion.models import Comment, CommentDecision, Thread
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage

_numbers = itertools.count(1)

Say = Callable[..., Comment]
Decide = Callable[..., CommentDecision]


@pytest.fixture
def say(thread: Thread, gus: Profile) -> Say:
    """Let somebody, Gus if nobody else is named, say something under the article or in answer to `to`."""

    def say(
        body: str = "The tide waits for nobody.",
        *,
        to: Comment | None = None,
        by: Profile | User | None = None,
        held: bool = False,
        where: Thread | None = None,
    ) -> Comment:
        key = Key.of("test", str(next(_numbers)))
        signs = ("honeypot",) if held else ()
        posted = post_comment(where or thread, by=by or gus, body=body, key=key, parent=to, spam_signs=signs)
        return posted.comment

    return say


@pytest.fixture
def decide(mo: User) -> Decide:
    """Let the moderator decide on a comment, as the desk has it done."""

    def decide(comment: Comment, standing: str, reason: str = "") -> CommentDecision:
        with transaction.atomic():
            decision = CommentDecision.objects.create(subject=comment, standing=standing, reason=reason, by=mo)
            Comment.objects.get(pk=comment.pk).decided(decision)
        comment.refresh_from_db()
        return decision

    return decide


@pytest.fixture
def here(article: ArticlePage) -> str:
    """The address that the form below the article goes to."""
    return f"/threads/{article.translation_key}/comments/"


def backdate(comment: Comment, **ago: float) -> Comment:
    """Let a comment have been written earlier."""
    comment.created_at = timezone.now() - timedelta(**ago)
    comment.save(update_fields=["created_at"])
    return comment


@dataclass
class PageRead:
    """A page as a reader finds it."""

    response: HttpResponse

    @cached_property
    def root(self) -> Any:
        """The page as a browser shows it; what stands in a `template` waits for a script."""
        root = html5lib.parse(self.response.content, treebuilder="etree", namespaceHTMLElements=False)
        for template in list(root.iter("template")):
            template.clear()
        return root

    @property
    def status(self) -> int:
        return self.response.status_code

    def words(self, path: str = ".//main") -> str:
        """The words inside the first element that `path` leads to."""
        found = self.root.find(path)
        return " ".join(" ".join(found.itertext()).split()) if found is not None else ""

    @property
    def comments(self) -> list[str]:
        """The public ids of the comments, in the order of the page."""
        articles = self.root.iterfind(".//article[@id]")
        return [found.get("id").removeprefix("comment-") for found in articles if "comment" in found.get("class", "")]

    @property
    def alert(self) -> str:
        """What the page says is wrong."""
        return self.words(".//*[@role='alert']")

    def field(self, name: str) -> str:
        """What stands in a field of the comment form."""
        area = self.root.find(f".//textarea[@name='{name}']")
        if area is not None:
            return area.text or ""
        return str(self.root.find(f".//input[@name='{name}']").get("value"))

    def link(self, words: str) -> str:
        """Where the link with these words leads; '' when there is none."""
        links = [a for a in self.root.iterfind(".//a") if words in " ".join("".join(a.itertext()).split())]
        return str(links[0].get("href")) if links else ""


def read(client: Client, url: str, **query: str) -> PageRead:
    """Open a page."""
    return PageRead(client.get(url.partition("#")[0], query or None))


def post(client: Client, url: str, /, **fields: str) -> PageRead:
    """Send the comment form."""
    return PageRead(client.post(url, {"name": "Stan", **fields}))
