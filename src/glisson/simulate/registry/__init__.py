"""A registry of irinotecan-TACE that never was: patients, sessions, scans, harm, and the truth behind them."""

from glisson.simulate.registry.course import Course, draw_course
from glisson.simulate.registry.design import Design, cirel
from glisson.simulate.registry.entries import SimulatedEntry
from glisson.simulate.registry.make import SimulatedRegistry, simulate_registry
from glisson.simulate.registry.people import People, draw_people
from glisson.simulate.registry.truth import Truth, truth_of

__all__ = [
    "Course",
    "Design",
    "People",
    "SimulatedEntry",
    "SimulatedRegistry",
    "Truth",
    "cirel",
    "draw_course",
    "draw_people",
    "simulate_registry",
    "truth_of",
]
