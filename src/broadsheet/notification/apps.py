"""Subscriptions, notices and the outbox that mails them."""

from django.apps import AppConfig


class NotificationConfig(AppConfig):
    name = "broadsheet.notification"
    label = "notification"
    default_auto_field = "django.db.models.BigAutoField"
