"""The place Home, tab Health: whether everything that works behind the screens is in order."""
