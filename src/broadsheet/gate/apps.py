"""Who is knocking: client address, same-site check, form stamp, idempotency keys."""

from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "broadsheet.gate"
    label = "gate"
    default_auto_field = "django.db.models.BigAutoField"
