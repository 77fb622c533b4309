"""Lets the demo's readers talk: every comment goes through the action that a reader's own would take."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

from django.utils.text import slugify

from broadsheet.accounts.actions import add_colleague, new_guest, new_nameless_guest, profile_of
from broadsheet.accounts.models import Profile, User
from broadsheet.annotation.actions import annotate, ask
from broadsheet.annotation.anchoring import Selection
from broadsheet.discussion.actions import cast_vote, open_thread, pick_comment, pin_comment, post_comment
from broadsheet.discussion.models import DOWN, UP, Comment
from broadsheet.gate.keys import Key
from broadsheet.kernel.ids import public_id
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Hold, ModerationPolicy, Standing
from broadsheet.publication.models import ArticlePage, Person

Words = dict[str, Any]


class Said(TypedDict):
    """What every comment is posted with, wherever it stands."""

    by: Profile
    body: str
    key: Key
    spam_signs: tuple[str, ...]


@contextmanager
def everybody_published() -> Iterator[None]:
    """Let the demo's readers have been published before; afterwards the policy is the one a new publication has."""
    policy = ModerationPolicy.objects.create(hold=Hold.NONE)
    yield
    policy.delete()


def load_thread(article: ArticlePage, comments: Iterable[Words], moment: Callable[[Words], datetime.datetime]) -> None:
    """Post the comments of one file under `article`, in order of time, then do what a moderator did with them."""
    thread = open_thread(article)
    posted: dict[str, Comment] = {}
    in_time = sorted(comments, key=moment)
    for words in in_time:
        is_held = words.get("standing") == Standing.HELD
        said = Said(
            by=_speaker(words),
            body=words["body"],
            key=Key.of("demo", str(article.translation_key), words["key"]),
            spam_signs=(words["reason"],) if is_held else (),
        )
        if "about" in words:
            comment = annotate(article, selection=Selection("", words["about"]), **said).comment
        else:
            parent = _fresh(posted.get(words.get("parent", "")))
            comment = post_comment(thread, parent=parent, **said).comment
        # An action writes now; these were written yesterday.
        Comment.objects.filter(pk=comment.pk).update(created_at=moment(words))
        posted[words["key"]] = comment
    for words in in_time:
        _vote(posted[words["key"]], words)
    moderator = User.objects.get(groups__name="Moderator")
    for words in in_time:
        _moderate(posted[words["key"]], words, by=moderator)


def ask_readers(article: ArticlePage, questions: Iterable[Words]) -> None:
    """Put the editors' questions on words of the article."""
    for words in questions:
        editor = _account(Person.objects.get(slug=words["by"]))
        ask(article, selection=Selection("", words["words"]), by=editor, question=words["question"])


def _vote(comment: Comment, words: Words) -> None:
    """Let as many of the readers who only read and vote be for and against it as its words say."""
    if not comment.is_published:
        return
    values = [UP] * words.get("up", 0) + [DOWN] * words.get("down", 0)
    for voter, value in zip(_voters(len(values)), values, strict=True):
        cast_vote(comment, by=voter, value=value)


def _moderate(comment: Comment, words: Words, *, by: User) -> None:
    """Let a moderator remove, pin or pick a comment, as its words say."""
    if words.get("standing") == Standing.REMOVED:
        decide(
            "comment", comment.public_id, Standing.REMOVED, by=by, reason=words["reason"], seen=Standing.PUBLISHED
        )  # fmt: skip
    if words.get("pinned"):
        pin_comment(comment, by=by)
    if words.get("pick"):
        pick_comment(comment, by=by)


def _voters(count: int) -> list[Profile]:
    """The first so many of them, in the order they came."""
    known = list(Profile.objects.filter(name="", user=None).order_by("pk")[:count])
    return known + [new_nameless_guest() for _ in range(count - len(known))]


def _fresh(comment: Comment | None) -> Comment | None:
    return Comment.objects.get(pk=comment.pk) if comment else None


def _speaker(words: Words) -> Profile:
    """The profile of that name: the newsroom's own, else a member's or a guest's, the same in every thread."""
    if words.get("guest"):
        return Profile.objects.filter(name=words["name"], user=None).first() or new_guest(words["name"])
    if "person" in words:
        return profile_of(_account(Person.objects.get(slug=words["person"])))
    known = Profile.objects.filter(name=words["name"], user__isnull=False).first()
    return known or profile_of(_member(words["name"]))


def _account(person: Person) -> User:
    if person.user is None:
        person.user = _member(person.name)
        person.save()
    return person.user


def _member(name: str) -> User:
    given, _space, family = name.partition(" ")
    # A name that has no letters of an address gets a made-up one.
    return add_colleague(f"{slugify(name) or public_id()}@slipway.example", first_name=given, last_name=family)
