"""Who is knocking: client address, same-site check, form stamp, idempotency keys."""
