"""Residency of individuals."""
