"""Who may say what: judging submissions, deciding on them, the desk."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "broadsheet.moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make known what we keep of a person, and the notice to moderators."""
        from broadsheet.accounts.privacy import add_privacy_part
        from broadsheet.moderation.notices import HELD_NOTICE
        from broadsheet.moderation.privacy import BANS, ORIGINS
        from broadsheet.notification.kinds import add_notice_kind

        add_privacy_part(BANS)
        add_privacy_part(ORIGINS)
        add_notice_kind(HELD_NOTICE)
