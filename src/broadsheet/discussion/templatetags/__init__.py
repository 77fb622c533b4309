"""Tags that draw a discussion."""
