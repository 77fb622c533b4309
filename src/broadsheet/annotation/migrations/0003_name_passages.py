from django.db import migrations
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery


def name(apps, schema_editor):
    """Say of every inline comment which passage it is about, and count the published ones of each."""
    comment, count = apps.get_model("discussion", "Comment"), apps.get_model("discussion", "InlineCount")
    annotation = apps.get_model("annotation", "Annotation")
    about = annotation.objects.filter(comment=OuterRef("pk"))
    # Comments outlive an article that is deleted, whose passages go with it.
    comment.objects.filter(Exists(about)).update(about=Subquery(about.values("passage__public_id")))
    published = Count("comment", filter=Q(comment__standing="published"))
    counted = annotation.objects.values(about=F("passage__public_id")).annotate(published=published).order_by("about")
    rows = (count(about=one["about"], comment_count=one["published"]) for one in counted.iterator())
    count.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0002_mark_inline_comments"),
        ("discussion", "0009_about_passages"),
    ]

    operations = [migrations.RunPython(name, migrations.RunPython.noop)]
