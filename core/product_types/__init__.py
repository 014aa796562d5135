"""Amazon's product types: which there are, what a listing of each has to say, and whether one says it."""
