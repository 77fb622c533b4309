"""SQLite as a database of several writers: they queue for the one write lock instead of racing for it."""
