"""Orders in: Amazon → store. Pull, plan and deliver, each in the file of its name."""

NAME = "orders"
"""The flow, as intents and problems name it."""
