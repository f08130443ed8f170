"""The tables of follow-up: what was measured, what was stated of a visit, and how it was called. Columns and their types.

A table holds many patients, readers and visits; the criteria work on it by groups and never patient by patient.
"""

import polars as pl

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
    "sum_mm2": pl.Float64(),
    "baseline_mm2": pl.Float64(),
    "nadir_mm2": pl.Float64(),
    "sum_mL": pl.Float64(),
    "baseline_mL": pl.Float64(),
    "nadir_mL": pl.Float64(),
}
"""One row per patient, reader, criterion and follow-up visit (the baseline has none). ``rule`` is a code that never changes,
``words`` says it with its lesions, ``ambiguous`` names the option under which the call would be another one. The sums in mm
are those of diameters, in mm² of areas (EASL), in mL of volumes; a criterion fills its own and leaves the others null."""

CRITERIA = ("RECIST 1.1", "RECIST 1.1 liver", "mRECIST", "iRECIST", "EASL", "volumetric")
