"""The mail itself: its head, and handing it to the mail server."""

from __future__ import annotations

import smtplib
import unicodedata
from contextlib import suppress
from email.utils import formataddr, parseaddr
from types import TracebackType

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from broadsheet.notification.kinds import Letter, Notice
from broadsheet.notification.publication import public_host, publication_name

SUBJECT_LIMIT = 200  # characters; more is cut by every mailbox
LINE_LIMIT = 300


class Unreachable(Exception):
    """There is no mail server to hand anything to: none answers, or it does not let us in."""


class Refused(Exception):
    """The server has this message refused for good; another attempt would be a nuisance."""


class Post:
    """A connection to the mail server of the settings: opened when first needed, opened anew after a failure."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend | None = None

    def __enter__(self) -> Post:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def hand_in(self, mail: EmailMultiAlternatives) -> None:
        """Hand in one mail; when this returns, the server has taken it on.

        Raises Unreachable, Refused, or OSError for what may succeed another time.
        """
        backend = self._open()
        try:
            backend.send_messages([mail])
        except OSError as error:
            self._close()
            if _is_final(error):
                raise Refused(what_went_wrong(error)) from error
            raise

    def _open(self) -> BaseEmailBackend:
        if self._backend is None:
            self._backend = get_connection()
            try:
                self._backend.open()
            except OSError as error:
                self._close()
                raise Unreachable(what_went_wrong(error)) from error
        return self._backend

    def _close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(OSError):  # what was handed in is handed in; a connection that does not end well is no news
                backend.close()


def mail_of(notice: Notice, letter: Letter, number: str) -> EmailMultiAlternatives:
    """Return the mail, in the active language. `number` makes its Message-ID: the same at every attempt."""
    mail = EmailMultiAlternatives(
        subject=one_line(letter.subject, SUBJECT_LIMIT),
        body=letter.text,
        from_email=_sender(),
        to=[notice.address],
        headers=_headers(notice, number),
    )
    mail.attach_alternative(letter.html, "text/html")
    return mail


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return text that can neither end a header nor turn what stands around it: one line, no controls, not too long."""
    line = " ".join("".join(character for character in text if _belongs(character)).split())
    line = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    # What looks like an encoded word would be decoded, line ends in it too. The letter between is not seen.
    return line.replace("=?", "=\N{ZERO WIDTH SPACE}?")


def _belongs(character: str) -> bool:
    # Cc controls, Cs are halves of characters; what ends a line is space between words.
    return character.isspace() or (unicodedata.category(character) not in ("Cc", "Cs") and character not in _TURNING)


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def what_went_wrong(error: Exception) -> str:
    """Return an error as one line for an operator: what the server said, where it said something."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(_said(*answer) for answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return one_line(f"{type(error).__name__}: {error}")


def _said(code: int, words: bytes | str) -> str:
    return one_line(f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}")


def _is_final(error: OSError) -> bool:
    """Whether the server says "never" (5xx) of the recipient or the content.

    What it says of the sender, of us, is the operator's to mend; the mail is good until then.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _sender() -> str:
    """The publication's name with its address, unless the operator has given a name of their own."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((one_line(name or publication_name()), address))


def _headers(notice: Notice, number: str) -> dict[str, str]:
    host = public_host()
    headers = {
        "Message-ID": f"<{number}@{host}>",
        # A machine wrote this: no machine shall answer (RFC 3834; the second is for Exchange, the third for old ones).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "list" if notice.topic else "bulk",
        "Content-Language": notice.language,
    }
    if notice.topic:
        headers["List-Id"] = f"<{notice.topic.replace(':', '-')}.{host}>"
    if notice.stop_url:
        headers["List-Unsubscribe"] = f"<{notice.stop_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
