"""What an offer costs at Amazon and how many of it there are, whichever flow writes it."""
