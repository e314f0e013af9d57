"""The levy on electricity burnt in digital mining."""
