"""A real mail server on this machine, which keeps what it is handed in and answers as it is told."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.places import free_port

TAKEN = "250 OK"


@dataclass(frozen=True)
class Delivery:
    """One mail as it was handed in."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail as a mailbox reads it."""
        parsed = BytesParser(policy=email.policy.default).parsebytes(self.raw)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def head(self) -> list[str]:
        """The lines before the first empty one, as they went over the wire."""
        return self.raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")

    def link(self, path: str) -> str:
        """The one link to a page of ours whose path ends so, as path and query; the same in both forms."""
        pattern = rf"https?://[^/\s\"]+([^\s\"?]*{re.escape(path)}\?[^\s\"<]+)"
        plain, html = (set(re.findall(pattern, unescape(self.part(kind)))) for kind in ("plain", "html"))
        assert plain == html
        (link,) = plain
        return str(link)

    def part(self, kind: str) -> str:
        """The text of the part of this kind: `plain` or `html`."""
        body = self.mail.get_body((kind,))
        assert body is not None
        return str(body.get_content())


@dataclass
class MailServer:
    """What the server got (`deliveries`), and what it is to answer.

    `answers` by recipient, each used up in order, then the mail is taken; `content_answers` likewise, after the
    content. `meanwhile` is called, in the server's thread, when it has the content and has not answered yet.
    """

    port: int
    deliveries: list[Delivery] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    content_answers: dict[str, list[str]] = field(default_factory=dict)
    meanwhile: Callable[[Delivery], object] = lambda delivery: None

    def to(self, address: str) -> list[Delivery]:
        """Return what was handed in for an address."""
        return [one for one in self.deliveries if address in one.recipients]

    def only(self, address: str) -> Delivery:
        """Return the one mail that an address got."""
        (delivery,) = self.to(address)
        return delivery

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        answer = self._next(self.answers, address)
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail, or not."""
        assert isinstance(envelope.content, bytes)
        delivery = Delivery(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content)
        self.meanwhile(delivery)
        answer = self._next(self.content_answers, envelope.rcpt_tos[0])
        if answer == TAKEN:
            self.deliveries.append(delivery)
        return answer

    @staticmethod
    def _next(answers: dict[str, list[str]], address: str) -> str:
        waiting = answers.get(address)
        return waiting.pop(0) if waiting else TAKEN


@contextmanager
def serving_mail() -> Iterator[MailServer]:
    """Run a mail server for as long as the block takes."""
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
