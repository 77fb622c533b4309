"""The one place that sees everything: settings, addresses, the command line and the composed pages."""
