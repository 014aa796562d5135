"""Channels: the list, the form, authorization."""
