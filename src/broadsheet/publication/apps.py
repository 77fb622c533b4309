"""Articles, interviews, provenance, sections, people and feeds."""

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    name = "broadsheet.publication"
    label = "publication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make our kinds of topic known, and listen to publishing."""
        from broadsheet.delivery.topics import add_topic_kind
        from broadsheet.publication.signals import listen
        from broadsheet.publication.topics import ARTICLE, PUBLICATION

        add_topic_kind(ARTICLE)
        add_topic_kind(PUBLICATION)
        listen()
