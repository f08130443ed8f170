"""The tables of follow-up: what was measured, what was stated of a visit, and how it was called. Columns and their types.

A table holds many patients, readers and visits; the criteria work on it by groups and never patient by patient.
"""

import polars as pl

from glisson.errors import BadInput

KEY = ("patient", "reader", "visit_number")
"""What names one assessment: a patient's visit, read by one reader."""

ROLES = ("target", "non-target", "new")
STATES = ("measured", "absent", "too small", "present", "not evaluable", "unequivocal progression")
STATEMENTS_OF_NON_TARGETS = ("CR", "non-CR/non-PD", "PD", "NE")
ONE_READER = "investigator"
"""The reader where a table names none."""

MEASUREMENTS: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "reader": pl.String(),
    "visit": pl.String(),
    "visit_number": pl.Float64(),
    "date": pl.Date(),
    "baseline": pl.Boolean(),
    "lesion": pl.String(),
    "role": pl.String(),
    "organ": pl.String(),
    "node": pl.Boolean(),
    "state": pl.String(),
    "diameter_mm": pl.Float64(),
    "viable_mm": pl.Float64(),
    "perpendicular_mm": pl.Float64(),
    "viable_perpendicular_mm": pl.Float64(),
    "volume_mL": pl.Float64(),
    "prior_local_therapy": pl.Boolean(),
    "progressed_since": pl.Boolean(),
    "split_from": pl.String(),
    "merged_into": pl.String(),
    "slice_mm": pl.Float64(),
    "row": pl.Int64(),
}
"""One row per patient, reader, visit and lesion. ``diameter_mm`` is the longest diameter, of a node the short axis; ``row``
the row number in the source, for messages."""

STATEMENTS: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "reader": pl.String(),
    "visit": pl.String(),
    "visit_number": pl.Float64(),
    "date": pl.Date(),
    "non_target_statement": pl.String(),
    "new_lesion_statement": pl.Boolean(),
    "markers_normal": pl.Boolean(),
    "symptomatic_deterioration": pl.Boolean(),
    "stated_response": pl.String(),
    "accepted": pl.Boolean(),
}
"""What a reader said of a visit as a whole: one row per patient, reader and visit; null is not said."""

RESPONSES: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "reader": pl.String(),
    "criterion": pl.String(),
    "visit": pl.String(),
    "visit_number": pl.Float64(),
    "date": pl.Date(),
    "sum_mm": pl.Float64(),
    "baseline_mm": pl.Float64(),
    "nadir_mm": pl.Float64(),
    "change_from_baseline_fraction": pl.Float64(),
    "change_from_nadir_mm": pl.Float64(),
    "change_from_nadir_fraction": pl.Float64(),
    "target": pl.String(),
    "non_target": pl.String(),
    "new_lesion": pl.Boolean(),
    "overall": pl.String(),
    "rule": pl.String(),
    "lesions": pl.List(pl.String()),
    "words": pl.String(),
    "ambiguous": pl.String(),
    "as_read": pl.String(),
    "sum_mm2": pl.Float64(),
    "baseline_mm2": pl.Float64(),
    "nadir_mm2": pl.Float64(),
    "sum_mL": pl.Float64(),
    "baseline_mL": pl.Float64(),
    "nadir_mL": pl.Float64(),
}
"""One row per patient, reader, criterion and follow-up visit (the baseline has none). ``rule`` is a code that never changes,
``words`` says it with its lesions, ``ambiguous`` names the option under which the call would be another one, and
``as_read`` is the visit's own reading, where ``overall`` stays PD after a progression. The sums in mm
are those of diameters, in mm² of areas (EASL), in mL of volumes; a criterion fills its own and leaves the others null."""

CRITERIA = ("RECIST 1.1", "RECIST 1.1 liver", "mRECIST", "iRECIST", "EASL", "volumetric")

REQUIRED = ("patient", "visit_number", "baseline", "lesion", "role", "state")
DEFAULTS = {"reader": ONE_READER, "node": False}


def checked_measurements(table: pl.DataFrame) -> pl.DataFrame:
    """The table with every column of ``MEASUREMENTS`` in its type; a column that is not there is null throughout.

    Raises:
        BadInput: a required column or cell is missing, a type does not fit, or a word of role or state is not known; rows
            are named by number, cells are not shown.

    >>> table = pl.DataFrame({"patient": ["a"], "visit_number": [0], "baseline": [True], "lesion": ["1"], "role": ["target"],
    ...                       "state": ["measured"], "diameter_mm": [20]})
    >>> checked_measurements(table).select("reader", "diameter_mm", "row").row(0)
    ('investigator', 20.0, 1)
    """
    full = _conform(table, MEASUREMENTS, REQUIRED).with_columns(
        *(pl.col(name).fill_null(value) for name, value in DEFAULTS.items()),
        pl.coalesce("row", pl.int_range(1, pl.len() + 1)).alias("row"),
        pl.coalesce("visit", pl.col("visit_number").cast(pl.String)).alias("visit"),
    )
    for name in REQUIRED:
        _refuse(full.filter(pl.col(name).is_null()), f"column {name} is empty", "a value in every row")
    for name, words in (("role", ROLES), ("state", STATES)):
        _refuse(full.filter(~pl.col(name).is_in(words)), f"column {name} holds an unknown word", ", ".join(words))
    return full


def checked_statements(table: pl.DataFrame | None) -> pl.DataFrame:
    """The table with every column of ``STATEMENTS`` in its type; empty where there is none.

    Raises:
        BadInput: a required column is missing, a type does not fit, or a non-target statement is not known.
    """
    if table is None:
        return pl.DataFrame(schema=STATEMENTS)
    full = _conform(table, STATEMENTS, ("patient", "visit_number")).with_columns(
        pl.col("reader").fill_null(ONE_READER), pl.coalesce("visit", pl.col("visit_number").cast(pl.String)).alias("visit")
    )
    numbered = full.with_columns(row=pl.int_range(1, pl.len() + 1))
    unknown = ~pl.col("non_target_statement").is_in(STATEMENTS_OF_NON_TARGETS)
    _refuse(numbered.filter(unknown), "column non_target_statement holds an unknown word", ", ".join(STATEMENTS_OF_NON_TARGETS))
    _refuse(
        numbered.filter(pl.struct(KEY).is_duplicated()), "two statements on one visit", "one row per patient, reader and visit"
    )
    return full


def _conform(table: pl.DataFrame, schema: dict[str, pl.DataType], required: tuple[str, ...]) -> pl.DataFrame:
    absent = [name for name in required if name not in table.columns]
    if absent:
        raise BadInput(f"no column {', '.join(absent)}", allowed=", ".join(schema))
    try:
        return table.select(
            pl.col(name).cast(kind) if name in table.columns else pl.lit(None, kind).alias(name) for name, kind in schema.items()
        )
    except pl.exceptions.PolarsError as error:
        raise BadInput("a column is not of its type", do="numbers in mm as numbers, dates as dates") from error


MOST_ROWS = 10
"""Row numbers named in one message."""


def rows_in_words(rows: pl.Series) -> str:
    """Row numbers, the first ten of them.

    >>> rows_in_words(pl.Series([3, 4]))
    'rows 3, 4'
    """
    named = ", ".join(str(row) for row in rows.head(MOST_ROWS).to_list())
    more = f" and {len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else ""
    return f"row{'s' if len(rows) > 1 else ''} {named}{more}"


def _refuse(rows: pl.DataFrame, problem: str, allowed: str) -> None:
    if rows.height:
        raise BadInput(f"{problem}: {rows_in_words(rows['row'])}", allowed=allowed)
