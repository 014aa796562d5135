"""Orders in: Amazon → store. Pull, plan and deliver, each in the file of its name."""

NAME = "orders"
"""The flow, as intents and problems name it."""
STREAM = "orders"
"""What is read of a seller account, as positions and schedules name it."""
CREATE_KIND, STATUS_KIND, ANONYMISE_KIND = "order.create", "order.status", "order.anonymise"
"""The kinds of its intents."""
