"""Who is knocking: same-site check, form stamp, idempotency keys."""
