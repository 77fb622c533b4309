"""What a page can be about, under one name: `article:12`, `thread:7`. The modules that own a kind describe it here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

# What everybody may read off a thing: 41 comments, a score of 5.
Figures = Mapping[str, int | str]


def no_figures(key: str, names: Collection[str]) -> Mapping[str, Figures]:
    """Return nothing: there is nothing to count."""
    return {}


@dataclass(frozen=True)
class TopicKind:
    """A seam: what delivery must know of a kind of topic that a higher module owns.

    `title` and `url` take the part behind the colon and answer for a reader in the active language;
    `may_see` says whether an anonymous reader may know that the topic exists; `figures` what such a reader can count of
    it, under "", and of those of the things in it, given by their public ids, that everybody may read.
    """

    name: str
    title: Callable[[str], str]
    url: Callable[[str], str]
    may_see: Callable[[str], bool]
    figures: Callable[[str, Collection[str]], Mapping[str, Figures]] = no_figures


EVERY = "*"  # in place of a key

_kinds: dict[str, TopicKind] = {}


def add_topic_kind(kind: TopicKind) -> None:
    """Make a kind known; called once, from the owning module's `AppConfig.ready()`."""
    if kind.name in _kinds:
        raise ValueError(f"There is a topic kind {kind.name!r} already.")
    _kinds[kind.name] = kind


def topic_kinds() -> tuple[TopicKind, ...]:
    """Return every kind, in the order of their names."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def for_everybody(topic: str) -> tuple[TopicKind, str] | None:
    """Return the kind of a topic and the part behind the colon; None for one that an anonymous reader may not know."""
    name, _colon, key = topic.partition(":")
    kind = _kinds.get(name)
    return (kind, key) if kind and kind.may_see(key) else None


def topic(kind: str, key: object) -> str:
    """Return the name of a topic; an unknown kind is a mistake of the programmer."""
    if kind not in _kinds:
        raise ValueError(f"There is no topic kind {kind!r}.")
    return f"{kind}:{key}"


def every(kind: str) -> str:
    """Return what a page shows that shows something of all topics of a kind, such as their number."""
    return topic(kind, EVERY)


def names_of(topic: str) -> tuple[str, str]:
    """Return the names by which pages may say that they show a topic."""
    return topic, f"{topic.partition(':')[0]}:{EVERY}"
