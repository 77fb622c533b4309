"""Handing mail to a mail server, never inside a transaction: it may take its time, and what it tells of be undone."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import EmailMessage
from django.db import connection, transaction


class AfterCommitBackend(EmailBackend):
    """Django's backend, which waits for the commit of what it tells of; outside of any transaction it is Django's.

    For the mails that others write and send at once: Wagtail's about workflows and remarks. Our own wait in the outbox.
    """

    def open(self) -> bool | None:
        """Connect; inside a transaction, later."""
        return False if connection.in_atomic_block else super().open()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send, or promise to; what fails after the commit is in the log, for whoever asked has gone on."""
        if not connection.in_atomic_block:
            return super().send_messages(email_messages)
        waiting, send = list(email_messages), super().send_messages

        def hand_in() -> None:
            send(waiting)

        transaction.on_commit(hand_in, robust=True)
        return len(waiting)
