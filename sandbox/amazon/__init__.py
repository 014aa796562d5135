"""The Amazon side: the token service and the Selling Partner API operations Crossdock uses."""
