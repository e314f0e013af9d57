"""Trade compliance: whether an operation with digital assets is lawful."""
