"""Tags that draw what readers and editors marked."""
