"""Faults planted one by one are found and named by row; a sound table has none."""

from typing import Any

import polars as pl
import pytest

from glisson.case import Level
from glisson.errors import BadInput
from glisson.follow.baseline import baseline_findings
from glisson.follow.measurements import MEASUREMENTS, checked_measurements, checked_statements
from glisson.follow.quality import CHECKS, quality, without_faulty
from glisson.follow.recist import recist11

GONE, THERE = "absent", "present"


def sound(table: Any) -> pl.DataFrame:
    return table({"T1": [40, 35, 30], "T2": [20, 18, 22], "N1": [THERE, THERE, GONE], "X1": [None, None, 8]})


def planted(measurements: pl.DataFrame, row: int, **cells: Any) -> pl.DataFrame:
    """The table with other cells in one row."""
    at = pl.col("row") == row
    return measurements.with_columns(
        pl.when(at).then(pl.lit(value)).otherwise(pl.col(name)).alias(name) for name, value in cells.items()
    )


def again(measurements: pl.DataFrame, row: int, **cells: Any) -> pl.DataFrame:
    """The table with one row repeated, with other cells."""
    copy = planted(measurements.filter(pl.col("row") == row), row, **cells)
    return pl.concat([measurements, copy.with_columns(row=pl.lit(measurements.height + 1, pl.Int64))])


def other_reader(measurements: pl.DataFrame) -> pl.DataFrame:
    late = measurements.filter(~pl.col("baseline")).with_columns(reader=pl.lit("s"), row=pl.col("row") + 100)
    return pl.concat([measurements, late])


def swapped_dates(measurements: pl.DataFrame) -> pl.DataFrame:
    days = dict(measurements.select("visit_number", "date").unique().rows())
    return measurements.with_columns(date=pl.col("visit_number").replace_strict({0.0: days[0.0], 1.0: days[2.0], 2.0: days[1.0]}))


def in_cm(measurements: pl.DataFrame) -> pl.DataFrame:
    return measurements.with_columns(diameter_mm=pl.col("diameter_mm") / 10)


def last_in_cm(measurements: pl.DataFrame) -> pl.DataFrame:
    return measurements.with_columns(
        diameter_mm=pl.when(pl.col("visit_number") == 2).then(pl.col("diameter_mm") / 10).otherwise("diameter_mm")
    )


def scan_long_after(measurements: pl.DataFrame) -> pl.DataFrame:
    return measurements.with_columns(date=pl.when(pl.col("row") == 3).then(pl.date(2026, 6, 30)).otherwise("date"))


# rows of the sound table: T1 1-3, T2 4-6, N1 7-9, X1 10
PLANTED = {
    "duplicate-key": (lambda t: again(t, 2, diameter_mm=36.0), (2, 11)),
    "repeated-row": (lambda t: again(t, 2), (2, 11)),
    "two-sites": (lambda t: again(t, 1, organ="lung"), (1, 11)),
    "two-baselines": (lambda t: planted(t, 2, baseline=True), (1, 2, 4, 7)),
    "reader-without-baseline": (other_reader, (102, 103, 105, 106, 108, 109, 110)),
    "before-baseline": (lambda t: again(t, 1, visit_number=-1.0, baseline=False), (11,)),
    "visits-out-of-order": (swapped_dates, (3, 6, 9, 10)),
    "not-a-size": (lambda t: planted(t, 5, diameter_mm=-3.0), (5,)),
    "absent-with-size": (lambda t: planted(t, 9, diameter_mm=12.0), (9,)),
    "target-after-baseline": (lambda t: again(t, 3, lesion="T3"), (11,)),
    "units-cm": (in_cm, (1, 2, 3, 4, 5, 6)),
    "implausible-size": (lambda t: planted(t, 2, diameter_mm=410.0), (2,)),
    "measured-without-size": (lambda t: planted(t, 2, diameter_mm=None), (2,)),
    "location-changes": (lambda t: planted(t, 6, organ="lung"), (4, 5, 6)),
    "role-changes": (lambda t: planted(t, 6, role="non-target"), (4, 5, 6)),
    "node-changes": (lambda t: planted(t, 6, node=True), (4, 5, 6)),
    "new-at-baseline": (lambda t: again(t, 1, lesion="X2", role="new"), (11,)),
    "unknown-link": (lambda t: t.with_columns(split_from=pl.when(pl.col("row") == 10).then(pl.lit("T9"))), (10,)),
    "visit-several-dates": (scan_long_after, (3, 6, 9, 10)),
}  # fmt: skip


def test_a_sound_table_has_no_fault(table) -> None:
    assert quality(sound(table)) == ()
    assert recist11(sound(table)).height == 2


def test_every_check_has_a_planted_fault() -> None:
    assert set(PLANTED) == {check.code for check in CHECKS}


@pytest.mark.parametrize("code", list(PLANTED))
def test_planted_fault_is_found_by_row(table, code) -> None:
    plant, rows = PLANTED[code]
    found = {finding.code: finding for finding in quality(plant(sound(table)))}
    assert code in found
    assert found[code].rows == rows
    assert f"row{'s' if len(rows) > 1 else ''} {rows[0]}" in found[code].text


@pytest.mark.parametrize("code", [check.code for check in CHECKS if check.level is Level.STOP])
def test_faults_that_stop_do_stop_and_their_patient_can_be_left_out(table, code) -> None:
    plant, rows = PLANTED[code]
    faulty = plant(sound(table))
    with pytest.raises(BadInput, match=str(rows[0])) as error:
        recist11(faulty)
    assert "lung" not in str(error.value)
    other = sound(table).with_columns(patient=pl.lit("q"), row=pl.col("row") + 1000)
    kept, left_out = without_faulty(pl.concat([faulty, other.select(faulty.columns)]))
    assert left_out == ("p",)
    assert set(recist11(kept)["patient"]) == {"q"}


@pytest.mark.parametrize("code", [check.code for check in CHECKS if check.level is Level.WARNING])
def test_faults_that_warn_do_not_stop(table, code) -> None:
    plant, _ = PLANTED[code]
    assert recist11(plant(sound(table))).height == 2


def test_repeated_rows_count_once(table) -> None:
    assert recist11(again(sound(table), 2))["sum_mm"].to_list() == recist11(sound(table))["sum_mm"].to_list()


@pytest.mark.parametrize("state", ["measured", "present", "unequivocal progression"])
def test_a_target_that_is_there_without_a_size_is_said(table, state) -> None:
    found = quality(planted(sound(table), 2, state=state, diameter_mm=None))
    assert [(one.code, one.rows) for one in found] == [("measured-without-size", (2,))]


def test_one_visit_in_centimetres_is_found(table) -> None:
    found = {finding.code: finding.rows for finding in quality(last_in_cm(sound(table)))}
    assert found["units-cm"] == (3, 6)


def test_one_lesion_that_shrinks_tenfold_is_no_change_of_unit(table) -> None:
    assert quality(table({"T1": [40, 4], "T2": [20, 18]})) == ()


def test_many_rows_are_named_by_the_first_ten(table) -> None:
    many = table({f"T{k}": [40.0, -1.0] for k in range(14)})
    text = next(f.text for f in quality(many) if f.code == "not-a-size")
    assert text.endswith("rows 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 4 more")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop("lesion"), "no column lesion"),
        (lambda t: t.with_columns(role=pl.lit("main target")), "role holds an unknown word: rows 1, 2"),
        (lambda t: t.with_columns(state=pl.lit("gone")), "state holds an unknown word"),
        (lambda t: t.with_columns(patient=pl.lit(None, pl.String)), "patient is empty"),
        (lambda t: t.with_columns(diameter_mm=pl.lit("Meier, Anna")), "not of its type"),
    ],
)
def test_table_that_cannot_be_read_is_refused_without_showing_cells(table, change, words) -> None:
    with pytest.raises(BadInput, match=words) as error:
        recist11(change(table({"T1": [40, 35]})))
    assert "main target" not in str(error.value)
    assert "Meier" not in str(error.value)


def test_statements_are_refused_when_unknown_or_twice() -> None:
    with pytest.raises(BadInput, match="unknown word: row 1"):
        checked_statements(pl.DataFrame({"patient": ["p"], "visit_number": [1.0], "non_target_statement": ["better"]}))
    with pytest.raises(BadInput, match="two statements on one visit: rows 1, 2"):
        checked_statements(pl.DataFrame({"patient": ["p", "p"], "visit_number": [1.0, 1.0]}))


def test_checked_table_has_every_column_in_its_type(table) -> None:
    assert dict(checked_measurements(table({"T1": [40, 35]})).schema) == MEASUREMENTS


BASELINES: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "too-many-targets": (
        {"lesions": {f"T{k}": [20] for k in range(6)}, "organ": {f"T{k}": f"organ {k // 2}" for k in range(6)}},
        (1, 2, 3, 4, 5, 6),
    ),
    "too-many-in-organ": ({"lesions": {"T1": [20], "T2": [20], "T3": [20], "T4": [20]}, "organ": {"T4": "lung"}}, (1, 2, 3)),
    "target-not-measured": ({"lesions": {"T1": [THERE], "T2": [20]}}, (1,)),
    "target-too-small": ({"lesions": {"T1": [9.9], "T2": [10]}}, (1,)),
    "target-node-too-small": ({"lesions": {"T1": [14.9], "T2": [15]}, "nodes": ["T1", "T2"]}, (1,)),
    "non-target-node-normal": ({"lesions": {"N1": [9.9], "N2": [10]}, "nodes": ["N1", "N2"]}, (1,)),
}


@pytest.mark.parametrize("code", list(BASELINES))
def test_choice_of_targets_against_recist(table, code) -> None:
    given, rows = BASELINES[code]
    found = {finding.code: finding.rows for finding in baseline_findings(table(**given))}
    found.pop("baseline-slice-unknown", None)
    assert found == {f"baseline-{code}": rows}


def test_all_nodes_are_one_organ(table) -> None:
    chosen = table(
        {"T1": [20], "T2": [20], "T3": [20]}, nodes=["T1", "T2", "T3"], organ={"T1": "neck", "T2": "chest", "T3": "groin"}
    )
    assert [(f.code, f.rows) for f in baseline_findings(chosen)] == [("baseline-too-many-in-organ", (1, 2, 3))]


@pytest.mark.parametrize(
    ("slice_mm", "size", "small"), [(5.0, 10.0, False), (5.0, 9.9, True), (7.0, 13.9, True), (7.0, 14.0, False)]
)
def test_smallest_size_goes_by_slice_thickness(table, slice_mm, size, small) -> None:
    found = [f.code for f in baseline_findings(table({"T1": [size]}, slice_mm={"T1": slice_mm}))]
    assert found == (["baseline-target-too-small"] if small else [])


def test_treated_lesion_is_a_target_only_after_progression(table) -> None:
    before, since = {"T1": True, "T2": True, "T3": True}, {"T1": False, "T2": True}
    chosen = table({"T1": [20], "T2": [20], "T3": [20]}, organ={"T3": "lung"}, slice_mm=dict.fromkeys(before, 3.0),
                   prior_local_therapy=before, progressed_since=since)  # fmt: skip
    assert [(f.code, f.rows) for f in baseline_findings(chosen)] == [
        ("baseline-target-treated-before", (1,)), ("baseline-target-treated-unknown", (3,)),
    ]  # fmt: skip


def test_what_is_not_known_of_the_baseline_is_said(table) -> None:
    chosen = table({"T1": [20]}).with_columns(organ=pl.lit(None, pl.String))
    found = {f.code: f.level for f in baseline_findings(chosen)}
    assert found == {"baseline-slice-unknown": Level.NOTE, "baseline-organ-unknown": Level.NOTE}
