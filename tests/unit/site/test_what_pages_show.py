"""What is kept of a page is made anew when something that it shows has changed: every page, every change.

A page is drawn, something is changed as people do, and what was announced must be among what the page said it shows.
The other way round, every table that a page is drawn from must be covered by something that it said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any, Generic, TypeVar

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.images import ImageFile
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from taggit.models import Tag
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction, Site

from broadsheet.accounts.actions import rename
from broadsheet.accounts.models import User
from broadsheet.accounts.privacy import erase_person
from broadsheet.annotation.actions import annotate, ask
from broadsheet.annotation.anchoring import Selection
from broadsheet.delivery.models import Announcement
from broadsheet.delivery.pages import ASK_AGAIN
from broadsheet.delivery.shown import Showing, shown_by
from broadsheet.delivery.topics import names_of
from broadsheet.discussion.actions import (
    cast_vote,
    close_thread,
    delete_comment,
    edit_comment,
    open_thread,
    pick_comment,
    post_comment,
)
from broadsheet.discussion.models import Comment, DiscussionSettings, Thread
from broadsheet.funding.actions import Aim, Gift, Plan, book_gift, change_campaign, create_campaign, take_off_wall
from broadsheet.funding.models import Campaign, Donation, WaysOfGiving, Words
from broadsheet.funding.models.campaigns import next_midnight, today
from broadsheet.gate.keys import Key
from broadsheet.moderation.actions import decide
from broadsheet.moderation.models import Standing
from broadsheet.publication.models import (
    ArticlePage,
    Biography,
    FrontPage,
    Person,
    Picture,
    PublicationSettings,
    Section,
    StandardPage,
)
from broadsheet.site.stored import STORED, stored_at
from tests import factories
from tests.cast import signed_in

ALL_DAY = timedelta(days=1)
QUERIES = 25  # of any page that everybody reads, not yet stored
WORDS = "The last boat leaves at nine, as it has since the war."
_numbers = itertools.count(1)
Row = TypeVar("Row", bound=models.Model)


class _Part(Generic[Row]):
    """An attribute that reads its row anew whenever it is asked for."""

    def __init__(self, model: type[Row]) -> None:
        self.model = model

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, world: Any, owner: type | None = None) -> Row:
        return self.model._default_manager.get(pk=world.keys[self.name])


@dataclass
class World:
    """A publication in which everything is shown somewhere, and who changes it; parts are as the database has them."""

    keys: dict[str, int]
    ed: User
    mo: User
    tess: User
    rita: User

    front = _Part(FrontPage)
    section = _Part(Section)
    article = _Part(ArticlePage)
    version = _Part(ArticlePage)
    silent = _Part(ArticlePage)
    imprint = _Part(StandardPage)
    person = _Part(Person)
    picture = _Part(Picture)
    thread = _Part(Thread)
    comment = _Part(Comment)
    inline = _Part(Comment)
    campaign = _Part(Campaign)
    gift = _Part(Donation)

    @property
    def pages(self) -> dict[str, str]:
        """The path of one page of each kind that is kept."""
        passage = self.inline.annotation.passage
        return {
            "front": "/",
            "section": self.section.url,
            "article": self.article.url,
            "version": self.version.url,
            "silent": self.silent.url,
            "imprint": self.imprint.url,
            "thread": self.thread.url,
            "silent thread": f"/threads/{self.silent.translation_key}/",
            "thread feed": f"{self.thread.url}feed/",
            "comment": f"/comments/{self.comment.public_id}/",
            "passage": f"/passages/{passage.public_id}/",
            "support": "/support/",
            "support for": f"/support/?from={self.article.pk}",
            "campaign": self.campaign.url,
            "archive": "/archive/",
            "month": f"/archive/{timezone.now():%Y/%m}/",
            "person": self.person.url,
            "tag": "/tags/quays/",
            "corrections": "/corrections/",
            "corrections feed": "/corrections/feed/",
            "feed": "/feed/",
            "section feed": f"/feed/{self.section.slug}/",
            "colours": "/publication.css",
            "map": "/sitemap.xml",
        }


@pytest.fixture
def world(publication: FrontPage, section: Section, ed: User, mo: User, tess: User, rita: User) -> World:
    picture = _picture()
    article = factories.make_article(
        section, body=[{"type": "text", "id": "text", "value": f"<p>{WORDS}</p>"}], lead_picture=picture
    )
    _publish(article, lambda draft: draft.tags.add("quays"), pending_correction="It leaves at nine.")
    norwegian = FrontPage.objects.get(locale__language_code="nb")
    version = factories.translate(article, factories.make_section(norwegian, "Havna"), "Ferja går til vanlig tid")
    imprint = StandardPage(title="Imprint", locale=publication.locale, body=[("text", "<p>Slipway 1.</p>")])
    publication.add_child(instance=imprint)
    thread = open_thread(article)
    comment = factories.make_comment(thread, by=rita.profile)
    selection = Selection("text", "as it has since the war")
    inline = annotate(article, selection=selection, by=rita.profile, body="Since when?", key=_key()).comment
    words = {"en": Words("The Night Boat Fund")}
    plan = Plan(words=words, aims=[Aim(250_000, {})], currency="EUR", starts_on=today() - ALL_DAY)
    campaign = create_campaign(plan, by=tess)
    parts = {
        "front": publication,
        "section": section,
        "article": article,
        "version": version,
        "silent": factories.make_article(section, "Nobody has written here yet"),
        "imprint": imprint,
        "person": Person.objects.get(),
        "picture": picture,
        "thread": thread,
        "comment": comment,
        "inline": inline,
        "campaign": campaign,
        "gift": book_gift(_gift(campaign=campaign, name="Ada"), by=tess, key="gift").donation,
    }
    return World({name: part.pk for name, part in parts.items()}, ed, mo, tess, rita)


def _key() -> Key:
    return Key.of("test", str(next(_numbers)))


def _gift(**about: object) -> Gift:
    return Gift(**{"amount": 2_000, "currency": "EUR", "way": "bank", "given_on": today(), **about})  # type: ignore[arg-type]


def _picture() -> Picture:
    file = BytesIO()
    Image.new("RGB", (80, 60)).save(file, "PNG")
    return Picture.objects.create(title="The quay", file=ImageFile(BytesIO(file.getvalue()), "quay.png"))


def _publish(page: Page, change: Callable[[Page], object] = lambda draft: None, **fields: object) -> None:
    draft = page.get_latest_revision_as_object() if page.latest_revision_id else page.specific
    for name, value in fields.items():
        setattr(draft, name, value)
    change(draft)
    draft.save_revision().publish()


def draw(browser: Client, path: str) -> Showing:
    """Draw a page and return what it says it shows."""

    def once() -> None:
        assert browser.get(path).status_code == 200, path

    return shown_by(once)


# What people do, and which pages show it.
LISTS = {"front", "section", "archive", "month", "person", "tag", "feed", "section feed", "map"}
TALK = {"article", "version", "thread", "thread feed", "comment"}
COUNTED = {"front", "section", "month", "person", "tag"}
EVERYWHERE = {
    "front", "section", "article", "version", "silent", "imprint", "thread", "silent thread", "comment", "passage",
    "support", "support for", "campaign", "archive", "month", "person", "tag", "corrections",
}  # fmt: skip
MONEY = {"article", "version", "silent", "support", "support for", "campaign"}


def _schedule(world: World, **when: object) -> None:
    _publish(world.article, **when)
    Announcement.objects.all().delete()
    past = timezone.now() - ALL_DAY
    for field in when:
        ArticlePage.objects.filter(pk=world.article.pk).update(**{field: past})
    call_command("publish_scheduled")


def _remove(comment: Comment, by: User) -> None:
    decide("comment", comment.public_id, Standing.REMOVED, by=by, seen=Standing.PUBLISHED, reason="abuse")


def _save(row: models.Model, **fields: object) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def _act_on(user: User, action: str, **sent: str) -> None:
    """As an administrator does from the list of users."""
    root = signed_in(factories.make_user("root", is_superuser=True))
    path = reverse("wagtail_bulk_action", args=["accounts", "user", action])
    assert root.post(f"{path}?id={user.pk}", sent).status_code == 302


CHANGES: dict[str, tuple[Callable[[World], object], set[str]]] = {
    "an article is published anew": (lambda w: _publish(w.article, title="Now at ten"), LISTS | {"article", "version"}),
    "an article is corrected": (
        lambda w: _publish(w.article, pending_correction="At ten."),
        {"article", "corrections", "corrections feed"},
    ),
    "a new article": (lambda w: factories.make_article(w.section, "New"), LISTS),
    "a new version": (
        lambda w: factories.translate(w.silent, w.version.section, "Ny"),
        {"silent", "silent thread"},
    ),
    "an article is withdrawn": (lambda w: w.article.unpublish(), LISTS | TALK | {"passage", "support for"}),
    "an article is deleted": (lambda w: w.article.delete(), LISTS | TALK | {"passage", "support for"}),
    "an article is moved": (
        lambda w: w.article.move(factories.make_section(w.front, "Sea"), pos="last-child"),
        LISTS | TALK | {"passage", "support for"},
    ),
    "an article expires": (
        lambda w: _schedule(w, expire_at=timezone.now() + ALL_DAY),
        LISTS | TALK | {"passage", "support for"},
    ),
    "a story stands in a second place": (
        lambda w: w.article.create_alias(parent=factories.make_section(w.front, "Sea"), update_slug="again"),
        LISTS,
    ),
    "an article is closed to the public": (
        lambda w: PageViewRestriction.objects.create(page=w.article, restriction_type="login"),
        LISTS | TALK | {"passage", "support for"},
    ),
    "a section is renamed": (lambda w: _publish(w.section, title="The Quay"), EVERYWHERE | LISTS),
    "a section is withdrawn": (lambda w: w.section.unpublish(), EVERYWHERE | LISTS),
    "sections change places": (
        lambda w: w.section.move(factories.make_section(w.front, "Sea"), pos="right"),
        EVERYWHERE | LISTS,
    ),
    "the front page is changed": (lambda w: _publish(w.front, motto="Low tide"), EVERYWHERE | LISTS),
    "a standard page is changed": (lambda w: _publish(w.imprint, title="About"), EVERYWHERE),
    "a standard page is deleted": (lambda w: w.imprint.delete(), EVERYWHERE),
    "the publication gets another name": (
        lambda w: PublicationSettings.objects.get().save(),
        EVERYWHERE | {"colours", "feed"},
    ),
    "the site has another address": (lambda w: Site.objects.get().save(), EVERYWHERE),
    "a person is renamed": (lambda w: w.person.save(), EVERYWHERE | LISTS),
    "a person gets a biography": (
        lambda w: Biography.objects.create(person=w.person, locale=w.front.locale, name="Ada L.", text="Writes."),
        EVERYWHERE | LISTS,
    ),
    "a picture is described": (lambda w: w.picture.save(), EVERYWHERE | LISTS),
    "a picture is deleted": (lambda w: w.picture.delete(), EVERYWHERE | LISTS),
    "the sizes of pictures are made anew": (
        lambda w: call_command("wagtail_update_image_renditions", stdout=StringIO()),
        EVERYWHERE | LISTS,
    ),
    "the sizes of pictures are thrown away": (
        lambda w: call_command("wagtail_update_image_renditions", "--purge-only", stdout=StringIO()),
        EVERYWHERE | LISTS,
    ),
    "a tag is renamed": (lambda w: _save(Tag.objects.get(slug="quays"), name="Harbours"), EVERYWHERE | LISTS),
    "a tag is deleted": (lambda w: Tag.objects.get(slug="quays").delete(), EVERYWHERE | LISTS),
    "a redirect is made": (
        lambda w: Redirect.objects.create(old_path="/old", redirect_link="/"),
        EVERYWHERE,
    ),
    "somebody comments": (lambda w: factories.make_comment(w.thread), TALK | COUNTED),
    "somebody is the first to": (
        lambda w: factories.make_comment(open_thread(w.silent)),
        {"silent", "silent thread"} | COUNTED,
    ),
    "the first words there are held": (
        lambda w: post_comment(
            Thread.objects.of(w.silent), by=factories.make_guest(), body="Hm.", key=_key(), spam_signs=("honeypot",)
        ),
        {"silent", "silent thread"},
    ),
    "somebody answers": (lambda w: factories.make_comment(w.thread, parent=w.comment), TALK | COUNTED),
    "a comment is removed": (
        lambda w: _remove(w.comment, w.mo),
        TALK | COUNTED,
    ),
    "an author deletes a comment": (
        lambda w: delete_comment(w.comment, by=w.rita.profile, within=ALL_DAY),
        TALK | COUNTED,
    ),
    "an author edits a comment": (
        lambda w: edit_comment(w.comment, by=w.rita.profile, body="At ten.", key=_key(), within=ALL_DAY),
        TALK,
    ),
    "a comment on a passage is removed": (
        lambda w: _remove(w.inline, w.mo),
        TALK | {"passage"},
    ),
    "somebody votes": (lambda w: cast_vote(w.comment, by=factories.make_guest(), value=1), TALK),
    "a discussion is closed": (lambda w: close_thread(w.thread, by=w.mo), TALK | {"passage"}),
    "one is closed in which nobody wrote": (
        lambda w: close_thread(Thread.objects.of(w.silent), by=w.mo),
        {"silent", "silent thread"},
    ),
    "the newsroom changes how readers discuss": (
        lambda w: DiscussionSettings.objects.create(site=Site.objects.get()),
        TALK | {"silent", "passage"},
    ),
    "a reader takes another name": (lambda w: rename(w.rita.profile, to="Rita Holm"), TALK | {"passage"}),
    "a reader is erased": (lambda w: erase_person(w.rita.profile), TALK | {"passage"}),
    "a reader enters the newsroom": (
        lambda w: w.rita.groups.add(Group.objects.get(name="Writer")),
        TALK | {"passage"},
    ),
    "a reader is let into the newsroom by name": (
        lambda w: w.rita.user_permissions.add(Permission.objects.get(codename="access_admin")),
        TALK | {"passage"},
    ),
    "a group is dissolved": (lambda w: Group.objects.get(name="Writer").delete(), TALK | {"passage"}),
    "colleagues are locked out at once": (
        lambda w: _act_on(w.rita, "set_active_state", mark_as_active="False"),
        TALK | {"passage"},
    ),
    "a colleague is locked out": (lambda w: w.rita.save(), TALK | {"passage"}),
    "an editor asks about a passage": (
        lambda w: ask(
            w.article, selection=Selection("text", "The last boat"), by=w.ed, question="Have you missed it?"
        ),
        {"article"},
    ),
    "a campaign begins": (
        lambda w: create_campaign(
            Plan({"en": Words("Oars")}, [Aim(100, {})], "EUR", today()), by=w.tess
        ),
        MONEY - {"campaign"},
    ),
    "a campaign is changed": (
        lambda w: change_campaign(
            w.campaign, Plan({"en": Words("Oars")}, [Aim(100, {})], "EUR", today()), by=w.tess
        ),
        MONEY,
    ),
    "a gift is booked": (
        lambda w: book_gift(_gift(campaign=w.campaign), by=w.tess, key="another"),
        MONEY,
    ),
    "a giver is named no more": (lambda w: take_off_wall(w.gift, by=w.tess), {"campaign", "support"}),
    "there is another account": (
        lambda w: WaysOfGiving.for_site(Site.objects.get()).save(),
        {"support", "support for", "campaign"},
    ),
}  # fmt: skip


def test_who_shows_what_changes_hears_of_it(world: World, stan: Client) -> None:
    """Every change is made in the same world, and taken back."""
    topics = {page: draw(stan, path).topics for page, path in world.pages.items()}
    deaf = {}
    for name, (change, shown_on) in CHANGES.items():
        assert shown_on <= topics.keys(), name
        with transaction.atomic():
            Announcement.objects.all().delete()
            change(world)
            heard = {name for topic in Announcement.objects.values_list("topic", flat=True) for name in names_of(topic)}
            transaction.set_rollback(True)
        deaf |= {(name, page): heard for page in shown_on if topics[page].isdisjoint(heard)}
    assert deaf == {}


def test_nobody_keeps_a_page_without_asking(world: World, stan: Client) -> None:
    """Whatever a cache between us and a reader held back would be shown after it is gone."""
    assert {page: stan.get(path)["Cache-Control"] for page, path in world.pages.items()} == dict.fromkeys(
        world.pages, ASK_AGAIN
    )


WHAT_BECOMES_OF_AN_ARTICLE: dict[str, Callable[[ArticlePage], object]] = {
    "it is published under another name": lambda article: _publish(article, title="Now at ten"),
    "it is withdrawn": lambda article: article.unpublish(),
    "it is deleted": lambda article: article.delete(),
    "it is moved": lambda article: article.move(factories.make_section(FrontPage.objects.first(), "Sea"), "last-child"),
    "it is closed to the public": lambda article: PageViewRestriction.objects.create(
        page=article, restriction_type="login"
    ),
}


@pytest.mark.parametrize("change", WHAT_BECOMES_OF_AN_ARTICLE.values(), ids=WHAT_BECOMES_OF_AN_ARTICLE)
def test_who_leads_to_an_article_hears_what_becomes_of_it(
    world: World, stan: Client, change: Callable[[ArticlePage], object]
) -> None:
    """From the navigation of every page, and from another article's text."""
    chosen, linked = (factories.make_article(world.section, title) for title in ("The timetable", "The tide"))
    _publish(world.front, navigation=[("page", {"page": chosen.page_ptr, "label": ""})])
    _publish(world.silent, body=[("text", f'<p>See <a linktype="page" id="{linked.pk}">the tide</a>.</p>')])
    paths = {page: world.pages[page] for page in EVERYWHERE - {"version"}}
    topics = {page: draw(stan, path).topics for page, path in paths.items()}
    for article, pages in ((chosen, paths), (linked, {"silent": paths["silent"]})):
        url = article.url
        assert all(f'href="{url}"' in stan.get(path).content.decode() for path in pages.values())
        Announcement.objects.all().delete()
        change(ArticlePage.objects.get(pk=article.pk))
        heard = {name for topic in Announcement.objects.values_list("topic", flat=True) for name in names_of(topic)}
        assert [page for page in pages if topics[page].isdisjoint(heard)] == []


@pytest.mark.parametrize("name", ["it is withdrawn", "it is deleted", "it is closed to the public"])
def test_nobody_is_led_to_what_is_not_for_everybody(world: World, stan: Client, name: str) -> None:
    article = factories.make_article(world.section, "The timetable")
    _publish(world.front, navigation=[("page", {"page": article.page_ptr, "label": ""}),
                                      ("address", {"url": "/archive/", "label": "All of it"})])  # fmt: skip
    assert "The timetable" in stan.get(world.silent.url).content.decode()
    WHAT_BECOMES_OF_AN_ARTICLE[name](article)
    page = stan.get(world.silent.url).content.decode()
    assert "The timetable" not in page
    assert "All of it" in page


def test_an_article_with_all_of_it_keeps_the_budget(world: World, stan: Client) -> None:
    """A picture, a tag, another language, a chosen navigation, a campaign, passages, a question, answers, a pick."""
    _publish(world.front, navigation=[("page", {"page": world.silent.page_ptr, "label": ""})])
    ask(world.article, selection=Selection("text", "The last boat"), by=world.ed, question="Have you missed it?")
    factories.make_comment(world.thread, parent=world.comment)
    pick_comment(world.comment, by=world.mo)
    path = world.article.url
    stan.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert stan.get(path).status_code == 200
    assert len(captured) <= QUERIES


def test_a_gift_for_no_campaign_is_on_the_wall_of_all(world: World, stan: Client) -> None:
    Campaign.objects.update(ends_on=today() - ALL_DAY, starts_on=today() - 2 * ALL_DAY)
    topics = draw(stan, "/support/").topics
    Announcement.objects.all().delete()
    book_gift(_gift(name="Bo"), by=world.tess, key="general")
    assert not topics.isdisjoint(Announcement.objects.values_list("topic", flat=True))
    Announcement.objects.all().delete()
    book_gift(_gift(), by=world.tess, key="nameless")
    assert not Announcement.objects.exists()


def test_what_nobody_sees_is_announced_to_nobody(world: World) -> None:
    Announcement.objects.all().delete()
    factories.make_article(world.section, "A draft", publish=False)
    world.article.get_latest_revision_as_object().save_revision()
    User.objects.get(pk=world.rita.pk).save(update_fields=["last_login"])
    post_comment(world.thread, by=factories.make_guest(), body="Hm.", key=_key(), spam_signs=("honeypot",))
    assert not Announcement.objects.exists()


# The other way round: what a page is drawn from.
COVERED: Iterable[tuple[str, str]] = (
    ("discussion_discussionsettings", "publication:everywhere"),
    ("discussion_", "thread:"),
    ("annotation_", "article:"),
    ("accounts_", "profiles:names"),
    ("auth_", "profiles:names"),
    ("funding_waysofgiving", "campaign:all"),
    ("funding_", "campaign:"),
    ("wagtailcore_", "publication:everywhere"),
    ("wagtailimages_", "publication:everywhere"),
    ("publication_", "publication:everywhere"),
    ("publication_articlepage", "article:|publication:lists"),
    ("publication_correction", "article:|publication:lists"),
    ("publication_publishedtext", "article:|publication:lists"),
    ("taggit_", "article:|publication:lists"),
    ("delivery_topic", "publication:"),  # by which feeds tell their versions
    ("django_content_type", ""),
)
TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')


def test_every_table_that_a_page_is_drawn_from_is_covered(world: World, stan: Client) -> None:
    """A table that nobody has thought of yet fails here, before it shows readers what is no more."""
    wrong = []
    for page, path in world.pages.items():
        with CaptureQueriesContext(connection) as captured:
            topics = draw(stan, path).topics
        read = {table for query in captured for table in TABLE.findall(query["sql"])}
        assert len(read) > 2, page
        for table in sorted(read):
            wanted = [topic for begins, topic in COVERED if table.startswith(begins)]
            assert wanted, f"{page} is drawn from {table}, of which nothing is known here"
            specific = wanted[-1] if table.startswith("publication_") else wanted[0]
            if not any(topic.startswith(one) for one in specific.split("|") for topic in topics):
                wrong.append((page, table, specific))
    assert wrong == []


def test_every_address_that_is_kept_is_tried_here(world: World) -> None:
    tried = {id(stored_at(path.partition("?")[0])) for path in world.pages.values()}
    assert {name for name, stored in STORED.items() if id(stored) not in tried} == set()


def test_pages_with_a_campaign_end_at_midnight(world: World, stan: Client) -> None:
    for page in MONEY:
        assert draw(stan, world.pages[page]).until == next_midnight()
    assert draw(stan, "/archive/").until is None


def test_a_page_that_expires_ends_then(world: World, stan: Client) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    StandardPage.objects.update(expire_at=soon)
    assert draw(stan, world.imprint.url).until == soon
