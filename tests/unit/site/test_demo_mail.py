"""The demo's mails: what would be sent can be read, in a demo home only, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest
from django.conf import settings as settings_of_tests
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django.fixtures import Settings

from broadsheet.site.demo_mail import FILES
from broadsheet.site.demonstrate import sign_ins
from broadsheet.site.home import DEMO_MARK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("publication")]


@pytest.fixture
def demo(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """The home of a demo that hands mail in nowhere."""
    settings.HOME, settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = tmp_path, FILES, str(tmp_path / "mail")
    (tmp_path / "mail").mkdir()
    (tmp_path / DEMO_MARK).touch()
    return tmp_path


def send(subject: str, text: str, html: str = "", to: str = "ada@example.org") -> None:
    """Send a mail as the worker does."""
    mail = EmailMultiAlternatives(subject, text, "newsroom@slipway.example", [to])
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()


def mail_at(client: Client, words: str) -> Any:
    """Open the mail whose subject has these words from the list, and return its page."""
    listed = html5lib.parse(client.get("/demo/mails/").content.decode(), namespaceHTMLElements=False)
    links = [a.get("href") for a in listed.iterfind(".//main//a") if words in "".join(a.itertext())]
    return html5lib.parse(client.get(links[0]).content.decode(), namespaceHTMLElements=False)


def test_there_are_none_at_first(demo: Path, stan: Client) -> None:
    assert "There are none yet." in stan.get("/demo/mails/").content.decode()


def test_a_mail_is_listed_and_shown_as_html_and_text(demo: Path, stan: Client) -> None:
    send("Please <confirm>", "Open http://testserver/x?t=1&u=2", '<p><a href="http://testserver/x">Yes</a></p>')
    send("Bjørn har svart", "Hei")
    page = stan.get("/demo/mails/").content.decode()
    assert "Please &lt;confirm&gt;" in page
    assert "Bjørn har svart" in page
    assert "ada@example.org" in page
    shown = mail_at(stan, "confirm")
    frame = next(shown.iter("iframe"))
    assert frame.get("sandbox") == "allow-top-navigation-by-user-activation"
    assert frame.get("srcdoc").strip() == '<p><a target="_top" href="http://testserver/x">Yes</a></p>'
    assert "http://testserver/x?t=1&u=2" in [a.get("href") for a in shown.iter("a")]


def test_a_mail_runs_nothing_on_the_page(demo: Path, stan: Client) -> None:
    send("x", "<script>alert(1)</script>", '"><script>alert(2)</script>')
    root = mail_at(stan, "x")
    assert [one for one in root.iter("script") if not one.get("src")] == []
    assert next(root.iter("iframe")).get("srcdoc").startswith('"><script>')


def test_it_is_linked_where_it_is(demo: Path, stan: Client) -> None:
    assert 'href="/demo/mails/"' in stan.get("/").content.decode()
    assert f"    Mails      {settings_of_tests.PUBLIC_ADDRESS}/demo/mails/" in list(sign_ins())


@pytest.mark.parametrize("what", ["no demo", "a mail server"])
def test_elsewhere_there_is_no_such_page(
    demo: Path, stan: Client, as_ed: Client, settings: Settings, what: str
) -> None:
    send("secret", "secret")
    (key,) = [file.stem for file in (demo / "mail").glob("*.log")]
    if what == "no demo":
        (demo / DEMO_MARK).unlink()
    else:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    for client in (stan, as_ed):
        for url in ("/demo/mails/", f"/demo/mails/{key}-0/", "/nb/demo/mails/"):
            assert client.get(url).status_code == 404
        assert "/demo/mails/" not in client.get("/").content.decode()
    assert not [line for line in sign_ins() if "Mails" in line]


@pytest.mark.parametrize("key", ["nothing", "0", "..", "%2e%2e%2fbroadsheet", "x" * 5_000])
def test_what_is_no_mail_is_not_found(demo: Path, stan: Client, key: str) -> None:
    send("x", "y")
    assert stan.get(f"/demo/mails/{key}/").status_code == 404
    assert stan.post("/demo/mails/").status_code == 405
