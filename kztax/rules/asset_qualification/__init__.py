"""Asset qualification: what the law of a day makes of an asset."""
