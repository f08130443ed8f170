"""Entries of a registry as tables: what describes a patient before treatment, sessions over catheter positions, derived scores."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from registry_reports import entries, filled, simple, tables_of, with_values

from glisson.actions.cohort.gather import content_hash, gathered
from glisson.errors import BadInput
from glisson.records.forms import FormEntry
from glisson.score.albi import albi
from glisson.score.nlr import nlr

SESSION = date(2024, 3, 10)


def laboratory(day: date, instance: int, **values: Any) -> FormEntry:
    return filled("laboratory", at=day, visit=f"lab-{day}", instance=instance, sampled_on=day.isoformat(), **values)


def decision(day: date, instance: int, intention: str) -> FormEntry:
    return filled("decision", at=day, instance=instance, board_on=day.isoformat(), treatment="TACE", intention=intention)


def position(number: int, instance: int, day: date = SESSION, **values: Any) -> FormEntry:
    return filled(
        "tace_session", at=day, visit=f"session-{number}", instance=instance, session_on=day.isoformat(), session=number, course=1, **values
    )  # fmt: skip


ONE = (
    filled("patient", at=date(2024, 3, 1), enrolled_on="2024-03-01", age_years=61, sex="female", ecog=0),
    decision(date(2024, 2, 20), 1, "first-line"),
    decision(date(2024, 3, 5), 2, "salvage"),
    decision(date(2024, 6, 1), 3, "consolidation"),
    laboratory(date(2024, 2, 1), 1, bilirubin_umol_per_L=30.0, albumin_g_per_L=35.0, inr=1.3),
    laboratory(date(2024, 3, 10), 2, bilirubin_umol_per_L=10.0, albumin_g_per_L=40.0, inr={"missing": "not done"}),
    laboratory(date(2024, 3, 11), 3, bilirubin_umol_per_L=90.0, albumin_g_per_L=20.0),
    position(1, 1, drug_delivered_mg=60.0, size_low_um=100, lobe="right", medication=["opioid"], technical_success="yes"),
    position(
        1, 2, drug_delivered_mg=40.0, size_low_um=75, lobe="left", medication=["antiemetic", "opioid"], technical_success="yes"
    ),
    position(2, 1, day=date(2024, 4, 20), drug_delivered_mg=100.0, lobe="right", technical_success="no"),
)


def row(*found: FormEntry) -> dict[str, Any]:
    return gathered(found, simple()).tables.patients.row(0, named=True)


def test_the_last_laboratory_on_or_before_the_first_session_describes_the_patient() -> None:
    assert row(*ONE)["laboratory.bilirubin_umol_per_L"] == 10.0


def test_a_value_that_was_not_measured_last_is_taken_from_the_one_before() -> None:
    assert row(*ONE)["laboratory.inr"] == 1.3


def test_a_laboratory_after_the_first_session_describes_nobody() -> None:
    late = [one for one in ONE if one.form != "laboratory" or one.at == date(2024, 3, 11)]
    found = gathered(late, simple()).tables
    assert found.patients["laboratory.bilirubin_umol_per_L"].to_list() == [None]
    reasons = dict(found.missing_reasons.select("variable", "reason").iter_rows())
    assert reasons["laboratory.bilirubin_umol_per_L"] == "not entered"


def test_the_reason_of_the_last_form_is_kept_where_no_form_has_a_value() -> None:
    found = gathered([one for one in ONE if one.at != date(2024, 2, 1)], simple()).tables
    reasons = dict(found.missing_reasons.select("variable", "reason").iter_rows())
    assert reasons["laboratory.inr"] == "not done"


def test_the_last_decision_before_the_first_session_counts_and_the_first_one_where_none_was_before() -> None:
    assert row(*ONE)["decision.intention"] == "salvage"
    later = [one for one in ONE if one.form != "decision"]
    later += [decision(date(2024, 6, 1), 1, "consolidation"), decision(date(2024, 7, 1), 2, "salvage")]
    assert row(*later)["decision.intention"] == "consolidation"


def test_scores_of_the_first_session_against_the_score_functions() -> None:
    found = row(*ONE, laboratory(date(2024, 3, 9), 4, neutrophils_1e9_per_L=4.2, lymphocytes_1e9_per_L=1.4))
    expected = albi(bilirubin_umol_per_L=10.0, albumin_g_per_L=40.0)
    assert found["score.albi"] == expected.value
    assert found["score.albi_grade"] == "1" and expected.group is not None and "1" in expected.group
    assert found["score.nlr"] == nlr(neutrophils_1e9_per_L=4.2, lymphocytes_1e9_per_L=1.4).value == pytest.approx(3.0)
    assert found["score.apri"] is None


def test_catheter_positions_of_one_session_are_one_row() -> None:
    sessions = gathered(ONE, simple()).tables.sessions
    assert sessions["number"].to_list() == [1, 2] and sessions["tace_session.positions"].to_list() == [2.0, 1.0]
    first = sessions.row(0, named=True)
    assert first["date"] == SESSION and first["tace_session.drug_delivered_mg"] == 100.0
    assert first["tace_session.size_low_um"] == 75.0 and first["tace_session.lobe"] == "several"
    assert first["tace_session.technical_success"] == "yes" and first["tace_session.medication"] == ["opioid", "antiemetic"]
    assert sessions.row(1, named=True)["tace_session.size_low_um"] is None


def test_two_classes_of_intention_as_the_protocol_makes_them() -> None:
    assert row(*ONE)["intention.two_classes"] == "salvage"
    classes = {"consolidation": "others", "first-line": "others"}
    early = [one for one in ONE if one.form != "decision"] + [decision(date(2024, 3, 1), 1, "consolidation")]
    assert gathered(early, simple(intention_classes=classes)).tables.patients["intention.two_classes"].to_list() == ["others"]


def test_order_follows_content_and_not_the_pseudonym() -> None:
    others = [replace(with_values(one, **({"age_years": 44} if one.form == "patient" else {})), case="b") for one in ONE]
    ages = gathered([*ONE, *others], simple()).tables.patients["patient.age_years"].to_list()
    swapped = [replace(one, case="a" if one.case == "c" else "z") for one in (*others, *ONE)]
    assert gathered(swapped, simple()).tables.patients["patient.age_years"].to_list() == ages
    assert sorted(ages) == [44.0, 61.0]


def test_content_hash_forgets_pseudonym_author_and_time_of_record_and_nothing_else() -> None:
    renamed = [replace(one, case="other", author="u-2", id=f"x{one.id}", recorded_at=None) for one in reversed(ONE)]
    assert content_hash(renamed) == content_hash(ONE)
    assert content_hash([*ONE[1:], with_values(ONE[0], age_years=62)]) != content_hash(ONE)


def test_gathered_registry_has_a_column_for_every_variable_and_names_nobody_twice(registries: dict[str, Path]) -> None:
    tables = tables_of(entries(registries["cirel"])).tables
    assert tables.patients.height == tables.patients["patient"].n_unique() == 40
    known = {name for name in tables.variables if not name.startswith("tace_session.")}
    assert known <= {*tables.patients.columns, "centre"}
    assert {name for name in tables.variables if name.startswith("tace_session.")} <= set(tables.sessions.columns)
    assert tables.simulated and tables.left_out == ()
    missing = tables.missing_reasons.group_by("variable").len().iter_rows()
    assert all(tables.patients[name].null_count() == count for name, count in missing)


def test_a_registry_without_patients_is_refused() -> None:
    with pytest.raises(BadInput, match="without patients"):
        gathered([], simple())


def test_a_reader_who_is_not_there_is_refused(registries: dict[str, Path]) -> None:
    with pytest.raises(BadInput, match="reader"):
        tables_of(entries(registries["cirel"]), reading={"reader": "nobody"})
