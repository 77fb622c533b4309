"""Something to be told of: news from a quay, which any reader may see unless closed."""

from __future__ import annotations

import pytest

from broadsheet.delivery import topics
from broadsheet.delivery.topics import TopicKind
from broadsheet.notification import kinds
from broadsheet.notification.kinds import NoticeKind
from tests.unit.notification.quays import QUAYS, Quays, write_news


@pytest.fixture
def quays(monkeypatch: pytest.MonkeyPatch) -> Quays:
    """A kind of topic and a kind of notice about it, as a module above would bring them."""
    quays = Quays()
    topic = TopicKind("quay", QUAYS.__getitem__, "/quays/{}/".format, quays.may_see)
    news = NoticeKind("news", "News", lambda notice: not notice.facts.get("is_taken_back"), write_news, about="quay")
    for seam, kind in ((topics, topic), (kinds, news)):
        monkeypatch.setitem(seam._kinds, kind.name, kind)
    return quays
