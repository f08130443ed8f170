"""Tables that several pages of procedures share: cited numbers, and how evidence is written."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Cell, Column, Table, table
from glisson.report.words import as_given, is_number, opening, plain

EVIDENCE = {"S": "second-hand", "I": "proposal", "C": "computed"}
"""Kinds of evidence that a reader must see in the table itself."""


def left(*heads: str) -> list[Column]:
    """Columns of words."""
    return [Column(head, align="left") for head in heads]


def source_cell(row: Mapping[str, Any], citations: Citations) -> Cell:
    """Number of the source and the place in it; second-hand is said."""
    if not row.get("source"):
        return Cell("none", "unknown")
    grade = EVIDENCE.get(str(row.get("evidence")), "")
    place = f", {row['place']}" if row.get("place") else ""
    return Cell(f"{citations.mark(row['source'])}{place}" + (f" ({grade})" if grade else ""), "quiet")


def value_text(value: Any, unit: str = "") -> str:
    """A number, a range or words; a fraction as percent. A unit said twice: two numbers that are no range.

    >>> value_text([0.94, 0.99], "fraction"), value_text([5, 35], "of patients"), value_text([15.5, 13], "months, months")
    ('94 to 99 %', '5 of 35 patients', '15.5 and 13 months')
    """
    if unit == "of patients":
        return f"{as_given(value[0])} of {as_given(value[1])} patients"
    if unit in ("fraction, fraction", "months, months"):
        return value_text(value, unit.partition(",")[0]).replace(" to ", " and ")
    if unit == "fraction":
        many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        return " to ".join(as_given(round(100.0 * v, 6)) for v in many) + " %"
    if isinstance(value, Sequence) and not isinstance(value, str):
        pair = len(value) == 2 and all(is_number(v) for v in value)
        return " to ".join(as_given(v) for v in value) + f" {unit}" if pair and "," not in unit else f"{plain(value)} {unit}"
    return f"{as_given(value) if is_number(value) else value}" + (f" {unit}" if unit not in ("words", "drugs") else "")


def numbers_table(title: str, rows: Sequence[Mapping[str, Any]], citations: Citations) -> Table:
    """Cited numbers: what each holds for, its value, where it stands."""
    body = [
        [
            Cell(opening(str(row["holds_for"])) + (f" ({row['note']})" if row.get("note") else "")),
            Cell(value_text(row["value"], str(row["unit"]))),
            source_cell(row, citations),
        ]
        for row in rows
    ]
    return table(title, left("What", "value", "source"), body)
