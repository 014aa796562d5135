"""Notifications of Amazon: received from a queue, taken once, acted upon by the flows that they concern."""
