"""Users who sign in, profiles that speak, and their privacy."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "broadsheet.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make known our kind of topic and what we keep of a person; listen to addresses being proven and to rights."""
        from broadsheet.accounts import belonging, proving
        from broadsheet.accounts.privacy import ACCOUNT, TOKENS, add_privacy_part
        from broadsheet.accounts.topics import PROFILES
        from broadsheet.delivery.topics import add_topic_kind

        add_topic_kind(PROFILES)
        for part in (ACCOUNT, TOKENS):
            add_privacy_part(part)
        belonging.listen()
        proving.listen()
