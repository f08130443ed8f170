"""Checks that a mapping asks of the table itself: ranges, columns that cannot exceed others, scores that do not add up."""

from collections.abc import Sequence

from glisson.records.intake.incoming import Level, Reading
from glisson.records.mapping.definition import Check
from glisson.records.mapping.row import Row


def check_row(reading: Reading, number: int, row: Row, checks: Sequence[Check]) -> None:
    """Remarks about what fails; a cell without a value fails nothing."""
    for check in checks:
        if not row.missing(check.column) and not _passes(row, check):
            level: Level = "rejected" if check.reject else "doubtful"
            reading.remark(level, number, check.column, row.cells[check.column], check.words)


def _passes(row: Row, check: Check) -> bool:
    value = row.number(check.column)
    if value is None:
        return False
    if check.range is not None and not check.range[0] <= value <= check.range[1]:
        return False
    if check.not_above is not None:
        other = row.number(check.not_above)
        if other is not None and value > other:
            return False
    if not check.points:
        return True
    given = [row.point(points) for points in check.points]
    low = given.count(True)
    return low <= value <= low + given.count(None) + check.unseen
