"""The policy that submissions are judged by, bans, and from where something was written."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_erased_profiles"),
        ("moderation", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Ban",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("profile", "member"), ("cookie", "guest’s browser"), ("network", "address range")],
                        max_length=8,
                    ),
                ),
                ("network", models.CharField(blank=True, max_length=43)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("bulk", models.CharField(blank=True, max_length=36)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bans",
                        to="accounts.profile",
                    ),
                ),
            ],
            options={
                "verbose_name": "ban",
                "verbose_name_plural": "bans",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("lifted_at", None)), fields=["network"], name="moderation_banned_networks"
                    ),
                    models.Index(
                        condition=models.Q(("bulk", ""), _negated=True),
                        fields=["bulk"],
                        name="moderation_bans_of_an_action",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "network"), ("profile", None), models.Q(("network", ""), _negated=True)),
                            models.Q(("kind__in", ("profile", "cookie")), ("network", ""), ("profile__isnull", False)),
                            _connector="OR",
                        ),
                        name="moderation_ban_is_on_somebody",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ModerationPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(blank=True, default="", max_length=60, unique=True)),
                (
                    "hold",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("all", "everybody’s"),
                            ("first", "those of people who have nothing published here yet"),
                            ("none", "nobody’s"),
                        ],
                        default="first",
                        max_length=5,
                    ),
                ),
                ("max_links", models.PositiveSmallIntegerField(blank=True, default=2, null=True)),
                ("words", models.TextField(blank=True)),
                ("burst_of_profile", models.PositiveSmallIntegerField(default=6)),
                ("burst_of_network", models.PositiveSmallIntegerField(default=40)),
                ("burst_minutes", models.PositiveSmallIntegerField(default=5)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "moderation policy",
                "verbose_name_plural": "moderation policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", ""), _negated=True),
                            models.Q(models.Q(("hold", ""), _negated=True), ("max_links__isnull", False)),
                            _connector="OR",
                        ),
                        name="moderation_publication_policy_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hold__in", ["", "all", "first", "none"])), name="moderation_hold_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Origin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=40)),
                ("network", models.CharField(max_length=43)),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "profile",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.profile",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["profile", "at"], name="moderation_origins_of_profile"),
                    models.Index(fields=["network", "at"], name="moderation_origins_in_network"),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="moderation_one_origin_each")],
            },
        ),
    ]
