"""Use cases around channels: one Amazon marketplace of one seller account, connected to one store."""
