"""Threads, comments and votes below an article."""

from django.apps import AppConfig


class DiscussionConfig(AppConfig):
    name = "broadsheet.discussion"
    label = "discussion"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make our kinds of topic, of moderated things and of notices known, and what we keep of a person."""
        from broadsheet.accounts.privacy import add_privacy_part
        from broadsheet.delivery.topics import add_topic_kind
        from broadsheet.discussion.desk import COMMENTS, EDITS
        from broadsheet.discussion.notices import NOTICES
        from broadsheet.discussion.privacy import PARTS
        from broadsheet.discussion.topics import THREAD
        from broadsheet.moderation.kinds import add_moderated_kind
        from broadsheet.notification.kinds import add_notice_kind

        add_topic_kind(THREAD)
        add_moderated_kind(COMMENTS)
        add_moderated_kind(EDITS)
        for notice in NOTICES:
            add_notice_kind(notice)
        for part in PARTS:
            add_privacy_part(part)
