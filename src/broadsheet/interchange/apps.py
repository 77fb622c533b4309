"""Importers and exporters around one documented format."""

from django.apps import AppConfig


class InterchangeConfig(AppConfig):
    name = "broadsheet.interchange"
    label = "interchange"
    default_auto_field = "django.db.models.BigAutoField"
