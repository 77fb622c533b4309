"""The cast: ed edits, mo moderates, tess keeps the books, rita reads, gus is a guest, stan is a stranger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import remember_guest
from broadsheet.discussion.actions import open_thread
from broadsheet.discussion.models import Thread
from broadsheet.moderation.models import Hold, ModerationPolicy
from broadsheet.publication.models import ArticlePage, FrontPage, Section
from tests import factories
from tests.fakes.mail_server import MailServer, serving_mail


@pytest.fixture
def ed(db: None) -> User:
    """The editor."""
    return factories.make_user("ed", "Editor")


@pytest.fixture
def mo(db: None) -> User:
    """The moderator."""
    return factories.make_user("mo", "Moderator")


@pytest.fixture
def tess(db: None) -> User:
    """The treasurer."""
    return factories.make_user("tess", "Treasurer")


@pytest.fixture
def rita(db: None) -> User:
    """A reader who is a member; `rita.profile` is her public name."""
    return factories.make_member("rita")


@pytest.fixture
def gus(db: None) -> Profile:
    """A guest's profile."""
    return factories.make_guest()


@pytest.fixture
def stan(db: None) -> Client:
    """A stranger's browser, which has never been here: it must see nothing that is not public."""
    return Client()


@pytest.fixture
def as_ed(ed: User) -> Client:
    """The editor's browser."""
    return signed_in(ed)


@pytest.fixture
def as_mo(mo: User) -> Client:
    """The moderator's browser."""
    return signed_in(mo)


@pytest.fixture
def as_tess(tess: User) -> Client:
    """The treasurer's browser."""
    return signed_in(tess)


@pytest.fixture
def as_rita(rita: User) -> Client:
    """The member's browser."""
    return signed_in(rita)


@pytest.fixture
def as_gus(gus: Profile) -> Client:
    """The guest's browser, which remembers that he has written here."""
    answer = HttpResponse()
    remember_guest(answer, gus)
    client = Client()
    client.cookies.update(answer.cookies)
    return client


@pytest.fixture
def publication(db: None) -> FrontPage:
    """A publication in English, Norwegian and Arabic, where what looks like a person's is published; the front page."""
    ModerationPolicy.objects.create(hold=Hold.NONE, burst_of_profile=0, burst_of_network=0)
    return factories.make_publication("en", "nb", "ar")


@pytest.fixture
def section(publication: FrontPage) -> Section:
    """A section of the publication."""
    return factories.make_section(publication)


@pytest.fixture
def article(section: Section) -> ArticlePage:
    """A published article."""
    return factories.make_article(section)


@pytest.fixture
def thread(article: ArticlePage) -> Thread:
    """The article's thread, open and empty."""
    return open_thread(article)


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    """A real mail server, and settings that hand everything in there."""
    with serving_mail() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


def signed_in(user: User) -> Client:
    """Return a browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client
