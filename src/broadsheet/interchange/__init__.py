"""Importers and exporters around one documented format."""
