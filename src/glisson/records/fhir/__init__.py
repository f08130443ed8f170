"""A case as an mCODE bundle in FHIR R4, and back: what mCODE covers in its own elements, the rest in documented extensions."""

from glisson.records.fhir.bundle import Written, bundle_text, write_bundle
from glisson.records.fhir.read import Choices, Read, read_bundle
from glisson.records.fhir.report import NotTaken

__all__ = ["Choices", "NotTaken", "Read", "Written", "bundle_text", "read_bundle", "write_bundle"]
