"""Who is there, what they may do, and what they did."""
