"""What Crossdock knows and does: no user interface, no queue."""
