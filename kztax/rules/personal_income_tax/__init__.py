"""Personal income tax of a year."""
