"""What is submitted to a seller's listings, singly or in a feed, whatever it says; the flows that submit are above."""
