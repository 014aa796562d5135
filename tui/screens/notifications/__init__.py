"""The place Activity, tab Notifications: messages of Amazon's that were of no use."""
