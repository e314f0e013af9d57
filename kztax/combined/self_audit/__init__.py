"""Self-audit: what was declared against what follows from the facts, before an auditor compares them."""
