"""Broadsheet: a self-hosted newsroom in one Python application."""

__version__ = "0.1.0"
