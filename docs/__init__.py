"""Documents, and the command that takes their pictures."""
