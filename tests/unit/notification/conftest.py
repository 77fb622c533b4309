"""A mail server that listens, and something to be told of: news from a quay, which any reader may see unless closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from broadsheet.delivery import topics
from broadsheet.delivery.topics import TopicKind
from broadsheet.notification import kinds
from broadsheet.notification.kinds import NoticeKind
from tests.fakes.mail_server import MailServer, serving_mail
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


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    """A real mail server, and settings that hand everything in there."""
    with serving_mail() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
