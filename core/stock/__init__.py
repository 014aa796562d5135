"""Price and stock out: what the store's products cost, and how many there are, reaches their listings at Amazon."""

NAME = "stock"
"""The flow, as problems and jobs name it."""
