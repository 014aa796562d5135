"""Shipments out: store → Amazon. Pull, plan and deliver, each in the file of its name.

It stands upon the mirror of the orders: what Amazon still waits for is read there.
"""

NAME = "shipments"
"""The flow, as intents and problems name it."""
CONFIRM_KIND, ENTER_KIND = "shipment.confirm", "shipment.enter"
"""The kinds of its intents."""
