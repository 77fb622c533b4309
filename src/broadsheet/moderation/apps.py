"""Who may say what: judging submissions, deciding on them, the desk."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "broadsheet.moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"
