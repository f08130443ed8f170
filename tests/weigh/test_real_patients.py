"""The page of each of 197 resected patients, from what their table knows."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from glisson.case import Case, Disease, Observation
from glisson.weigh.options import weigh_case

DAY = date(2023, 4, 1)
NUMBERS = {
    "age": ("age_years", 1.0),
    "carcinoembryonic_antigen": ("cea_ug_per_L", 1.0),
    "max_tumor_size": ("largest_metastasis_mm", 10.0),
}
WORDS = {
    "sex": ("sex", {1: "male", 2: "female"}), "node_positive_primary": ("primary_nodes", {0: "negative", 1: "positive"}),
    "synchronous_crlm": ("timing", {0: "metachronous", 1: "synchronous"}),
    "bilobar_disease": ("distribution", {0: "unilobar", 1: "bilobar"}),
    "extrahep_disease": ("extrahepatic_disease", {0: "no", 1: "yes"}),
}  # fmt: skip
MISSING = -999


def case_of(number: int, row: dict[str, Any]) -> Case:
    """What a row of the table says; a tumour size in cm, missing values left out."""
    seen = [
        Observation(what=what, value=row[column] * factor, at=DAY)
        for column, (what, factor) in NUMBERS.items()
        if row[column] is not None and row[column] != MISSING
    ]
    seen += [
        Observation(what=what, answer=words[int(row[column])], at=DAY)
        for column, (what, words) in WORDS.items()
        if row[column] is not None and row[column] != MISSING
    ]
    if row["multiple_metastases"] == 0:
        seen.append(Observation(what="liver_lesions", value=1, at=DAY))
    if row["synchronous_crlm"] == 1:
        seen.append(Observation(what="disease_free_interval_months", value=0, at=DAY))
    if row["chemo_before_liver_resection"] == 0:
        seen.append(Observation(what="systemic_lines", value=0, at=DAY))
    return Case(id=f"patient-{number:03d}", disease=Disease.COLORECTAL, observations=tuple(seen))


@pytest.fixture(scope="module")
def rows(real_data: Path) -> list[dict[str, Any]]:
    import polars as pl

    table = pl.read_csv(real_data / "crlm_clinical" / "crlm_clinical.csv", infer_schema_length=None)
    return list(table.iter_rows(named=True))


@pytest.mark.real_data
def test_page_of_197_real_patients(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == 197
    answered: dict[str, set[str]] = {}
    for number, row in enumerate(rows):
        case = case_of(number, row)
        value = weigh_case(case, day=DAY).value
        found = {entry["option"]: entry for entry in value["options"]}
        for option, entry in found.items():
            answered.setdefault(option, set()).add(entry["answer"])
        known = {seen.what for seen in case.observations}
        resection = found["resection"]
        assert resection["answer"] == "cannot say"
        assert {"resectable", "future_liver_remnant_fraction"} <= set(resection["missing"])
        for entry in value["options"]:
            assert not set(entry["missing"]) & known
        assert found["pembrolizumab"]["missing"] == ["microsatellites"]
        outside = row["extrahep_disease"] == 1
        assert ("ablation-collision-entry" in {one["rule"] for one in found["ablation"]["against"]}) == outside
        assert (found["transplantation"]["answer"] == "closed") == (outside or case.observed("age_years").number > 65)  # type: ignore[union-attr]
        assert ("debiri-lines" in {one["rule"] for one in found["irinotecan-tace"]["against"]}) == (
            row["chemo_before_liver_resection"] == 0
        )
    assert answered["hai-bevacizumab"] == {"closed"}


@pytest.mark.real_data
def test_fong_on_the_page_against_the_stored_score(rows: list[dict[str, Any]]) -> None:
    """The stored score lies in the range that the columns leave; where it cannot, it is one point beside it (docs/theory/scores.md)."""
    inside = outside = 0
    for number, row in enumerate(rows):
        if row["clinrisk_score"] in (None, MISSING):
            continue
        value = weigh_case(case_of(number, row), day=DAY).value
        fong = next(score for score in value["scores"] if score["score"] == "Fong")
        # "More than one" is known where the count is not: its point is certain.
        low, high = fong["lowest"] + (row["multiple_metastases"] == 1), fong["highest"]
        if low <= row["clinrisk_score"] <= high:
            inside += 1
        else:
            outside += 1
            assert min(abs(row["clinrisk_score"] - low), abs(row["clinrisk_score"] - high)) == 1
    assert (inside, outside) == (132, 36)
