"""Faults of a table of measurements, each with the rows in which it stands. Some keep it from being used, some are said only.

No finding shows the content of a cell: row numbers lead to it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from glisson.case import Level
from glisson.errors import BadInput
from glisson.follow import table_faults as faults
from glisson.follow.keys import keyed
from glisson.follow.measurements import MOST_ROWS, checked_measurements, checked_statements, rows_in_words


@dataclass(frozen=True)
class TableFinding:
    """One kind of fault.

    Attributes:
        code: never changes.
        level: STOP: no response is computed from such a table; WARNING: computed, and said.
        text: what is wrong, and in which rows (the first ten).
        rows: every row.
    """

    code: str
    level: Level
    text: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Check:
    """One check: its code, how loud, what it says, and the function that picks the rows at fault."""

    code: str
    level: Level
    says: str
    rows: Callable[[pl.DataFrame], pl.DataFrame]


CHECKS = (
    Check("duplicate-key", Level.STOP, "a lesion stands twice in one visit of one reader, and differs", faults.duplicates),
    Check("two-sites", Level.STOP, "one lesion in two organs at one visit", faults.two_sites),
    Check("two-baselines", Level.STOP, "two visits are marked as baseline", faults.two_baselines),
    Check("reader-without-baseline", Level.STOP, "a reader has no baseline of this patient", faults.no_baseline),
    Check("before-baseline", Level.STOP, "a follow-up lies before the baseline", faults.before_baseline),
    Check("visits-out-of-order", Level.STOP, "the dates run against the visit numbers", faults.out_of_order),
    Check("not-a-size", Level.STOP, "a size is negative or not a number", faults.not_a_size),
    Check("absent-with-size", Level.STOP, "a lesion is absent and has a size", faults.absent_with_size),
    Check("target-after-baseline", Level.STOP, "a target that was not chosen at baseline", faults.late_target),
    Check("repeated-row", Level.WARNING, "a row says again what another says: counts once", faults.said_again),
    Check("units-cm", Level.WARNING, "sizes look like centimetres", faults.in_cm),
    Check("implausible-size", Level.WARNING, "a size above 400 mm, or parts larger than the whole", faults.implausible),
    Check("measured-without-size", Level.WARNING, "a target that is there, but no size: counts as not evaluated", faults.no_size),
    Check("location-changes", Level.WARNING, "a lesion changes its organ between visits", faults.location_changes),
    Check("role-changes", Level.WARNING, "a lesion changes its role; the baseline's counts", faults.role_changes),
    Check("node-changes", Level.WARNING, "a lesion is a node at one visit and none at another", faults.node_changes),
    Check("new-at-baseline", Level.WARNING, "a new lesion at the baseline", faults.new_at_baseline),
    Check("unknown-link", Level.WARNING, "split from, or merged into, a lesion that is not there", faults.unknown_link),
    Check("visit-several-dates", Level.WARNING, "one visit with dates more than four weeks apart", faults.several_dates),
)


def quality(measurements: pl.DataFrame, statements: pl.DataFrame | None = None) -> tuple[TableFinding, ...]:
    """Every fault found, the ones that stop first.

    Raises:
        BadInput: a column or a word is not known, so that nothing can be checked.
    """
    return _run(keyed(checked_measurements(measurements), checked_statements(statements))[0], CHECKS)


def require_usable(measurements: pl.DataFrame) -> None:
    """Refuses a table (checked and keyed) from which a response would be wrong.

    Raises:
        BadInput: with every fault that stops, and its rows.
    """
    found = _run(measurements, tuple(check for check in CHECKS if check.level is Level.STOP))
    if found:
        raise BadInput(
            "; ".join(finding.text for finding in found),
            do="correct these rows, or leave their patients out (follow.quality.without_faulty)",
        )


def without_faulty(measurements: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The table without the patients in whom a fault stops, and their pseudonyms; nobody is left out unnamed."""
    table = checked_measurements(measurements)
    rows = [row for finding in quality(table) if finding.level is Level.STOP for row in finding.rows]
    faulty = table.filter(pl.col("row").is_in(rows)).select("patient").unique().sort("patient")
    return table.join(faulty, on="patient", how="anti"), tuple(faulty["patient"])


def _run(table: pl.DataFrame, checks: tuple[Check, ...]) -> tuple[TableFinding, ...]:
    found = []
    for check in checks:
        rows = check.rows(table)["row"].unique().sort()
        if len(rows):
            found.append(TableFinding(check.code, check.level, f"{check.says}: {rows_in_words(rows)}", tuple(rows)))
    return tuple(found)


__all__ = ["CHECKS", "MOST_ROWS", "Check", "TableFinding", "quality", "require_usable", "without_faulty"]
