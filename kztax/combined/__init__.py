"""Kinds made of others: one folder each, above the rules, whose parts the engine works out."""
