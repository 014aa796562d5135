"""The categories of both sides: Amazon's tree of a marketplace, the store's own, and which of them belong together."""

NAME = "categories"
"""The flow, as problems and jobs name it."""
