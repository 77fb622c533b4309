"""Articles, interviews, provenance, sections, people and feeds."""

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    name = "broadsheet.publication"
    label = "publication"
    default_auto_field = "django.db.models.BigAutoField"
