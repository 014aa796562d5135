"""Delivery: intents of the outbox → the other remote, read back, nothing lost and nothing twice."""
