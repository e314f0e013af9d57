"""The value added tax of a quarter."""
