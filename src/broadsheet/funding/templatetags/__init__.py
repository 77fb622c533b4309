"""Tags that draw a campaign on an article's page."""
