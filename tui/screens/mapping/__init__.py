"""Mapping: what of Amazon belongs to what of the store."""
