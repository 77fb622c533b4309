"""Topics: every kind is made known once, by the module that owns it."""

from __future__ import annotations

import pytest

from broadsheet.delivery.topics import TopicKind, add_topic_kind, topic, topic_kinds


def test_a_topic_is_named_after_its_kind() -> None:
    assert topic("article", 12) == "article:12"


def test_a_kind_that_nobody_owns_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no topic kind 'weather'"):
        topic("weather", 1)


def test_a_kind_is_made_known_once() -> None:
    twin = TopicKind("article", title=str, url=str, may_see=bool)
    with pytest.raises(ValueError, match="already"):
        add_topic_kind(twin)
    assert twin not in topic_kinds()


def test_kinds_come_in_the_order_of_their_names() -> None:
    names = [kind.name for kind in topic_kinds()]
    assert names == sorted(names)
    assert "article" in names
