"""Amazon's own models judge what Crossdock asks for and what it can read."""
