"""Orders: the list, the import, the preview."""
