"""What becomes of a listing in the store: pure functions of what was read and what people decided."""
