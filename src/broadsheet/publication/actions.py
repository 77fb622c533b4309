"""What editors do with articles, beyond what Wagtail's own editor does for them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from wagtail.log_actions import log

from broadsheet.accounts.models import User
from broadsheet.gate.keys import Key, answer_once
from broadsheet.publication.interview import Turn, pair
from broadsheet.publication.models import ArticlePage, Byline, Person, ProvenanceStep, Section


@dataclass(frozen=True)
class Pasted:
    """An interview as it came from the workbench: paragraphs before the first turn, and named turns."""

    introduction: Sequence[str]
    turns: Sequence[Turn]


def write_interview(
    section: Section,
    *,
    by: User,
    key: Key,
    headline: str,
    standfirst: str,
    pasted: Pasted,
    steps: Iterable[dict[str, Any]],
    bylines: Iterable[tuple[str, str]],
) -> ArticlePage:
    """Make a draft article of a pasted interview in `section`.

    `steps` are the fields of `ProvenanceStep`, `bylines` pairs of role and name; a name new to us becomes a person.
    A repeat with the same `key` returns the article of the first. Raises ValidationError where a page cannot stand.
    """

    def write() -> str:
        return str(_draft(section, by, headline, standfirst, pasted, steps, bylines).pk)

    article: ArticlePage = ArticlePage.objects.get(pk=answer_once(key, write).reference)
    return article


def _draft(
    section: Section,
    by: User,
    headline: str,
    standfirst: str,
    pasted: Pasted,
    steps: Iterable[dict[str, Any]],
    bylines: Iterable[tuple[str, str]],
) -> ArticlePage:
    article = ArticlePage(title=headline, standfirst=standfirst, live=False, owner=by, locale=section.locale)
    article.body = body_of(pasted)
    article.provenance_steps = [ProvenanceStep(sort_order=at, **step) for at, step in enumerate(steps)]
    article.bylines = [
        Byline(sort_order=at, person=person_named(name), role=role) for at, (role, name) in enumerate(bylines)
    ]
    section.add_child(instance=article)
    log(instance=article, action="wagtail.create", user=by, content_changed=True)
    article.save_revision(user=by, log_action=True)
    return article


def append_interview(article: ArticlePage, *, by: User, key: Key, pasted: Pasted) -> None:
    """Put a pasted interview below what the newest draft of `article` holds; what readers see stays as it is.

    A repeat with the same `key` puts nothing.
    """

    def write() -> str:
        draft: ArticlePage = article.get_latest_revision_as_object()
        draft.body = [*draft.body.get_prep_value(), *body_of(pasted)]
        return str(draft.save_revision(user=by, log_action=True).pk)

    answer_once(key, write)


def person_named(name: str) -> Person:
    """The person of that name, made when nobody bears it yet."""
    known = Person.objects.filter(name__iexact=name).order_by("pk").first()
    return known or Person.objects.create(name=name)


def body_of(pasted: Pasted) -> list[dict[str, Any]]:
    """The blocks of a pasted interview, as a StreamField stores them, each part with an id of its own.

    Exchanges that answer one question one after the other become one exchange with several answers.
    """
    blocks = [_block("text", _rich(pasted.introduction))] if pasted.introduction else []
    exchanges: list[list[dict[str, Any]]] = []
    for exchange in pair(pasted.turns):
        if exchange.question or exchange.asked_by or not exchanges:
            exchanges.append([])
        if exchange.question or exchange.asked_by:
            exchanges[-1].append(_turn("question", exchange.asked_by, exchange.question))
        if exchange.answer or exchange.answered_by:
            exchanges[-1].append(_turn("answer", exchange.answered_by, exchange.answer))
    if exchanges:
        voices = [_block("item", {"name": name, "role": ""}) for name in _voices(pasted.turns)]
        items = [_block("item", parts) for parts in exchanges]
        blocks.append(_block("interview", {"voices": voices, "exchanges": items}))
    return blocks


def _voices(turns: Sequence[Turn]) -> list[str]:
    """Every name once: first who asks first, then who answers first, then the others."""
    asking = [turn.speaker for turn in turns if turn.is_question and turn.speaker]
    answering = [turn.speaker for turn in turns if not turn.is_question and turn.speaker]
    return list(dict.fromkeys([*asking[:1], *answering[:1], *asking, *answering]))


def _turn(kind: str, speaker: str, paragraphs: Sequence[str]) -> dict[str, Any]:
    return _block(kind, {"voice": speaker, "text": _rich(paragraphs)})


def _rich(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)


def _block(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "id": str(uuid.uuid4())}
