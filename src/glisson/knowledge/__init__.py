"""Cited knowledge: constants, products, limits. Every number has a source and a place in it."""

from glisson.knowledge.load import EDITION, nuclide, nuclides, read_entries, read_yaml, source, sources, sources_named
from glisson.knowledge.schema import Cited, Evidence, Nuclide, Preset, Source, Strict

__all__ = [
    "EDITION",
    "Cited",
    "Evidence",
    "Nuclide",
    "Preset",
    "Source",
    "Strict",
    "nuclide",
    "nuclides",
    "read_entries",
    "read_yaml",
    "source",
    "sources",
    "sources_named",
]
