"""Shipments: every parcel of Amazon's orders, and what Amazon knows of it."""
