"""An empty publication, its groups and its first editor."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client, override_settings
from wagtail.models import Locale, Page, Site

from broadsheet.accounts.models import User
from broadsheet.publication.models import FrontPage, PublicationSettings, Section, StandardPage
from broadsheet.site.setup import begin_publication, has_publication, tell_wagtail_the_address
from tests import factories
from tests.cast import signed_in

pytestmark = pytest.mark.django_db
MAY_ENTER: dict[str, set[str]] = {
    "/admin/": {"Ed", "Writer", "Mo", "Tess"},
    "/admin/images/": {"Ed", "Writer"},
    "/admin/reports/locked/": {"Ed"},
    "/admin/redirects/": {"Ed"},
    "/admin/snippets/publication/person/": {"Ed", "Writer"},
    "/admin/settings/publication/publicationsettings/": {"Ed"},
    "/admin/users/": set(),
    "/admin/groups/": set(),
    "/admin/sites/": set(),
}
PASSWORD = "plankton-og-tang-47"


def begin() -> None:
    begin_publication("Slippen", email="Ed@slipway.example", password=PASSWORD, editor="Ed")


def test_there_is_a_front_page_in_every_language_and_nothing_of_wagtails() -> None:
    assert not has_publication()
    begin()
    assert has_publication()
    fronts = FrontPage.objects.all()
    assert {front.locale.language_code for front in fronts} == {"en", "nb", "ar"}
    assert len({front.translation_key for front in fronts}) == 1
    assert {page.title for page in Page.objects.filter(depth=2)} == {"Slippen"}
    assert [site.root_page.specific for site in Site.objects.all()] == [fronts.get(locale__language_code="en")]
    assert PublicationSettings.for_site(Site.objects.get()).name == "Slippen"
    assert not any(Page.find_problems())


def test_every_language_has_a_section_and_drafts_to_fill_in() -> None:
    begin()
    for front in FrontPage.objects.all():
        assert Section.objects.child_of(front).live().count() == 1
        drafts = StandardPage.objects.child_of(front)
        assert {page.slug for page in drafts} == {"imprint", "privacy"}
        assert not any(page.live for page in drafts)
    for slug in ("imprint", "privacy"):
        assert len(set(StandardPage.objects.filter(slug=slug).values_list("translation_key"))) == 1


def test_it_serves_and_drafts_are_not_seen(stan: Client) -> None:
    begin()
    for path in ("/", "/nb/", "/ar/", "/news/", "/nb/news/"):
        assert stan.get(path).status_code == 200, path
    assert stan.get("/imprint/").status_code == 404


def test_the_first_editor_signs_in_and_may_do_everything() -> None:
    begin()
    ed = authenticate(username="ed@slipway.example", password=PASSWORD)
    assert isinstance(ed, User)
    assert ed.is_superuser
    assert [group.name for group in ed.groups.all()] == ["Editor"]


def test_an_attempt_that_fails_leaves_nothing() -> None:
    User.objects.create_user("ed@slipway.example", PASSWORD)
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        begin()
    assert not has_publication()
    assert Page.objects.filter(depth=2).count() == 1


def test_locales_of_an_earlier_attempt_are_dropped() -> None:
    leftover = Locale.objects.create(language_code="fr")
    Page.objects.all().update(locale=leftover)
    begin()
    assert set(Locale.objects.values_list("language_code", flat=True)) == {"en", "nb", "ar"}
    assert Page.objects.get(depth=1).locale.language_code == "en"


@pytest.mark.parametrize(
    ("address", "hostname", "port"),
    [
        ("https://slipway.example", "slipway.example", 443),
        ("http://slipway.example", "slipway.example", 80),
        ("http://127.0.0.1:8123", "127.0.0.1", 8123),
    ],
)
def test_wagtail_is_told_the_address(address: str, hostname: str, port: int) -> None:
    begin()
    with override_settings(PUBLIC_ADDRESS=address):
        tell_wagtail_the_address()
    site = Site.objects.get()
    assert (site.hostname, site.port) == (hostname, port)
    assert FrontPage.objects.get(locale__language_code="nb").full_url == f"{address}/nb/"


class TestGroups:
    def test_they_are_there_after_migrating(self) -> None:
        assert set(Group.objects.values_list("name", flat=True)) == {"Editor", "Writer", "Moderator", "Treasurer"}

    def test_what_an_operator_changed_stays(self) -> None:
        Group.objects.get(name="Writer").permissions.clear()
        Group.objects.filter(name="Treasurer").delete()
        call_command("migrate", verbosity=0, interactive=False)
        assert Group.objects.get(name="Writer").permissions.count() == 0
        assert set(Group.objects.get(name="Treasurer").permissions.values_list("codename", flat=True)) == {
            "access_admin", "keep_books", "change_waysofgiving",
        }  # fmt: skip

    def test_who_may_enter_where(self, publication: FrontPage, ed: User, mo: User, tess: User) -> None:
        browsers = {user: signed_in(user) for user in (ed, mo, tess, factories.make_user("writer", "Writer"))}

        def who_enters(path: str) -> set[str]:
            # Settings redirect to those of the one site; whoever may not enter is sent to the admin's first page.
            answers = {user: browser.get(path) for user, browser in browsers.items()}
            return {
                user.first_name
                for user, answer in answers.items()
                if answer.status_code == 200 or answer.headers.get("Location", "").startswith(path)
            }

        assert {path: who_enters(path) for path in MAY_ENTER} == MAY_ENTER

    def test_a_writer_writes_and_does_not_publish(self, section: Section) -> None:
        rights = section.permissions_for_user(factories.make_user("writer", "Writer"))
        assert rights.can_add_subpage()
        assert not rights.can_publish_subpage()
        assert not rights.can_edit()
