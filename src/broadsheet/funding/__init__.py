"""Campaigns, donations and the ledger."""
