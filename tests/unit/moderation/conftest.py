"""Comments that await a moderator: the things that the desk is tried with."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from broadsheet.accounts.models import Profile
from broadsheet.discussion.actions import open_thread, post_comment
from broadsheet.discussion.models import Comment
from broadsheet.gate.keys import Key
from broadsheet.publication.models import ArticlePage
from tests import factories

Hold = Callable[..., Comment]
_numbers = itertools.count(1)


@pytest.fixture
def hold(article: ArticlePage, gus: Profile) -> Hold:
    """Make a comment that bears a sign of spam, and so is held."""

    def make(body: str = "Is the winter boat heated?", by: Profile = gus) -> Comment:
        key = Key.of("test", str(next(_numbers)))
        return post_comment(open_thread(article), by=by, body=body, key=key, spam_signs=("honeypot",)).comment

    return make


@pytest.fixture
def held(hold: Hold) -> Comment:
    """A comment by Gus that awaits a moderator."""
    return hold()


@pytest.fixture
def second_mo(db: None) -> factories.User:
    """Another moderator."""
    return factories.make_user("moa", "Moderator")
