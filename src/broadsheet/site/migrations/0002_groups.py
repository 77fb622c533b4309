"""Make the newsroom's groups, once; from then on they belong to the publication, which may change their rights."""

from django.apps import apps as real_apps
from django.contrib.auth.management import create_permissions
from django.db import migrations

# Rights on every page below the root, on every picture and document, and on models by `app.codename`.
GROUPS = {
    "Editor": {
        "pages": ["add_page", "change_page", "publish_page", "bulk_delete_page", "lock_page", "unlock_page"],
        "files": ["add", "change", "choose"],
        "rights": [
            "wagtailadmin.access_admin",
            *(f"publication.{verb}_person" for verb in ("add", "change", "delete", "view")),
            "publication.change_publicationsettings",
            *(f"wagtailredirects.{verb}_redirect" for verb in ("add", "change", "delete", "view")),
            "moderation.moderate",
        ],
    },
    # A writer's own drafts; an editor publishes them.
    "Writer": {
        "pages": ["add_page"],
        "files": ["add", "choose"],
        "rights": ["wagtailadmin.access_admin", "publication.view_person", "publication.add_person"],
    },
    "Moderator": {"pages": [], "files": [], "rights": ["wagtailadmin.access_admin", "moderation.moderate"]},
    "Treasurer": {"pages": [], "files": [], "rights": ["wagtailadmin.access_admin"]},
}
WAGTAILS_OWN = ["Moderators", "Editors"]


def make_groups(apps, schema_editor):
    """Replace Wagtail's two groups by ours. A group of that name that is there already keeps the rights it has."""
    for label in ("wagtailadmin", "wagtailimages", "wagtaildocs", "wagtailredirects", "publication", "moderation"):
        # Permissions are made after all migrations; these groups need them now.
        create_permissions(real_apps.get_app_config(label), apps=apps, verbosity=0)
    group_model = apps.get_model("auth", "Group")
    group_model.objects.filter(name__in=WAGTAILS_OWN, user__isnull=True).delete()
    for name, what in GROUPS.items():
        group, is_new = group_model.objects.get_or_create(name=name)
        if is_new:
            _allow(apps, group, **what)


def _allow(apps, group, *, pages, files, rights):
    permissions = apps.get_model("auth", "Permission").objects
    for right in rights:
        label, codename = right.split(".")
        group.permissions.add(permissions.get(content_type__app_label=label, codename=codename))
    root = apps.get_model("wagtailcore", "Page").objects.get(depth=1)
    on_pages = apps.get_model("wagtailcore", "GroupPagePermission").objects
    for codename in pages:
        permission = permissions.get(
            content_type__app_label="wagtailcore", content_type__model="page", codename=codename
        )
        on_pages.create(group=group, page=root, permission=permission)
    collection = apps.get_model("wagtailcore", "Collection").objects.get(depth=1)
    on_files = apps.get_model("wagtailcore", "GroupCollectionPermission").objects
    for label, model in (("wagtailimages", "image"), ("wagtaildocs", "document")):
        for verb in files:
            permission = permissions.get(content_type__app_label=label, codename=f"{verb}_{model}")
            on_files.create(group=group, collection=collection, permission=permission)


class Migration(migrations.Migration):
    dependencies = [
        ("site", "0001_initial"),
        ("accounts", "0001_initial"),
        ("moderation", "0001_initial"),
        ("publication", "0001_initial"),
        ("wagtailadmin", "0006_formstate"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
        ("wagtailredirects", "0008_add_verbose_name_plural"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
