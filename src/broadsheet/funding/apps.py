"""Campaigns, donations and the ledger."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    name = "broadsheet.funding"
    label = "funding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make our kind of topic known."""
        from broadsheet.delivery.topics import add_topic_kind
        from broadsheet.funding.topics import CAMPAIGN

        add_topic_kind(CAMPAIGN)
