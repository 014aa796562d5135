"""The durable job record: what was asked for, how far it is, and what became of each item."""
