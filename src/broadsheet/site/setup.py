"""An empty publication: its pages, its address and its first editor, made from what the settings and `init` say."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import translation
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page, Site

from broadsheet.accounts.actions import add_colleague
from broadsheet.publication.models import FrontPage, PublicationSettings, Section, StandardPage


def has_publication() -> bool:
    """Tell whether the database holds a publication; its tables must be there."""
    return bool(FrontPage.objects.exists())


def begin_publication(name: str, *, email: str, password: str, editor: str = "") -> None:
    """Make front pages, a first section, drafts of imprint and privacy in every language, and the first editor.

    They take the place of Wagtail's welcome. All or nothing: what is killed midway leaves no trace.
    """
    codes = [code for code, _name in settings.LANGUAGES]
    with transaction.atomic():
        _make_locales(codes)
        root = Page.objects.get(depth=1)
        welcome = list(root.get_children())
        fronts = [FrontPage(title=name, slug=code, locale=Locale.objects.get(language_code=code)) for code in codes]
        _add_as_versions(fronts, [root] * len(fronts))
        for make in (_section, _imprint, _privacy):
            _add_as_versions([make(front) for front in fronts], fronts)
        site, _made = Site.objects.update_or_create(
            is_default_site=True, defaults={"root_page": fronts[0], "site_name": name, **address_parts()}
        )
        PublicationSettings.objects.update_or_create(site=site, defaults={"name": name})
        for page in welcome:
            page.delete()
        user = add_colleague(email, password=password, first_name=editor, is_superuser=True)
        user.groups.add(Group.objects.get(name="Editor"))


def tell_wagtail_the_address() -> None:
    """Give Wagtail's record of the site the address of the settings, which is the one that counts."""
    parts = address_parts()
    site = Site.objects.filter(is_default_site=True).exclude(**parts).first()
    if site is not None:
        site.hostname, site.port = str(parts["hostname"]), int(parts["port"])
        site.save()


def address_parts() -> dict[str, str | int]:
    """The host and the port of the public address, as Wagtail's record of a site has them."""
    parts = urlsplit(settings.PUBLIC_ADDRESS)
    return {"hostname": parts.hostname or "", "port": parts.port or (443 if parts.scheme == "https" else 80)}


def _make_locales(codes: list[str]) -> None:
    """Make the languages' locales, hand Wagtail's own pages to the main one, and drop what an earlier attempt left."""
    for code in codes:
        Locale.objects.get_or_create(language_code=code)
    Page.objects.filter(depth__lte=2).update(locale=Locale.objects.get(language_code=codes[0]))
    Locale.objects.exclude(language_code__in=codes).delete()


def _add_as_versions(pages: Sequence[Page], parents: Sequence[Page]) -> None:
    """Put each page below its parent, all of them as language versions of the first."""
    for page, parent in zip(pages, parents, strict=True):
        page.translation_key = pages[0].translation_key
        parent.add_child(instance=page)


def _section(front: FrontPage) -> Section:
    with translation.override(front.locale.language_code):
        return Section(title=_("News"), slug="news", locale=front.locale, show_in_menus=True)


def _imprint(front: FrontPage) -> StandardPage:
    with translation.override(front.locale.language_code):
        return _draft(
            front,
            "imprint",
            _("Imprint"),
            _("Say here who publishes this, who answers for what is printed, and how you are reached."),
        )


def _privacy(front: FrontPage) -> StandardPage:
    with translation.override(front.locale.language_code):
        return _draft(
            front,
            "privacy",
            _("Privacy"),
            _("Who only reads here gets no cookie, and no other site learns of it."),
            _(
                "Who comments gives a name, and an e-mail address if they like, which is not shown. A cookie remembers "
                "them on this device."
            ),
            _("Say here how long you keep what people send you, and whom they can ask about it."),
        )


def _draft(front: FrontPage, slug: str, title: str, *paragraphs: str) -> StandardPage:
    text = format_html_join("", "<p>{}</p>", ((paragraph,) for paragraph in paragraphs))
    body = json.dumps([{"type": "text", "value": text, "id": str(uuid.uuid4())}])
    return StandardPage(title=title, slug=slug, locale=front.locale, body=body, live=False)
