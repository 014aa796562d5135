"""A stateful Amazon and a CS-Cart store on loopback, for the demo, for tests and for trying things out.

It imports nothing from the rest of the program, so that it cannot share its mistakes.
"""
