"""Residency of legal entities."""
