"""Planning orders: pure functions from the mirror and the rules to a decision."""
