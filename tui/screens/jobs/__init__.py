"""Jobs: progress, log, cancel, retry."""
