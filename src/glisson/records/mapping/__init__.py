"""A table of somebody else's into forms, by a mapping file that says what every column means. Nothing is guessed."""

from glisson.records.mapping.definition import Mapping, read_mapping
from glisson.records.mapping.read import read_mapped

__all__ = ["Mapping", "read_mapped", "read_mapping"]
