"""Benchmarks: each module measures one thing, `python -m bench` runs them all and prints one table."""
