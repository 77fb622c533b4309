"""Where somebody stands who listens: the version of each topic that they know, in one word that they give back."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A name as `topic()` makes it, of a kind and a key that may stand in an address and in a line of a stream.
TOPIC = re.compile(r"[a-z]{1,20}:[a-z0-9-]{1,40}", re.ASCII)
LONGEST = 1_000  # characters
_PLACE = re.compile(rf"({TOPIC.pattern})=(0|[1-9][0-9]{{0,17}})", re.ASCII)


def written(places: Iterable[tuple[str, int]]) -> str:
    """Return topics and their versions as one word: `thread:12=41,campaign:3=7`."""
    return ",".join(f"{topic}={version}" for topic, version in places)


def read(word: str) -> dict[str, int]:
    """Return the version of each topic in a word that somebody gave us; what is not of our making is not in it."""
    parts = word.split(",") if len(word) <= LONGEST else []
    found = filter(None, map(_PLACE.fullmatch, parts))
    return {place[1]: int(place[2]) for place in found}
