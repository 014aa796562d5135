"""From an empty home to the first import, step by step."""
