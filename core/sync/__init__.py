"""What every flow is made of, and none is named in: outbox, lane, problems."""
