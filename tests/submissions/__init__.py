"""Submissions: pure parts, and the feeds of a toy flow against the sandbox."""
