"""Laboratory grades against the R conditions of the published files, on a grid that holds every border; and what missing facts leave."""

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.toxicity import Version, laboratories, laboratory_term, laboratory_terms, read_rule
from glisson.score.ctcae import LabGrade, LabValue, grade_term, grade_value
from glisson.score.ctcae_table import grade_table
from glisson.score.ctcae_values import LabValues, grade_values

sys.path.insert(0, str(Path(__file__).parent))
from r_conditions import grader

FILES = Path(__file__).parents[1] / "reference" / "admiral_ctcae"
WORST = {"symptoms": 1.0, "anticoagulated": np.nan}
"""The files take the worse case of what a laboratory cannot know; for INR they take the worse of both rows."""


def _terms() -> list[tuple[Version, dict[str, str]]]:
    versions: tuple[Version, Version] = ("5", "6")
    return [(v, term) for v in versions for term in json.loads((FILES / f"ctcae_v{v}.json").read_text(encoding="utf-8"))]


TERMS = _terms()
IDS = [f"{version}-{term['TERM']}" for version, term in TERMS]


def _grid(version: Version, term: str) -> dict[str, np.ndarray[Any, Any]]:
    """Every border of the term, just below and just above it, between many values; normal, high, low and no baseline."""
    entry = laboratory_term(term, version)
    ranges = laboratories()[entry.laboratory]
    lows = [sum(ranges.lower_normal) / 2, *ranges.lower_normal] if ranges.lower_normal else [np.nan]
    highs = [sum(ranges.upper_normal) / 2, ranges.upper_normal[1], 0.3 * 110] if ranges.upper_normal else [np.nan]
    factors = {c.factor for rule in entry.rules for c in rule.comparisons} | {0.5, 1.0, 30.0}
    plain = {c.added for rule in entry.rules for c in rule.comparisons} | {*ranges.value}
    rows = []
    for low, high in itertools.product(lows, highs):
        if low >= high:
            continue
        middle = np.nanmean([low, high, low, 10.0 if np.isnan(low) and np.isnan(high) else low if np.isnan(high) else high])
        bases = [middle, 0.5 * low, 1.3 * high, 7.0 * high, high, low, 5.0 * low, 1.0, 0.8, np.nan]
        for base in bases:
            borders = {
                *plain,
                *(f * r for f in factors for r in (low, high, base)),
                *(high + p for p in plain),
                *np.geomspace(0.01, 5000, 25),
            }
            for border, shift in itertools.product(borders, (1 - 1e-6, 1.0, 1 + 1e-6)):
                rows.append((border * shift, low, high, base))
    table = np.array(rows)
    table = table[~np.isnan(table[:, 0])]
    return dict(zip(("value", "low", "high", "base"), table.T, strict=True))


def _files_grade(term: dict[str, str], grid: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    grade = grader(term)
    found = []
    for value, low, high, base in zip(*grid.values(), strict=True):
        row: dict[str, Any] = {
            name: None if np.isnan(number) else float(number)
            for name, number in (("AVAL", value), ("ANRLO", low), ("ANRHI", high), ("BASE", base))
        }
        row["PCHG"] = None if row["BASE"] is None or row["AVAL"] is None else 100 * (value - base) / base
        row["BNRIND"] = _indicator(row)
        found.append(grade(row))
    return np.array([np.nan if one is None else one for one in found], dtype=float)


def _indicator(row: dict[str, Any]) -> str | None:
    if row["BASE"] is None:
        return None
    if row["ANRHI"] is not None and row["BASE"] > row["ANRHI"]:
        return "HIGH"
    return "LOW" if row["ANRLO"] is not None and row["BASE"] < row["ANRLO"] else "NORMAL"


def _values(grid: dict[str, np.ndarray[Any, Any]]) -> LabValues:
    none = np.full(grid["value"].shape, np.nan)
    stated = {name: np.full(none.shape, value) for name, value in WORST.items()}
    return LabValues(
        value=grid["value"], lower_normal=grid["low"], upper_normal=grid["high"], baseline=grid["base"],
        baseline_lower_normal=none, baseline_upper_normal=none, **stated,
    )  # fmt: skip


def test_every_term_of_the_files_is_here_and_no_other() -> None:
    for version in ("5", "6"):
        assert {t.term for t in laboratory_terms(version)} == {term["TERM"] for v, term in TERMS if v == version}


@pytest.mark.parametrize(("version", "term"), TERMS, ids=IDS)
def test_grades_against_the_published_conditions(version: Version, term: dict[str, str]) -> None:
    grid = _grid(version, term["TERM"])
    expected = _files_grade(term, grid)
    graded = grade_values(laboratory_term(term["TERM"], version), _values(grid))
    every = ~np.isnan(grid["base"])
    highest = graded.highest.astype(float)
    unknown = np.isnan(expected) & every
    assert (np.isnan(expected) | (highest == expected))[every].all()
    assert (graded.lacking[unknown] > 0).all()
    if "anticoagulated" not in {name for rule in laboratory_term(term["TERM"], version).rules for name in rule.inputs}:
        assert (graded.lowest.astype(float) == expected)[every & ~unknown].all()
    assert len({int(one) for one in expected[~np.isnan(expected)]}) >= 2, "the grid does not reach the grades of this term"


@pytest.mark.parametrize(("version", "term"), TERMS, ids=IDS)
def test_what_is_missing_leaves_a_range_that_holds_the_grade_of_the_conditions(version: Version, term: dict[str, str]) -> None:
    full = _grid(version, term["TERM"])
    for names in (("low",), ("high",), ("base",), ("low", "high"), ("low", "high", "base"), ("value",)):
        grid = full | {name: np.full(full[name].shape, np.nan) for name in names}
        expected = _files_grade(term, grid)
        graded = grade_values(laboratory_term(term["TERM"], version), _values(grid))
        said = graded.lacking == 0
        assert (said <= (graded.lowest == graded.highest)).all()
        assert not (said & np.isnan(expected)).any(), "graded where the published conditions say nothing"
        known = ~np.isnan(expected) & ~np.isnan(grid["value"]) & (graded.lacking < 32)
        assert ((graded.lowest <= expected) & (expected <= graded.highest))[known].all()


@pytest.mark.parametrize(("version", "term"), TERMS, ids=IDS)
def test_a_missing_fact_never_moves_the_bounds_inwards(version: Version, term: dict[str, str]) -> None:
    full = _grid(version, term["TERM"])
    entry = laboratory_term(term["TERM"], version)
    sure = grade_values(entry, _values(full))
    for name in ("low", "high", "base"):
        less = grade_values(entry, _values(full | {name: np.full(full[name].shape, np.nan)}))
        assert (less.lowest <= sure.lowest).all() and (sure.highest <= less.highest).all()


def test_the_program_that_takes_a_missing_baseline_as_normal_is_reproduced() -> None:
    for version, term in TERMS:
        if term["TERM"] not in ("Alanine aminotransferase increased", "Blood bilirubin increased", "GGT increased"):
            continue
        grid = _grid(version, term["TERM"])
        grid = grid | {"base": np.full(grid["value"].shape, np.nan)}
        graded = grade_values(laboratory_term(term["TERM"], version), _values(grid), assume_normal_baseline=True)
        assert (graded.lacking[graded.lacking < 32] == 0).all()
        assert (graded.lowest == _files_grade(term, grid)).all()


@pytest.mark.parametrize(
    ("version", "term", "value", "grade"),
    [
        ("5", "Neutrophil count decreased", LabValue("neutrophils_1e9_per_L", 0.9, lower_normal=1.5), 3),
        ("6", "Neutrophil count decreased", LabValue("neutrophils_1e9_per_L", 0.9), 2),
        ("5", "Anemia", LabValue("haemoglobin_g_per_L", 80, lower_normal=120), 2),
        ("5", "Blood bilirubin increased", LabValue("bilirubin_umol_per_L", 31.5, upper_normal=21, baseline=10), 1),
        ("5", "Blood bilirubin increased", LabValue("bilirubin_umol_per_L", 31.6, upper_normal=21, baseline=10), 2),
        ("5", "Alanine aminotransferase increased", LabValue("alt_U_per_L", 120, upper_normal=40, baseline=80), 1),
        ("6", "Alanine aminotransferase increased", LabValue("alt_U_per_L", 121, upper_normal=40, baseline=80), 2),
        ("5", "Alanine aminotransferase increased", LabValue("alt_U_per_L", 90, upper_normal=40, baseline=80), 0),
        ("5", "INR increased", LabValue("inr", 2.6, anticoagulated=False), 3),
        ("5", "INR increased", LabValue("inr", 2.6, baseline=2.5, anticoagulated=True), 1),
        ("5", "Lipase increased", LabValue("lipase_U_per_L", 180, upper_normal=60, symptoms=False), 2),
        ("5", "Lipase increased", LabValue("lipase_U_per_L", 180, upper_normal=60, symptoms=True), 3),
        ("6", "Lipase increased", LabValue("lipase_U_per_L", 180, upper_normal=60, symptoms=True), 2),
        ("6", "Lipase increased", LabValue("lipase_U_per_L", 181, upper_normal=60, symptoms=True), 3),
        ("5", "Hyponatremia", LabValue("sodium_mmol_per_L", 127, lower_normal=135, symptoms=False), 2),
        ("5", "Hyponatremia", LabValue("sodium_mmol_per_L", 125, lower_normal=135, symptoms=False), 2),
        ("5", "Hyponatremia", LabValue("sodium_mmol_per_L", 124, lower_normal=135, symptoms=False), 3),
        ("5", "Hyponatremia", LabValue("sodium_mmol_per_L", 129, lower_normal=135, symptoms=False), 2),
        ("5", "Hyponatremia", LabValue("sodium_mmol_per_L", 130, lower_normal=135, symptoms=False), 1),
        ("6", "Hyponatremia", LabValue("sodium_mmol_per_L", 124.9, lower_normal=135, symptoms=False), 3),
        ("6", "Hyponatremia", LabValue("sodium_mmol_per_L", 125, lower_normal=135, symptoms=False), 2),
        ("6", "Hyponatremia", LabValue("sodium_mmol_per_L", 129.9, lower_normal=135, symptoms=False), 2),
        ("6", "Hyponatremia", LabValue("sodium_mmol_per_L", 130, lower_normal=135, symptoms=False), 1),
        ("5", "Hypokalemia", LabValue("potassium_mmol_per_L", 3.2, lower_normal=3.5, symptoms=False), 1),
        ("5", "Hypokalemia", LabValue("potassium_mmol_per_L", 3.2, lower_normal=3.5, symptoms=True), 2),
        ("6", "Hyperuricemia", LabValue("urate_umol_per_L", 500, upper_normal=420, symptoms=False), 1),
        ("6", "Hyperuricemia", LabValue("urate_umol_per_L", 500, upper_normal=420, symptoms=True), 3),
        ("5", "Lipase increased", LabValue("lipase_U_per_L", 300, upper_normal=60, symptoms=False), 2),
        ("5", "Lipase increased", LabValue("lipase_U_per_L", 301, upper_normal=60, symptoms=False), 3),
        ("5", "Serum amylase increased", LabValue("amylase_U_per_L", 500, upper_normal=100, symptoms=False), 2),
        ("6", "Serum amylase increased", LabValue("amylase_U_per_L", 501, upper_normal=100, symptoms=False), 3),
        ("6", "Serum amylase increased", LabValue("amylase_U_per_L", 501, upper_normal=100, symptoms=True), 4),
        ("6", "Creatinine increased", LabValue("creatinine_umol_per_L", 70, lower_normal=45, upper_normal=84, baseline=30), 2),
    ],
)  # fmt: skip
def test_single_values_against_hand(version: Version, term: str, value: LabValue, grade: int) -> None:
    assert grade_term(value, term, version=version).grade == grade


def text(value: LabValue, term: str, version: Version = "5") -> str:
    return grade_term(value, term, version=version).text


def test_cannot_say_names_what_is_missing() -> None:
    alt = "Alanine aminotransferase increased"
    assert "cannot say: upper limit of normal missing" in text(LabValue("alt_U_per_L", 100, baseline=30), alt)
    assert "cannot say: baseline missing (grade 0 to 2)" in text(LabValue("alt_U_per_L", 130, upper_normal=40), alt)
    assert text(LabValue("alt_U_per_L", 39, upper_normal=40), alt) == f"{alt}: grade 0 (CTCAE 5)"
    assert "cannot say: value missing (CTCAE 5)" in text(LabValue("alt_U_per_L", None, upper_normal=40), alt)
    lipase = text(LabValue("lipase_U_per_L", 180, upper_normal=60), "Lipase increased")
    assert "cannot say: statement on symptoms missing (grade 2 to 3)" in lipase
    assert "anticoagulation missing (grade 1 to 3)" in text(LabValue("inr", 2.6, baseline=2.5), "INR increased")
    assert text(LabValue("inr", 1.9, baseline=1.2), "INR increased") == "INR increased: grade 2 (CTCAE 5)"
    clearance = text(LabValue("creatinine_clearance_mL_per_min", 8), "Creatinine clearance decreased", "6")
    assert clearance == "Creatinine clearance decreased: cannot say: below what this term grades (CTCAE 6)"


@pytest.mark.parametrize(
    "value",
    [
        LabValue("haemoglobin_g_per_L", 12.5, lower_normal=120),
        LabValue("albumin_g_per_L", 3.5, lower_normal=35),
        LabValue("bilirubin_umol_per_L", 1.4, upper_normal=1.2),
        LabValue("bilirubin_umol_per_L", 30, upper_normal=21, baseline=0.9),
        LabValue("platelets_1e9_per_L", 150000, lower_normal=150),
        LabValue("creatinine_umol_per_L", 1.1, upper_normal=90),
    ],
)
def test_another_unit_is_refused(value: LabValue) -> None:
    with pytest.raises(BadInput, match=r"outside its plausible range.*check the unit"):
        grade_value(value, version="5")
    row = {k: v for k, v in value.__dict__.items() if v is not None}
    graded = grade_table(pl.DataFrame([row]), version="5")
    assert graded["grade"].null_count() == graded.height > 0
    assert "check the unit" in graded["reason"][0]


def test_refusals() -> None:
    with pytest.raises(BadInput, match="no term of CTCAE 5 grades 'cea_ug_per_L'"):
        grade_value(LabValue("cea_ug_per_L", 5), version="5")
    with pytest.raises(BadInput, match="no laboratory term 'Lymphocyte count decreased'"):
        grade_term(LabValue("lymphocytes_1e9_per_L", 0.5), "Lymphocyte count decreased", version="6")
    with pytest.raises(BadInput, match="grades another test"):
        grade_term(LabValue("alt_U_per_L", 50), "Anemia", version="5")
    with pytest.raises(BadInput, match=r"version '4\.03' has no laboratory rules"):
        grade_value(LabValue("alt_U_per_L", 50), version="4.03")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="rows 2"):
        grade_table(pl.DataFrame({"laboratory": ["alt_U_per_L", "albumin_g_per_dL"], "value": [50.0, 3.5]}), version="5")
    with pytest.raises(BadInput, match="without value"):
        grade_table(pl.DataFrame({"laboratory": ["alt_U_per_L"]}), version="5")
    with pytest.raises(BadInput, match="different length"):
        LabValues(*[np.zeros(2)] * 7, np.zeros(3))
    for line in ("6: > 3", "3: about 3", "3: > 3 if tired"):
        with pytest.raises(ValueError, match="is not"):
            read_rule(line)
    with pytest.raises(BadKnowledge, match="no toxicity fact"):
        from glisson.knowledge.toxicity import toxicity_fact

        toxicity_fact("nothing")


def test_values_that_no_term_grades_have_no_row() -> None:
    table = pl.DataFrame({"laboratory": ["cea_ug_per_L"], "value": [5.0], "patient": ["p1"]})
    graded = grade_table(table, version="5")
    assert graded.height == 0 and graded.columns[-7:] == ["term", "ctcae", "grade", "lowest", "highest", "reason", "rule"]


NAMES = sorted(laboratories())
maybe = st.one_of(st.none(), st.floats(0.1, 3))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), *[maybe] * 4, *[st.one_of(st.none(), st.booleans())] * 2), max_size=12),
    st.sampled_from(["5", "6"]),
)
def test_table_against_single_values(rows: list[tuple[Any, ...]], version: Version) -> None:
    values = [_plausible(*row) for row in rows]
    table = pl.DataFrame(
        [value.__dict__ for value in values],
        schema=_SCHEMA,
    )
    graded = grade_table(table, version=version)
    expected: list[LabGrade] = []
    for value in values:
        if any(term.laboratory == value.laboratory for term in laboratory_terms(version)):
            expected += grade_value(value, version=version)
    assert graded["grade"].to_list() == [one.grade for one in expected]
    assert graded["lowest"].to_list() == [one.lowest for one in expected]
    assert [one or "" for one in graded["reason"].to_list()] == [one.reason for one in expected]
    assert [one or "" for one in graded["rule"].to_list()] == [one.rule for one in expected]
    assert graded["term"].to_list() == [one.term for one in expected]


_SCHEMA = {"laboratory": pl.String} | dict.fromkeys(
    ("value", "lower_normal", "upper_normal", "baseline", "baseline_lower_normal", "baseline_upper_normal"), pl.Float64
) | dict.fromkeys(("symptoms", "anticoagulated"), pl.Boolean)  # fmt: skip


def _plausible(
    name: str,
    value: float | None,
    low: float | None,
    high: float | None,
    base: float | None,
    symptoms: bool | None,
    blood: bool | None,
) -> LabValue:
    """Shares of the plausible range, so that nothing is refused."""
    ranges = laboratories()[name]

    def within(bounds: tuple[float, float] | None, share: float | None) -> float | None:
        return None if bounds is None or share is None else bounds[0] + (bounds[1] - bounds[0]) * min(share / 3, 1) ** 4

    return LabValue(
        name, within(ranges.value, value), within(ranges.lower_normal, low), within(ranges.upper_normal, high),
        within(ranges.value, base), symptoms=symptoms, anticoagulated=blood,
    )  # fmt: skip


def test_plausible_ranges_agree_with_those_of_a_case() -> None:
    from glisson.case.observation import BOUNDS

    shared = set(BOUNDS) & set(laboratories())
    assert len(shared) > 14
    assert all(laboratories()[name].value == BOUNDS[name] for name in shared)
