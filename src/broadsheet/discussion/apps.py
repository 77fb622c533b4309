"""Threads, comments and votes below an article."""

from django.apps import AppConfig


class DiscussionConfig(AppConfig):
    name = "broadsheet.discussion"
    label = "discussion"
    default_auto_field = "django.db.models.BigAutoField"
