"""Products of the store, as far as other flows ask for them."""
