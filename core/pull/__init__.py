"""Pulls: remote state into the mirror with the fewest calls; the checkpoint moves with the rows it covers."""
