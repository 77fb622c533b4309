"""Give treasurers of publications that exist already the rights to what is new."""

from django.db import migrations

RIGHTS = (
    ("campaign", "keep_books", "Can make campaigns, book gifts and take them back"),
    ("waysofgiving", "change_waysofgiving", "Can change ways of giving"),
)


def grant(apps, schema_editor):
    # In a new publication the group is made, with its rights, after all migrations.
    Group = apps.get_model("auth", "Group")
    treasurers = Group.objects.filter(name="Treasurer").first()
    if treasurers is None:
        return
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    for model, codename, name in RIGHTS:
        kind, _ = ContentType.objects.get_or_create(app_label="funding", model=model)
        right, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": name})
        treasurers.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0002_append_only_ledger"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
