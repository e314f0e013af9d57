"""Corporate income tax of companies and permanent establishments."""
