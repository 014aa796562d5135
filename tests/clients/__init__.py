"""The HTTP clients of Amazon and of the store, against recorded answers and broken connections."""
