"""Inline feedback: passages readers marked, editors' prompts, and how both survive an edit."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "broadsheet.annotation"
    label = "annotation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to publishing."""
        from broadsheet.annotation.signals import listen

        listen()
