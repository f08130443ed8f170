"""The data dictionary of a running REDCap project beside the forms: what is missing, what is more, what differs."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from glisson.errors import BadInput
from glisson.records.forms import Form
from glisson.records.redcap.dictionary import HEADERS, dictionary_csv

COMPARED = (
    "Form Name",
    "Field Type",
    "Choices, Calculations, OR Slider Labels",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Branching Logic (Show field only if...)",
    "Required Field?",
)
"""Columns on which data depend; labels and notes may differ."""


@dataclass(frozen=True)
class Difference:
    """One difference. ``what``: "missing there", "not in the forms", or the column that differs; then what each side says."""

    field: str
    what: str
    here: str = ""
    there: str = ""


def compare_dictionary(text: str, forms: Iterable[Form]) -> list[Difference]:
    """How a project's dictionary differs from the forms, in the order of the forms; empty if data fit.

    Raises:
        BadInput: not a data dictionary.
    """
    ours = _fields(dictionary_csv(forms))
    theirs = _fields(text)
    found = [Difference(name, "missing there") for name in ours if name not in theirs]
    for name, mine in ours.items():
        other = theirs.get(name)
        if other is not None:
            found += [
                Difference(name, column, mine[column], other[column])
                for column in COMPARED
                if _plain(column, mine[column]) != _plain(column, other[column])
            ]
    return found + [Difference(name, "not in the forms") for name in theirs if name not in ours]


def _fields(text: str) -> dict[str, dict[str, str]]:
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    if not rows or tuple(rows[0][: len(HEADERS)]) != HEADERS:
        raise BadInput("this is not a REDCap data dictionary", allowed=f"CSV that begins with the column '{HEADERS[0]}'")
    return {row[0]: dict(zip(HEADERS, row, strict=False)) for row in rows[1:] if row}


def _plain(column: str, cell: str) -> object:
    """What a cell means: choices as pairs, numbers as numbers, spaces without weight."""
    if column.startswith("Choices"):
        pairs = (part.partition(",") for part in cell.split("|") if part.strip())
        return [(code.strip(), label.strip()) for code, _, label in pairs]
    if column.startswith("Text Validation M"):
        try:
            return float(cell)
        except ValueError:
            return cell.strip()
    return re.sub(r"\s+", "", cell).replace('"', "'")
