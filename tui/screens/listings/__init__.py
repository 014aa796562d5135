"""Listings: what SKUs on Amazon mean in the store."""
