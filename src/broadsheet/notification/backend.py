"""Handing mail to a mail server, never inside a transaction: it may take its time, and what it tells of be undone."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import EmailMessage
from django.db import connection, transaction

log = logging.getLogger("broadsheet.notification")


class AfterCommitBackend(EmailBackend):
    """Django's backend, which waits for the commit of what it tells of; outside of any transaction it is Django's.

    For the mails that others write and send at once: Wagtail's about workflows and remarks. Our own wait in the outbox.
    """

    _is_away = False  # the mail server: each of many mails would wait for it again

    def open(self) -> bool | None:
        """Connect; inside a transaction, later."""
        if connection.in_atomic_block:
            return False
        try:
            return super().open()
        except OSError:
            self._is_away = True
            raise

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send, or promise to; what fails after the commit is in the log, for whoever asked has gone on."""
        if not connection.in_atomic_block:
            return super().send_messages(email_messages)
        waiting, send = list(email_messages), super().send_messages

        def hand_in() -> None:
            if self._is_away:
                log.error("The mail server does not answer; %d mails are not sent.", len(waiting))
            else:
                send(waiting)

        transaction.on_commit(hand_in, robust=True)
        return len(waiting)
