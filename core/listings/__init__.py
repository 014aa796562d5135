"""Listings at Amazon: which store product a SKU means, and products out: made, changed, followed and closed."""

NAME = "listings"
"""Of the flow."""
PUT_KIND, PATCH_KIND, CLOSE_KIND = "listing.put", "listing.patch", "listing.close"
"""Kinds of its intents."""
