"""Home: how each channel stands."""
