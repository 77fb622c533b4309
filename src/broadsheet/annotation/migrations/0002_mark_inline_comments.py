from django.db import migrations
from django.db.models import Count, Exists, OuterRef, Q


def mark(apps, schema_editor):
    """Say of every comment on a passage that it is inline, and count them in their threads."""
    comment, thread = apps.get_model("discussion", "Comment"), apps.get_model("discussion", "Thread")
    annotations = apps.get_model("annotation", "Annotation").objects.filter(comment=OuterRef("pk"))
    comment.objects.filter(Exists(annotations)).update(is_inline=True)
    inline = Count("comments", filter=Q(comments__standing="published", comments__is_inline=True))
    for pk, count in thread.objects.annotate(inline=inline).filter(inline__gt=0).values_list("pk", "inline"):
        thread.objects.filter(pk=pk).update(inline_count=count)


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0001_passages"),
        ("discussion", "0007_inline_comments"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
