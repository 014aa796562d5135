"""Products of the store, as other flows ask for them, and the flow that makes them from Amazon's listings."""

NAME = "products"
"""The flow, as problems and jobs name it."""
WRITE_KIND, FAMILY_KIND, REMOVE_KIND = "product.write", "product.family", "product.delete"
"""The kinds of its intents."""
CONTENT = (NAME, "listings")
"""The flows, in and out, that hold listings for what they say; one of them is shown as held, whatever its price."""
