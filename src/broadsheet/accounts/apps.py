"""Users who sign in, profiles that speak, and their privacy."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "broadsheet.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make known what we keep of a person ourselves, and listen to addresses being proven."""
        from broadsheet.accounts.privacy import ACCOUNT, add_privacy_part
        from broadsheet.accounts.proving import listen

        add_privacy_part(ACCOUNT)
        listen()
