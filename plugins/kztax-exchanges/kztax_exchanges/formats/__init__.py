"""One module a format: its exact header, where it was seen, and what its rows mean."""
