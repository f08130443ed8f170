"""Schemas of the registry, one revision per file."""
