"""The newsroom's groups and what each may do: made after migrating (post_migrate), then the editor's to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connections, transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
)

from broadsheet.accounts.rights import ENTER


@dataclass(frozen=True)
class Rights:
    """What a group may do: everywhere, with every page, with everything in the picture and document collections.

    A right is written `app.codename`, as Django writes it.
    """

    everywhere: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


_PERSONS = ("publication.add_person", "publication.change_person", "publication.view_person")
_OWN_FILES = (
    "wagtailimages.add_image",
    "wagtailimages.choose_image",
    "wagtaildocs.add_document",
    "wagtaildocs.choose_document",
)

GROUPS: dict[str, Rights] = {
    # Writes, edits and publishes everything, names the publication, and decides what is held.
    "Editor": Rights(
        everywhere=(
            ENTER,
            *_PERSONS,
            "publication.delete_person",
            "publication.change_publicationsettings",
            "discussion.change_discussionsettings",
            "wagtailredirects.add_redirect",
            "wagtailredirects.change_redirect",
            "wagtailredirects.delete_redirect",
            "simple_translation.submit_translation",
            "moderation.moderate",
            "notification.see_to_mail",
        ),
        pages=("add", "change", "publish", "lock", "unlock", "bulk_delete"),
        collections=(*_OWN_FILES, "wagtailimages.change_image", "wagtaildocs.change_document"),
    ),
    # Writes; what it writes waits for an editor.
    "Writer": Rights(everywhere=(ENTER, *_PERSONS), pages=("add",), collections=_OWN_FILES),
    # Decides what is held, and touches no page.
    "Moderator": Rights(everywhere=(ENTER, "moderation.moderate")),
    # Makes campaigns, books gifts and says where they are sent.
    "Treasurer": Rights(everywhere=(ENTER, "funding.keep_books", "funding.change_waysofgiving")),
}
# Wagtail's own groups have names that mean something else here.
WAGTAILS_GROUPS = ("Editors", "Moderators")


def make_groups_after_migrating(sender: AppConfig, using: str, **about: Any) -> None:
    """Make the groups that are missing, as soon as every table they need is there; leave those that exist alone."""
    needed = {model._meta.db_table for model in (Group, Page, Collection, GroupPagePermission)}
    others = ("publication.Person", "wagtailredirects.Redirect", "delivery.Announcement")
    needed |= {apps.get_model(name)._meta.db_table for name in others}
    if not needed <= set(connections[using].introspection.table_names()) or not Page.objects.filter(depth=1).exists():
        return
    missing = [name for name in GROUPS if not Group.objects.filter(name=name).exists()]
    if missing:
        for app in apps.get_app_configs():  # the same signal makes them, but for later apps after us
            create_contenttypes(app, using=using, verbosity=0)
            create_permissions(app, using=using, verbosity=0)
        with transaction.atomic(using=using):
            Group.objects.filter(name__in=WAGTAILS_GROUPS, user=None).delete()
            for name in missing:
                _make_group(name, GROUPS[name])
            if "Editor" in missing:
                _let_editors_approve()


def _make_group(name: str, rights: Rights) -> None:
    group = Group.objects.create(name=name)
    group.permissions.set(_permission(right) for right in rights.everywhere)
    every_page, every_collection = Page.objects.get(depth=1), Collection.objects.get(depth=1)
    for right in rights.pages:
        GroupPagePermission.objects.create(
            group=group, page=every_page, permission=_permission(f"wagtailcore.{right}_page")
        )
    for right in rights.collections:
        GroupCollectionPermission.objects.create(
            group=group, collection=every_collection, permission=_permission(right)
        )


def _let_editors_approve() -> None:
    """Hand Wagtail's own workflow, whose group is gone, to the editors: what a writer submits waits for one of them."""
    for task in GroupApprovalTask.objects.filter(groups=None):
        task.name = "Editor’s approval"
        task.save()
        task.groups.add(Group.objects.get(name="Editor"))
        Workflow.objects.filter(workflow_tasks__task=task).update(name="Editor’s approval")


def _permission(right: str) -> Permission:
    app, _, codename = right.partition(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
