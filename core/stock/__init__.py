"""Price and stock out: what the store's products cost, and how many there are, reaches their listings at Amazon."""

NAME = "stock"
"""The flow, as problems and jobs name it."""
WRITE_KIND = "offer.write"
"""The kind of its intents."""
EVERYTHING = "everything"
"""The parameter of a job that reads all products of the store and compares all listings."""
