"""A stateful CS-Cart store over REST, with the traps of the real one."""
