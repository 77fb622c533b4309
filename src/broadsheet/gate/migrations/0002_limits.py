"""How many turns somebody has taken under a limit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gate", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField(db_index=True)),
                ("taken", models.PositiveIntegerField(default=1)),
            ],
        ),
    ]
