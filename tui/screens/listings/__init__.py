"""Listings: what Amazon makes of each SKU, and which product of the store it means."""
