"""The commands of `crossdock`, one file per group."""
