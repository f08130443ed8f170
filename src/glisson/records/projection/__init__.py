"""Between the entries of a registry and the nouns of a Case, both ways."""

from glisson.records.projection.to_case import case_of
from glisson.records.projection.to_entries import entries_of

__all__ = ["case_of", "entries_of"]
