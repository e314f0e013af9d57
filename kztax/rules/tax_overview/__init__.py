"""Which taxes concern whom."""
