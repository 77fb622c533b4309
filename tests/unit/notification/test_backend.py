"""Mail that others write and send at once: it waits for the commit of what it tells of."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from pytest_django.fixtures import Settings
from wagtail.admin.mail import send_mail, send_notification

from broadsheet.accounts.models import User
from broadsheet.notification.backend import AfterCommitBackend
from broadsheet.publication.models import ArticlePage
from tests.fakes.mail_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)
ROUND = "ada@slipway.example"


@pytest.fixture
def server(post: MailServer, settings: Settings) -> MailServer:
    """A mail server, and the product's own way to it."""
    settings.EMAIL_BACKEND = "broadsheet.notification.backend.AfterCommitBackend"
    return post


def test_mail_waits_for_the_commit(server: MailServer) -> None:
    with transaction.atomic():
        send_mail("Ready", "It is ready.", [ROUND])
        assert not server.deliveries
    assert [delivery.recipients for delivery in server.deliveries] == [(ROUND,)]


def test_mail_of_what_was_undone_is_never_sent(server: MailServer) -> None:
    with transaction.atomic():
        send_mail("Ready", "It is ready.", [ROUND])
        transaction.set_rollback(True)
    assert not server.deliveries


def test_mail_outside_of_transactions_is_sent_at_once(server: MailServer) -> None:
    assert send_mail("Ready", "It is ready.", [ROUND]) == 1
    assert len(server.deliveries) == 1


def test_inside_a_transaction_nobody_waits_for_a_mail_server(
    settings: Settings, article: ArticlePage, ed: User
) -> None:
    """Wagtail connects first, and sends then; here nobody answers, and what the mail tells of is done all the same."""
    settings.EMAIL_BACKEND = "broadsheet.notification.backend.AfterCommitBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    with transaction.atomic():
        assert send_notification([ed], "updated_comments", {"page": article, "editor": ed})
        ArticlePage.objects.update(live=False)
    assert not ArticlePage.objects.get().live


def test_a_server_that_is_away_is_asked_once(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many mails through one backend, as Wagtail sends them."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    asked = []
    open_ = EmailBackend.open
    monkeypatch.setattr(EmailBackend, "open", lambda self: asked.append(self) or open_(self))
    backend = AfterCommitBackend()
    with transaction.atomic():
        for _ in range(3):
            backend.send_messages([EmailMessage("Ready", "It is ready.", to=[ROUND])])
    assert len(asked) == 1
    assert caplog.text.count("The mail server does not answer") == 2
