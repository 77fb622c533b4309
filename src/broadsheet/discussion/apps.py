"""Threads, comments and votes below an article."""

from django.apps import AppConfig


class DiscussionConfig(AppConfig):
    name = "broadsheet.discussion"
    label = "discussion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make our kinds of topic and of moderated things known."""
        from broadsheet.delivery.topics import add_topic_kind
        from broadsheet.discussion.desk import COMMENTS
        from broadsheet.discussion.topics import THREAD
        from broadsheet.moderation.kinds import add_moderated_kind

        add_topic_kind(THREAD)
        add_moderated_kind(COMMENTS)
