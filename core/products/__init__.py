"""Products of the store, as other flows ask for them, and the flow that makes them from Amazon's listings."""

NAME = "products"
"""The flow, as problems and jobs name it."""
