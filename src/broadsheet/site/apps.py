"""The one place that sees everything: settings, addresses, the command line and the composed pages."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SiteConfig(AppConfig):
    name = "broadsheet.site"
    label = "site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the newsroom's groups made once the tables are there."""
        from broadsheet.site.groups import make_groups_after_migrating

        post_migrate.connect(make_groups_after_migrating, dispatch_uid="broadsheet.site.groups")
