"""What a product is to say as a listing, and what of it has to be sent: pure functions."""
