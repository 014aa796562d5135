"""Tests of what every flow is made of, by a flow of their own."""
