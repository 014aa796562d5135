"""Products: listings at Amazon and products of the store in one list, and which belong together."""
