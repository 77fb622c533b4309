"""Subscriptions, notices and the outbox that mails them."""

from django.apps import AppConfig


class NotificationConfig(AppConfig):
    name = "broadsheet.notification"
    label = "notification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make our own kinds of notice known, and what we keep of a person."""
        from broadsheet.accounts.privacy import add_privacy_part
        from broadsheet.notification.kinds import add_notice_kind
        from broadsheet.notification.notices import CONFIRM_NOTICE, OVERVIEW_NOTICE
        from broadsheet.notification.privacy import SUBSCRIPTIONS

        add_notice_kind(CONFIRM_NOTICE)
        add_notice_kind(OVERVIEW_NOTICE)
        add_privacy_part(SUBSCRIPTIONS)
