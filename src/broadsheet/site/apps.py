"""The one place that sees everything: settings, addresses, the command line and the composed pages."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "broadsheet.site"
    label = "site"
    default_auto_field = "django.db.models.BigAutoField"
