"""Registries that never were, of irinotecan-TACE and of radioembolization: patients, sessions, scans, harm, and the truth behind them."""

from glisson.simulate.registry.course import Course, draw_course
from glisson.simulate.registry.design import Design, cirel
from glisson.simulate.registry.dose_truth import DoseTruth, dose_truth_of
from glisson.simulate.registry.entries import SimulatedEntry
from glisson.simulate.registry.make import SimulatedRegistry, simulate_registry
from glisson.simulate.registry.people import People, draw_people
from glisson.simulate.registry.sirt_design import sirt
from glisson.simulate.registry.truth import Truth, truth_of

__all__ = [
    "Course",
    "Design",
    "DoseTruth",
    "People",
    "SimulatedEntry",
    "SimulatedRegistry",
    "Truth",
    "cirel",
    "dose_truth_of",
    "draw_course",
    "draw_people",
    "simulate_registry",
    "sirt",
    "truth_of",
]
