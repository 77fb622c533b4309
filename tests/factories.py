"""Making what tests are about, the way the newsroom does: through pages, drafts and publishing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group
from wagtail.models import Locale, Page, Site

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import post_comment
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.keys import Key
from broadsheet.publication.models import (
    ArticlePage,
    Byline,
    FrontPage,
    Person,
    ProvenanceStep,
    PublicationSettings,
    Section,
)

NAMES = {"en": "The Slipway", "nb": "Slippen", "ar": "المزلق"}
PASSWORD = "plankton-og-tang-47"

_numbers = itertools.count(1)


def make_user(name: str, *groups: str, **fields: Any) -> User:
    """Make somebody who signs in as `<name>@slipway.example`, a member of the groups named."""
    user = User.objects.create_user(f"{name}@slipway.example", PASSWORD, first_name=name.capitalize(), **fields)
    user.groups.set(Group.objects.get(name=group) for group in groups)
    return user


def make_member(name: str) -> User:
    """Make a reader who signs in, with the public name they write under."""
    user = make_user(name)
    Profile.objects.create(user=user, name=name.capitalize())
    return user


def make_guest(name: str = "Gus", email: str = "") -> Profile:
    """Make the public name of somebody who does not sign in."""
    return Profile.objects.create(name=name, email=email)


def make_publication(*languages: str) -> FrontPage:
    """Make a publication with a front page in each language, linked as versions; return the main language's."""
    first, *others = languages or ("en",)
    root = Page.get_first_root_node()
    assert root is not None
    front = FrontPage(
        title=NAMES.get(first, first), slug=first, locale=_locale(first), motto="What the tide brought in"
    )
    root.add_child(instance=front)
    for language in others:
        version = FrontPage(
            title=NAMES.get(language, language),
            slug=language,
            locale=_locale(language),
            translation_key=front.translation_key,
        )
        root.add_child(instance=version)
    site = Site.objects.get(is_default_site=True)
    welcome, site.root_page = site.root_page, front
    site.hostname = "testserver"
    site.save()
    if not isinstance(welcome.specific, FrontPage):
        welcome.delete()
    PublicationSettings.objects.update_or_create(site=site, defaults={"name": NAMES[first]})
    return front


def make_section(front: FrontPage, title: str = "Harbour", **fields: Any) -> Section:
    """Make a section below a front page, in its language."""
    section = Section(title=title, locale=front.locale, **fields)
    front.add_child(instance=section)
    return section


def make_article(
    section: Section,
    title: str = "The ferry keeps its winter hours",
    *,
    body: Iterable[Mapping[str, Any]] | str = "<p>The last boat leaves at nine, as it has since the war.</p>",
    bylines: Mapping[str, str] | None = None,
    steps: Iterable[Mapping[str, Any]] = (),
    publish: bool = True,
    **fields: Any,
) -> ArticlePage:
    """Make an article in a section and publish it as the editor does.

    `body` is rich text or a list of raw blocks `{"type", "value", "id"}`; `bylines` maps roles to names; `steps` are
    the fields of provenance steps in their order.
    """
    blocks = [{"type": "text", "value": body}] if isinstance(body, str) else [dict(block) for block in body]
    article = ArticlePage(title=title, locale=section.locale, live=False, **fields)
    article.body = ArticlePage._meta.get_field("body").stream_block.to_python(blocks)
    article.bylines = [
        Byline(role=role, person=make_person(name), sort_order=order)
        for order, (role, name) in enumerate((bylines or {"writer": "Ada Lunde"}).items())
    ]
    article.provenance_steps = [ProvenanceStep(sort_order=order, **step) for order, step in enumerate(steps)]
    section.add_child(instance=article)
    revision = article.save_revision()
    if publish:
        revision.publish()
    return ArticlePage.objects.get(pk=article.pk)


def make_person(name: str) -> Person:
    """Return the person of this name; nobody is made twice."""
    return Person.objects.filter(name=name).first() or Person.objects.create(name=name)


def translate(article: ArticlePage, section: Section, title: str, **fields: Any) -> ArticlePage:
    """Publish a version of an article in another section's language."""
    return make_article(section, title, translation_key=article.translation_key, **fields)


def make_comment(
    thread: Thread, body: str = "I saw it leave.", *, by: Profile | None = None, parent: Comment | None = None
) -> Comment:
    """Post a comment, or a reply to `parent`; every call is a submission of its own."""
    key = Key.of("tests", str(next(_numbers)))
    return post_comment(thread, by=by or make_guest(), body=body, key=key, parent=parent).comment


def interview(*turns: tuple[str, str], voices: tuple[str, str] = ("Nora Vik", "Elias Haug")) -> dict[str, Any]:
    """Return a raw interview block of questions with their answers."""
    return {
        "type": "interview",
        "id": f"interview-{next(_numbers)}",
        "value": {
            "voices": [{"type": "item", "id": name, "value": {"name": name, "role": ""}} for name in voices],
            "exchanges": [
                {
                    "type": "item",
                    "id": f"exchange-{number}",
                    "value": [
                        {"type": "question", "id": f"q-{number}", "value": {"voice": "", "text": f"<p>{question}</p>"}},
                        {"type": "answer", "id": f"a-{number}", "value": {"voice": "", "text": f"<p>{answer}</p>"}},
                    ],
                }
                for number, (question, answer) in enumerate(turns, 1)
            ],
        },
    }


def _locale(language: str) -> Locale:
    return Locale.objects.get_or_create(language_code=language)[0]
