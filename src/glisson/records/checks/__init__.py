"""Checks across the forms of a case, and what comes of them: queries, locks, verified data, signatures, serious events."""

from glisson.records.checks.acts import Act
from glisson.records.checks.course import Course
from glisson.records.checks.imaging import count_windows
from glisson.records.checks.queries import Proposals, Query, QueryState, answer, ask, close, propose, queries_of, reopen
from glisson.records.checks.rules import RULES, Rule
from glisson.records.checks.run import cross_checks
from glisson.records.checks.serious import SeriousEvent, serious_events
from glisson.records.checks.settings import CheckSettings
from glisson.records.checks.signature import SignatureState, sign, signatures
from glisson.records.checks.source_data import verified, verify
from glisson.records.checks.visits import Readiness, lock, locked_visits, readiness, require_unlocked, unlock

__all__ = [
    "RULES",
    "Act",
    "CheckSettings",
    "Course",
    "Proposals",
    "Query",
    "QueryState",
    "Readiness",
    "Rule",
    "SeriousEvent",
    "SignatureState",
    "answer",
    "ask",
    "close",
    "count_windows",
    "cross_checks",
    "lock",
    "locked_visits",
    "propose",
    "queries_of",
    "readiness",
    "reopen",
    "require_unlocked",
    "serious_events",
    "sign",
    "signatures",
    "unlock",
    "verified",
    "verify",
]
