"""What the newsroom changes by Wagtail's own views: told of in the same transaction, or not done."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.db.models import Model, signals
from django.dispatch import Signal
from django.test import Client
from django.urls import reverse
from PIL import Image
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale, Page, PageViewRestriction, Site
from wagtail.signals import page_published

from broadsheet.delivery.models import Announcement
from broadsheet.publication.models import ArticlePage, Picture, Section
from tests import factories
from tests.cast import signed_in
from tests.waiting import SOON

FORMS = ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process was killed here, as far as the database can tell."""


@pytest.fixture
def browser(db: None) -> Client:
    """The browser of somebody who may do everything."""
    return signed_in(factories.make_user("root", is_superuser=True))


@contextmanager
def hearing(signal: Signal, sender: type[Model] | None, receiver: Callable[..., None]) -> Iterator[None]:
    """Let `receiver` hear a signal while the block runs."""
    signal.connect(receiver, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receiver, sender=sender)


def die(**_kwargs: Any) -> None:
    raise Killed


def unpublish(browser: Client, article: ArticlePage) -> None:
    browser.post(reverse("wagtailadmin_pages:unpublish", args=[article.pk]))


def move(browser: Client, article: ArticlePage) -> None:
    sea = Section.objects.get(slug="sea")
    browser.post(reverse("wagtailadmin_pages:move_confirm", args=[article.pk, sea.pk]))


def close_to_the_public(browser: Client, article: ArticlePage) -> None:
    browser.post(reverse("wagtailadmin_pages:set_privacy", args=[article.pk]), {"restriction_type": "login"})


def open_to_the_public(browser: Client, article: ArticlePage) -> None:
    section = article.get_parent()
    browser.post(reverse("wagtailadmin_pages:set_privacy", args=[section.pk]), {"restriction_type": "none"})


def change_address(browser: Client, article: ArticlePage) -> None:
    site = Site.objects.get()
    sent = {"hostname": "slipway.example", "port": "80", "site_name": "", "root_page": site.root_page_id}
    browser.post(reverse("wagtailsites:edit", args=[site.pk]), sent | {"is_default_site": "on"})


def redirect(browser: Client, article: ArticlePage) -> None:
    sent = {
        "old_path": "/old",
        "site": "",
        "is_permanent": "on",
        "redirect_page": "",
        "redirect_link": "https://slipway.example/",
    }
    browser.post(reverse("wagtailredirects:add"), sent)


def forget_redirect(browser: Client, article: ArticlePage) -> None:
    browser.post(reverse("wagtailredirects:delete", args=[Redirect.objects.get(old_path="/before").pk]))


def state() -> object:
    """What readers are shown because of this."""
    pages = Page.objects.order_by("pk").values_list("pk", "live", "url_path")
    return (
        list(pages),
        list(Redirect.objects.values_list("old_path")),
        PageViewRestriction.objects.count(),
        list(Site.objects.values_list("hostname")),
        list(Locale.objects.order_by("pk").values_list("language_code")),
    )


@pytest.mark.parametrize(
    "change",
    [unpublish, move, close_to_the_public, open_to_the_public, change_address, redirect, forget_redirect],
)
def test_what_is_not_told_of_is_not_done(
    browser: Client, section: Section, change: Callable[[Client, ArticlePage], None]
) -> None:
    article = factories.make_article(section)
    parent = section.get_parent().specific
    factories.make_section(parent, "Sea")
    PageViewRestriction.objects.create(page=section, restriction_type="login")
    Redirect.objects.create(old_path="/before", redirect_link="/")
    before = state()

    with hearing(signals.pre_save, Announcement, die), pytest.raises(Killed):
        change(browser, article)
    assert state() == before

    change(browser, article)
    assert state() != before


def test_a_view_that_fails_leaves_nothing(browser: Client, article: ArticlePage) -> None:
    def fail(**_kwargs: Any) -> None:
        raise ZeroDivisionError

    browser.raise_request_exception = False
    announced = Announcement.objects.count()
    with hearing(signals.post_save, Announcement, fail):
        answer = browser.post(reverse("wagtailadmin_pages:unpublish", args=[article.pk]))

    assert answer.status_code == 500
    assert ArticlePage.objects.get().live
    assert Announcement.objects.count() == announced


# Who gets no transaction: while one is open, nobody else writes on SQLite.


@contextmanager
def pages_read() -> Iterator[list[bool]]:
    """Yield whether a transaction was open, for each time that pages, collections or documents were asked for."""
    seen: list[bool] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.startswith("SELECT") and ('FROM "wagtailcore_' in sql or 'FROM "publication_' in sql):
            seen.append(connection.in_atomic_block)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield seen


def test_a_change_is_one_transaction_from_the_beginning(browser: Client, article: ArticlePage) -> None:
    with pages_read() as seen:
        browser.post(reverse("wagtailadmin_pages:unpublish", args=[article.pk]))
    assert seen
    assert all(seen)


def test_looking_is_none(browser: Client, article: ArticlePage) -> None:
    with pages_read() as seen:
        browser.get(reverse("wagtailadmin_pages:unpublish", args=[article.pk]))
    assert seen
    assert not any(seen)


def test_who_may_not_enter_gets_none(stan: Client, as_rita: Client, article: ArticlePage) -> None:
    for browser in (stan, as_rita):
        with pages_read() as seen:
            answer = browser.post(reverse("wagtailadmin_pages:unpublish", args=[article.pk]))
        assert answer.status_code in (302, 403)
        assert not any(seen)


def test_what_is_typed_gets_none(browser: Client, article: ArticlePage) -> None:
    for name, accepts in (("preview_on_edit", "*/*"), ("edit", "application/json")):
        with pages_read() as seen:
            sent = {"title": "", "body-count": "0"} | {
                f"{part}-{count}": "0" for part in ("provenance_steps", "bylines", "comments") for count in FORMS
            }
            path = reverse(f"wagtailadmin_pages:{name}", args=[article.pk])
            assert browser.post(path, sent, headers={"Accept": accepts}).status_code in (200, 400)
        assert not all(seen), name


def test_that_somebody_is_there_is_none(browser: Client, article: ArticlePage) -> None:
    there = reverse("wagtailadmin_editing_sessions:ping", args=["publication", "articlepage", article.pk, 1])
    with pages_read() as seen:
        assert browser.post(there).status_code == 200
    assert seen[:1] == [False]


def test_a_picture_is_worked_on_outside(browser: Client, article: ArticlePage) -> None:
    file = io.BytesIO()
    Image.new("RGB", (60, 40)).save(file, "PNG")
    with pages_read() as seen:
        answer = browser.post(
            reverse("wagtailimages:add"),
            {"title": "The quay", "collection": "1", "file": SimpleUploadedFile("quay.png", file.getvalue())},
        )
    assert answer.status_code == 302
    assert Picture.objects.get().title == "The quay"
    assert not all(seen)


def test_our_own_views_open_their_own(browser: Client, article: ArticlePage) -> None:
    with pages_read() as seen:
        answer = browser.post(reverse("discussion_close", args=[article.translation_key]))
    assert answer.status_code == 302
    assert not all(seen)


# Two who wait for each other.


def test_who_was_undone_for_another_is_done_again(browser: Client, section: Section) -> None:
    """Somebody publishes two articles at once while another publishes the second."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    one, two = factories.make_article(section, "One"), factories.make_article(section, "Two")
    ed = signed_in(factories.make_user("ed", "Editor"))
    met, waited = threading.Barrier(2), set[str]()

    def meet(who: str) -> None:
        if who not in waited:
            waited.add(who)
            met.wait(SOON)

    def announced(instance: Page, **_kwargs: Any) -> None:  # holds the lists, and will want the second article
        if instance.pk == one.pk:
            meet("both")

    def saved(instance: Page, **_kwargs: Any) -> None:  # holds the second article, and will want the lists
        if threading.current_thread().name.startswith("single"):
            meet("single")

    def post(browser: Client, path: str) -> int:
        try:
            return browser.post(path).status_code
        finally:
            connections.close_all()

    publish = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    both, single = f"{publish}?id={one.pk}&id={two.pk}", f"{publish}?id={two.pk}"
    before = {page.pk: page.last_published_at for page in ArticlePage.objects.all()}
    with (
        hearing(page_published, ArticlePage, announced),
        hearing(signals.post_save, ArticlePage, saved),
        ThreadPoolExecutor(1, "both") as first,
        ThreadPoolExecutor(1, "single") as second,
    ):
        done = [first.submit(post, browser, both), second.submit(post, ed, single)]
        assert [one.result(SOON * 2) for one in done] == [302, 302]

    assert all(before[page.pk] < page.last_published_at for page in ArticlePage.objects.all())
