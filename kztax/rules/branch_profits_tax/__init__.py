"""Tax on net income of a permanent establishment."""
