"""Whole studies of small tables: what is stated, what is refused, and that nothing ends in an error or a silent number."""

import json
import math

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from r_numbers import frozen, small

from glisson.case import Result
from glisson.errors import BadInput
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.screen import Columns, screened
from glisson.learn.cohort.study import Options, Study, survival_study


def _study(table: pl.DataFrame, options: Options | None = None, **columns: object) -> Study:
    return survival_study(screened(table, Columns("time", "event", **columns)), options or Options())  # type: ignore[arg-type]


def _small(**columns: object) -> Study:
    return _study(small().rename({"cause": "event"}), **columns)


def _codes(study: Study) -> set[str]:
    return {finding.code for finding in study.findings}


def test_a_study_holds_the_numbers_of_r() -> None:
    r = frozen("survival_small_r")
    value = _small(group="group", covariates=("x1", "x2")).value
    median = value["overall"]["median"]
    assert [median["time"], median["low"], median["high"]] == [
        r["km.log-log", item][1] for item in ("quantile", "quantile.lower", "quantile.upper")
    ]
    assert value["log_rank"]["statistic"] == pytest.approx(r["logrank.0", "chisq"][0])
    assert value["gray"]["statistic"] == pytest.approx(r["gray", "stat"][0])
    assert value["fine_gray"]["terms"][0]["together"]["coefficient"] == pytest.approx(r["crr.1", "coef"][0], rel=1e-6)
    plain = _study(small().with_columns(event=(pl.col("cause") > 0).cast(int)), covariates=("x1", "x2")).value["cox"]
    assert plain["terms"][1]["together"]["coefficient"] == pytest.approx(r["cox.efron.plain", "coef"][1], rel=1e-6)
    assert plain["concordance"] == pytest.approx(r["cox.efron.plain", "concordance"][0])
    assert plain["proportional_p"] == pytest.approx(r["zph.km", "table"][5], rel=1e-6)


def test_robust_variance_is_used_and_said_with_clusters() -> None:
    r = frozen("survival_small_r")["cox.efron.cluster", "var"]
    table = small().with_columns(event=(pl.col("cause") > 0).cast(int))
    value = _study(table, cluster="cluster", covariates=("x1", "x2")).value["cox"]
    assert value["variance"] == "robust" and value["likelihood_ratio"] is None
    assert value["terms"][0]["together"]["standard_error"] == pytest.approx(math.sqrt(r[0]), rel=1e-6)


def test_rows_of_unknown_group_count_overall_only() -> None:
    table = pl.DataFrame({"time": [1, 2, 3, 4, 5], "event": [1, 1, 0, 1, 0], "g": ["a", "b", "a", "b", None]})
    study = _study(table, group="g")
    assert study.value["overall"]["rows"] == 5 and [one["rows"] for one in study.value["groups"]] == [2, 2]
    assert "unknown-group" in _codes(study)
    assert "nothing-to-compare" in _codes(_study(table.with_columns(g=pl.lit(None, pl.String)), group="g"))


def test_an_interval_of_a_ratio_by_hand() -> None:
    found = ratio(math.log(2), 0.04)
    assert found["low"] == pytest.approx(2 * math.exp(-1.959964 * 0.2)) and found["p"] == pytest.approx(0.000529, abs=1e-6)
    assert set(ratio(float("nan"), 1.0).values()) == {None}


@pytest.mark.parametrize(
    ("table", "columns", "code"),
    [
        ({"time": [1, 2, 3], "event": [0, 0, 0], "x": [1, 2, 3]}, {"covariates": ("x",)}, "no-events"),
        ({"time": [-1, -2], "event": [1, 0], "x": [1, 2]}, {"covariates": ("x",)}, "no-rows"),
        ({"time": [1, 2, 3], "event": [1, 0, 1], "g": ["a", "a", "a"]}, {"group": "g"}, "nothing-to-compare"),
        ({"time": [5, 9, 1], "event": [1, 1, 0], "s": [0, 0, 0], "g": ["a", "a", "b"]}, {"group": "g", "entry": "s"}, "empty-group"),
        ({"time": [1, 2, 3], "event": [1, 1, 0], "x": [1, 2, 3], "y": [1, 0, 1], "z": [0, 2, 1]},
         {"covariates": ("x", "y", "z")}, "dependent-covariate"),
        ({"time": [1, 2, 3, 4, 5], "event": [1, 0, 0, 0, 0], "x": [1, 2, 3, 9, 4], "y": [1, 0, 1, 5, 2]},
         {"covariates": ("x", "y")}, "more-covariates-than-events"),
        ({"time": [1, 2, 3, 4], "event": [1, 1, 0, 0], "x": [1, 1, 0, 0]}, {"covariates": ("x",)}, "separation"),
        ({"time": [1, 2, 3, 4], "event": [1, 1, 0, 0], "x": [1, 1, 1, 1]}, {"covariates": ("x",)}, "constant-covariate"),
        ({"time": [2, 5, 9], "event": [1, 1, 0], "s": [0, 3, 4]}, {"entry": "s"}, "risk-set-emptied"),
        ({"time": [2, 5, 9], "event": [1, 2, 0], "s": [0, 0, 4], "g": ["a", "b", "a"]}, {"entry": "s", "group": "g"}, "late-entry"),
        ({"time": [2, 5], "event": [1, 0], "x": ["", None]}, {"covariates": ("x",)}, "covariate-left-out"),
    ],
)  # fmt: skip
def test_ill_posed_requests_are_explained_and_the_rest_remains(table: dict, columns: dict, code: str) -> None:
    study = _study(pl.DataFrame(table), **columns)
    assert code in _codes(study)
    if code != "no-rows":
        assert study.value["overall"]["rows"] == study.value["used"] > 0
    Result(kind="survival", method="", value=study.value).to_json()  # no NaN anywhere


def test_more_covariates_than_events_leaves_each_alone() -> None:
    table = pl.DataFrame(
        {"time": [1, 2, 3, 4, 5, 6], "event": [0, 1, 0, 1, 0, 0], "x": [1, 2, 3, 9, 4, 1], "y": [1, 0, 1, 5, 2, 8]}
    )
    table = table.with_columns(z=pl.Series([3.0, 1, 4, 1, 5, 9]))
    terms = _study(table, covariates=("x", "y", "z")).value["cox"]["terms"]
    assert all(term["together"]["ratio"] is None for term in terms) and any(term["alone"]["ratio"] for term in terms)


def test_a_horizon_after_the_follow_up_is_said() -> None:
    table = pl.DataFrame({"time": [1, 2, 3], "event": [1, 0, 0]})
    study = _study(table, Options(horizon=9))
    assert "no-restricted-mean" in _codes(study) and "restricted_mean" not in study.value["overall"]
    assert _study(table, Options(horizon=3)).value["overall"]["restricted_mean"]["time"] == pytest.approx(1 + 2 * 2 / 3)


def test_after_the_last_follow_up_incidence_is_unknown_unless_all_is_known() -> None:
    table = pl.DataFrame({"time": [1, 2, 3], "event": [1, 2, 0]})
    assert _study(table, Options(times=(5.0,))).value["incidence"][0]["at_times"][0]["incidence"] is None
    everyone = table.with_columns(event=pl.Series([1, 2, 1]))
    ended = _study(everyone, Options(times=(5.0,)), happened=("1", "2")).value["incidence"][0]["at_times"][0]
    assert ended["incidence"] == pytest.approx(2 / 3)


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="confidence"):
        _study(pl.DataFrame({"time": [1], "event": [1]}), Options(confidence_fraction=95))


cells = st.sampled_from(["", "0", "1", "2", "3.5", "-1", "NA", "7", "x", "1e308", "12"])


@given(
    st.lists(st.tuples(cells, st.sampled_from(["0", "1", "2", ""]), cells, cells, st.sampled_from("ab")), min_size=1, max_size=14)
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_table_ends_in_an_error(rows: list[tuple[str, ...]]) -> None:
    names = ["time", "event", "entry", "x", "group"]
    table = pl.DataFrame({name: [row[place] for row in rows] for place, name in enumerate(names)})
    for columns in ({"group": "group", "covariates": ("x", "group")}, {"entry": "entry", "covariates": ("x",)}):
        try:
            study = _study(table, Options(horizon=2.0), **columns)
        except BadInput as refused:
            assert "no 0 for censored" in str(refused)
            continue
        json.dumps(study.value, allow_nan=False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(cause=-1), "cause -1"),
        (Options(cause=2_000_000_000), "cause 2000000000"),
        (Options(horizon=math.nan), "horizon"),
        (Options(horizon=math.inf), "horizon"),
    ],
)
def test_causes_and_horizons_that_cannot_be_are_refused(options: Options, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        _study(small().rename({"cause": "event"}), options)


def test_a_cause_that_no_row_has_is_said() -> None:
    assert "cause-absent" in _codes(_study(small().rename({"cause": "event"}), Options(cause=9)))
