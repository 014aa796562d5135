"""What people see: the terminal user interface and the `crossdock` command."""
