"""The table of sessions against counting; clustered shares against statsmodels, against exact limits, and over many draws."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_tables import protocol, small

from glisson.errors import BadInput
from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.clustered_proportion import clustered_proportion
from glisson.learn.cohort.registry.session_table import SEVERAL, session_table

COUNTS, UNITS = np.array([2, 0, 1, 0, 0, 3, 1, 0]), np.array([3, 2, 1, 4, 1, 3, 2, 5])


def test_variance_between_patients_against_statsmodels() -> None:
    """An intercept alone with clustered errors is the same ratio, and its variance the same."""
    from scipy.stats import beta, t

    had = np.concatenate([[1.0] * c + [0.0] * (m - c) for c, m in zip(COUNTS, UNITS, strict=True)])
    of = np.repeat(np.arange(len(UNITS)), UNITS)
    fitted = sm.OLS(had, np.ones((had.size, 1))).fit(cov_type="cluster", cov_kwds={"groups": of}, use_t=True)
    share, variance = float(fitted.params[0]), float(fitted.cov_params()[0, 0])
    found = clustered_proportion(counts=COUNTS, units=UNITS)
    assert found.fraction == pytest.approx(share, rel=1e-12)
    effective = share * (1 - share) / variance * (t.ppf(0.975, had.size - 1) / t.ppf(0.975, len(UNITS) - 1)) ** 2
    assert found.effective == pytest.approx(effective, rel=1e-9)
    x = share * effective
    assert (found.low, found.high) == pytest.approx(
        (beta.ppf(0.025, x, effective - x + 1), beta.ppf(0.975, x + 1, effective - x)), rel=1e-9
    )


@given(counts=st.lists(st.integers(0, 1), min_size=2, max_size=40), confidence=st.sampled_from([0.9, 0.95]))
def test_one_session_of_each_patient_against_the_exact_interval(counts: list[int], confidence: float) -> None:
    found = clustered_proportion(counts=counts, units=[1] * len(counts), confidence_fraction=confidence)
    exact = exact_proportion(count=sum(counts), of=len(counts), confidence_fraction=confidence)
    assert (found.count, found.of, found.low, found.high) == (exact.count, exact.of, exact.low, exact.high)
    assert found.method == "exact"


@given(patients=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30))
def test_limits_hold_the_share_and_know_no_more_than_the_sessions(patients: list[tuple[int, int]]) -> None:
    units = [max(pair) for pair in patients]
    found = clustered_proportion(counts=[min(pair) for pair in patients], units=units)
    assert found.of == sum(units)
    if found.fraction is None or found.low is None or found.high is None:
        assert found.patients < 2
        return
    assert 0 <= found.low <= found.fraction <= found.high <= 1
    assert found.effective is not None and found.effective <= found.of


def test_sessions_that_are_copies_of_one_another_know_as_much_as_patients() -> None:
    many = clustered_proportion(counts=[4, 0, 4, 0, 0, 4] * 5, units=[4] * 30)
    alone = exact_proportion(count=15, of=30)
    assert many.effective == pytest.approx(29 * 0.9475, rel=0.02)  # one less than the patients, and quantiles of t
    assert alone.low is not None and many.low is not None and many.low < alone.low


def test_an_event_in_no_session_or_in_every_one_counts_patients() -> None:
    none = clustered_proportion(counts=[0, 0, 0], units=[5, 5, 5])
    assert (none.low, none.high) == (0.0, exact_proportion(count=0, of=3).high)
    every = clustered_proportion(counts=[5, 5, 5], units=[5, 5, 5])
    assert (every.low, every.high) == (exact_proportion(count=3, of=3).low, 1.0)


def test_one_patient_says_nothing_of_others() -> None:
    found = clustered_proportion(counts=[2, 0], units=[3, 0])
    assert (found.count, found.of, found.patients, found.low, found.high, found.method) == (2, 3, 1, None, None, None)
    assert clustered_proportion(counts=[], units=[]).fraction is None


@pytest.mark.parametrize(
    ("counts", "units", "confidence"),
    [([1], [1, 2], 0.95), ([2, 0], [1, 1], 0.95), ([-1, 0], [1, 1], 0.95), ([1, 0], [1, 1], 1.0)],
)
def test_counts_that_cannot_be_are_refused(counts: list[int], units: list[int], confidence: float) -> None:
    with pytest.raises(BadInput):
        clustered_proportion(counts=counts, units=units, confidence_fraction=confidence)


def test_coverage_of_alike_sessions_against_the_truth() -> None:
    """Two thousand registries of 60 patients whose sessions are alike: the interval holds the truth 95 times in 100, ±2 (4 SE)."""
    random = np.random.default_rng(7)
    inside = naive = 0
    draws = 2000
    for _ in range(draws):
        units = random.integers(1, 6, 60)
        counts = random.binomial(units, random.beta(1.0, 4.0, 60))  # mean 0.2, correlation 1/6
        found = clustered_proportion(counts=counts, units=units)
        assert found.low is not None and found.high is not None
        inside += found.low <= 0.2 <= found.high
        plain = exact_proportion(count=int(counts.sum()), of=int(units.sum()))
        naive += plain.low <= 0.2 <= plain.high  # type: ignore[operator]
    assert 0.94 <= inside / draws <= 0.975
    assert naive / draws < inside / draws - 0.01


def test_sessions_per_patient_against_counting() -> None:
    found = session_table(small().of_patients(list(small().patients["patient"][:9])), protocol()).value
    json.dumps(found, allow_nan=False)
    assert [(head["group"], head["patients"], head["sessions"]) for head in found["groups"]] == [
        ("all", 9, 13),
        ("b", 4, 5),
        ("a", 4, 7),
    ]
    assert found["per_patient"]["all"]["counts"] == {"1": 6, "2": 2, "3": 1}
    assert found["per_patient"]["all"]["median"] == 1
    assert found["kinds"] == {"TACE": 13}
    assert found["doses"] == [
        {"product": "glass", "label": "glass", "sessions": 2, "patients": 2, "tumour_dose_Gy": found["doses"][0]["tumour_dose_Gy"],
         "normal_liver_dose_Gy": found["doses"][0]["normal_liver_dose_Gy"]}
    ]  # fmt: skip
    assert found["doses"][0]["tumour_dose_Gy"]["median"] == 160
    assert found["doses"][0]["normal_liver_dose_Gy"]["n"] == 1


def test_a_patient_without_session_counts_as_none() -> None:
    assert session_table(small(), protocol()).value["per_patient"]["all"]["counts"]["0"] == 1


def test_variables_and_technical_success_against_counting() -> None:
    rows = {row["variable"]: row for row in session_table(small(), protocol()).value["rows"]}
    assert list(rows) == ["tace_session.endpoint", "tace_session.drug_mg", "tace_session.technical_success"]
    success = rows["tace_session.technical_success"]["cells"]["all"]
    assert (success["known"], success["missing"]) == (12, 1)
    assert (success["words"]["yes"]["count"], success["words"]["yes"]["of"], success["words"]["yes"]["patients"]) == (10, 12, 8)
    assert success["words"]["yes"]["method"] == "clustered"
    assert rows["tace_session.endpoint"]["cells"]["a"]["words"]["stasis"]["count"] == 3
    assert rows["tace_session.drug_mg"]["cells"]["all"]["most"] == 300


def test_sessions_of_another_kind_do_not_miss_what_their_form_does_not_ask() -> None:
    tables = small()
    other = tables.sessions.head(4).select(
        "patient", "centre", "number", "date", session=pl.lit("SIRT 1"), kind=pl.lit("radioembolization")
    )
    tables = replace(tables, sessions=pl.concat([tables.sessions, other], how="diagonal"))
    found = session_table(tables, protocol()).value
    assert found["kinds"] == {"TACE": 13, "radioembolization": 4}
    assert found["rows"][0]["of_kinds"] == ["TACE"]
    assert (found["rows"][0]["cells"]["all"]["known"], found["rows"][0]["cells"]["all"]["missing"]) == (13, 0)
    assert session_table(tables, protocol(treatments=["TACE"])).value["kinds"] == {"TACE": 13}


def test_treated_patients_without_a_session_are_told() -> None:
    tables = small()
    fewer = replace(tables, sessions=tables.sessions.filter(pl.col("patient") != "p03"))
    assert [finding.code for finding in session_table(fewer, protocol()).findings] == ["no-sessions"]
    assert session_table(tables, protocol()).findings == ()


def test_words_of_several_positions_count_each() -> None:
    tables = small()
    lists = pl.Series([["stasis", "dose delivered"], [], ["stasis"], *[["stasis"]] * 10], dtype=pl.List(pl.String))
    tables = replace(tables, sessions=tables.sessions.with_columns(lists.alias("tace_session.endpoint")))
    found = session_table(tables, protocol()).value
    cell = found["rows"][0]["cells"]["all"]
    assert (cell["known"], cell["missing"], cell["more_than_one"]) == (12, 1, 1)
    assert (cell["words"]["stasis"]["count"], cell["words"]["dose delivered"]["count"]) == (12, 1)
    assert found["several"] == SEVERAL


def test_variables_of_patients_and_empty_tables_are_told() -> None:
    with pytest.raises(BadInput, match="not of sessions"):
        session_table(small(), protocol(sessions=["age_years"]))
    empty = replace(small(), sessions=small().sessions.clear())
    assert "no session" in session_table(empty, protocol()).value["cannot_say"]


@settings(max_examples=20, deadline=None)
@given(keep=st.sets(st.sampled_from([f"p{n:02d}" for n in range(1, 11)]), min_size=1))
def test_any_part_of_the_registry_adds_up(keep: set[str]) -> None:
    section = session_table(small().of_patients(sorted(keep)), protocol(minimum_cell=1))
    if "cannot_say" in section.value:
        assert keep == {"p10"}
        return
    for head in section.value["groups"]:
        counts = section.value["per_patient"][head["group"]]["counts"]
        assert sum(counts.values()) == head["patients"]
        assert sum(int(number) * count for number, count in counts.items()) == head["sessions"]
