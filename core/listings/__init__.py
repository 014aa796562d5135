"""Listings at Amazon: which store product a SKU means, and products out: made, changed, followed and closed."""

NAME = "listings"
"""Of the flow."""
