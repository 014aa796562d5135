"""Schema migrations (Alembic), shipped with the program."""
