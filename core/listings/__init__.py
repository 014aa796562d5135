"""Listings: which store product a SKU means."""
