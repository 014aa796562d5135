"""Which parcels Amazon is told of, and how: pure, from what both sides have."""
