"""One folder a subject: what is stated (facts), what the law says (law.toml), what follows (rule)."""
