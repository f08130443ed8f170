"""The nouns of a case: Case, Site, Treatment, Session, Observation, Event, Result."""

from glisson.case.asked import CyclePlanning, PumpPlanning, TacePlanning
from glisson.case.case import Case, Disease, current
from glisson.case.event import Event
from glisson.case.image_reference import ImageKind, ImageReference, Purpose
from glisson.case.observation import Observation
from glisson.case.result import Finding, Level, Result
from glisson.case.run import RegionMerit, Run
from glisson.case.site import Combined, Contour, FileContour, Grown, Margin, Site, SiteKind, Threshold
from glisson.case.structure import Structure
from glisson.case.treatment import (
    Approach,
    DoseLimit,
    Embolization,
    Injection,
    PlannedInjection,
    Planning,
    ReferenceVolume,
    Session,
    Treatment,
)

__all__ = [
    "Approach",
    "Case",
    "Combined",
    "Contour",
    "CyclePlanning",
    "Disease",
    "DoseLimit",
    "Embolization",
    "Event",
    "FileContour",
    "Finding",
    "Grown",
    "ImageKind",
    "ImageReference",
    "Injection",
    "Level",
    "Margin",
    "Observation",
    "PlannedInjection",
    "Planning",
    "PumpPlanning",
    "Purpose",
    "ReferenceVolume",
    "RegionMerit",
    "Result",
    "Run",
    "Session",
    "Site",
    "SiteKind",
    "Structure",
    "TacePlanning",
    "Threshold",
    "Treatment",
    "current",
]
