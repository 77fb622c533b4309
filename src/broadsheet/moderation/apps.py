"""Who may say what: judging submissions, deciding on them, the desk."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "broadsheet.moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make known what we keep of a person."""
        from broadsheet.accounts.privacy import add_privacy_part
        from broadsheet.moderation.privacy import BANS, ORIGINS

        add_privacy_part(BANS)
        add_privacy_part(ORIGINS)
