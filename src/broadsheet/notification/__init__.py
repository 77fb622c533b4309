"""Subscriptions, notices and the outbox that mails them."""
