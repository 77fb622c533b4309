"""The demo's mails, on pages of their own: a demo hands them to no mail server, so that one can read what they say."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from broadsheet.site.home import is_demo

SHOWN = 100  # the newest; nobody looks through more
# How Django's file backend ends a mail; a line of a comment that looks like it begins with `> `.
END = b"\n" + b"-" * 79 + b"\n"
FILES = "django.core.mail.backends.filebased.EmailBackend"
# A frame without this would open our pages inside itself, which they refuse.
_LINK = re.compile(r"<a (?=href=)")


@dataclass(frozen=True)
class Mail:
    """One mail as a mailbox shows it; `key` names it in an address."""

    key: str
    sender: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str
    html: str

    @property
    def framed(self) -> str:
        """The HTML for the `srcdoc` of a frame that runs no script; its links open in the whole window."""
        return _LINK.sub('<a target="_top" ', self.html)


def has_mails() -> bool:
    """Whether mails are shown here: in a demo home whose mails go to files, and nowhere else."""
    return settings.EMAIL_BACKEND == FILES and is_demo(settings.HOME)


def mails() -> list[Mail]:
    """Return the newest mails, the newest first."""
    files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda file: file.name, reverse=True)[:SHOWN]
    found = (mail for file in files for mail in reversed(list(_mails_in(file))))
    return [mail for mail, _number in zip(found, range(SHOWN), strict=False)]


@never_cache
@require_safe
def demo_mails(request: HttpRequest) -> HttpResponse:
    """List the mails."""
    _only_in_a_demo()
    return render(request, "site/demo_mails.html", {"mails": mails()})


@never_cache
@require_safe
def demo_mail(request: HttpRequest, key: str) -> HttpResponse:
    """Show one mail, its HTML and its text."""
    _only_in_a_demo()
    mail = next((mail for mail in mails() if mail.key == key), None)
    if mail is None:
        raise Http404
    return render(request, "site/demo_mail.html", {"mail": mail})


def _only_in_a_demo() -> None:
    if not has_mails():
        raise Http404


def _mails_in(file: Path) -> Iterator[Mail]:
    for number, raw in enumerate(file.read_bytes().split(END)):
        if raw.strip():
            parsed = BytesParser(policy=email.policy.default).parsebytes(raw)
            assert isinstance(parsed, EmailMessage)  # noqa: S101 - that is what this policy makes
            yield _mail(f"{file.stem}-{number}", parsed)


def _mail(key: str, parsed: EmailMessage) -> Mail:
    date = parsed["Date"].datetime if parsed["Date"] else None
    return Mail(
        key=key,
        sender=str(parsed["From"] or ""),
        to=str(parsed["To"] or ""),
        subject=str(parsed["Subject"] or "").strip(),
        sent_at=date and (date if date.tzinfo else date.replace(tzinfo=UTC)),  # "-0000" says UTC and no more
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
    )


def _part(parsed: EmailMessage, kind: str) -> str:
    body = parsed.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
