"""Four sites against one table: the pooled result is the central one where the rules let exact sums out."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sites_tables import OPEN, asked, central_cox, central_curves, central_data, cohort, rules, site_of, split

from glisson.errors import BadInput
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.sites.definition import Definition
from glisson.learn.cohort.sites.pooling import Pooled
from glisson.learn.cohort.sites.together import over_sites

NEAR = {"rtol": 1e-8, "atol": 1e-12}


def _same(mine: Any, theirs: Any, place: str = "") -> None:
    """Every number of one value against the other's."""
    if isinstance(theirs, dict):
        assert set(theirs) <= set(mine), place
        for key, value in theirs.items():
            _same(mine[key], value, f"{place}.{key}")
    elif isinstance(theirs, list):
        assert len(mine) == len(theirs), place
        for number, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            _same(one, other, f"{place}[{number}]")
    elif isinstance(theirs, float):
        np.testing.assert_allclose(mine, theirs, **NEAR, err_msg=place)
    else:
        assert mine == theirs, place


@pytest.mark.parametrize("group", ["", "sex", "stage"])
@pytest.mark.parametrize("entry", ["", "entry"])
@pytest.mark.parametrize("event", ["dead", "event"])
def test_curves_tests_and_incidence_of_four_sites_against_one_table(group: str, entry: str, event: str) -> None:
    table = cohort()
    wanted = asked(group=group, entry=entry, event=event)
    pooled = over_sites(wanted, split(table, **OPEN))
    central = central_curves(table, wanted)
    assert pooled.value["exact"] and "coarsening" not in pooled.value
    _same(pooled.value, {key: value for key, value in central.items() if key != "set_aside"})
    assert ("gray" in central) == (event == "event" and bool(group))


@pytest.mark.parametrize("strata", ["", "stage"])
def test_log_rank_with_sites_as_strata_against_one_table(strata: str) -> None:
    table = cohort()
    wanted = asked(group="sex", by_site=True, strata=strata)
    found = over_sites(wanted, split(table, **OPEN)).value["log_rank"]
    test = log_rank(central_data(table, wanted, site_of(table)), groups(table["sex"]))
    np.testing.assert_allclose(found["statistic"], test.statistic, **NEAR)
    np.testing.assert_allclose([one["expected"] for one in found["groups"]], test.expected, **NEAR)
    assert f"({4 * (3 if strata else 1)} strata)" in found["test"]


@pytest.mark.parametrize("entry", ["", "entry"])
@pytest.mark.parametrize("strata", ["", "stage"])
@pytest.mark.parametrize("by_site", [True, False])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_of_four_sites_against_one_table(ties: str, by_site: bool, strata: str, entry: str) -> None:
    table = cohort()
    covariates = ("age", "sex") if strata else ("age", "stage", "sex")
    wanted = asked("cox", covariates=covariates, ties=ties, by_site=by_site, strata=strata, entry=entry)
    _cox_against(over_sites(wanted, split(table, **OPEN)), table, wanted, site_of(table))


def _cox_against(pooled: Pooled, table: pl.DataFrame, wanted: Definition, site: np.ndarray) -> None:
    found, fit = pooled.value["cox"], central_cox(table, wanted, site)
    assert [term["name"] for term in found["terms"]] == list(fit.names)
    np.testing.assert_allclose([term["together"]["coefficient"] for term in found["terms"]], fit.coefficient, **NEAR)
    errors = [term["together"]["standard_error"] for term in found["terms"]]
    np.testing.assert_allclose(errors, np.sqrt(np.diag(fit.variance)), **NEAR)
    for name, theirs in {"likelihood_ratio": fit.likelihood_ratio, "score_test": fit.score_test, "wald": fit.wald}.items():
        np.testing.assert_allclose(found[name], theirs, **NEAR, err_msg=name)
    np.testing.assert_allclose(found["log_likelihood"], fit.log_likelihood, **NEAR)
    assert (found["events"], found["rows"]) == (fit.events, fit.rows)


def test_cox_with_sites_as_strata_against_one_table_under_careful_rules() -> None:
    """Totals need no coarse times: the careful rules cost nothing here."""
    table = cohort(800)
    wanted = asked("cox", covariates=("age", "stage", "sex"), by_site=True)
    _cox_against(over_sites(wanted, split(table)), table, wanted, site_of(table))


def test_exact_times_leave_where_every_cell_is_large_enough() -> None:
    """Follow-up in years, hundreds of rows: each year holds enough, and nothing has to be coarse."""
    table = cohort(2000).with_columns(time=(pl.col("time") / 24).ceil().clip(1, 2))
    wanted = asked(group="sex", times=(1, 2))
    pooled = over_sites(wanted, split(table, min_cell=5, time_width=0))
    assert pooled.value["exact"]
    np.testing.assert_allclose(
        pooled.value["log_rank"]["statistic"], central_curves(table, wanted)["log_rank"]["statistic"], **NEAR
    )


def test_sites_of_very_different_size_against_one_table() -> None:
    table = cohort(211)
    site = np.repeat([0, 1, 2], [150, 50, 11])
    sites = {f"S{number}": (table.filter(pl.Series(site == number)), rules(table, f"S{number}", **OPEN)) for number in range(3)}
    for by_site in (True, False):
        wanted = asked("cox", covariates=("age", "sex"), by_site=by_site)
        _cox_against(over_sites(wanted, sites), table, wanted, site)


def test_a_level_that_one_site_lacks_is_a_level_of_all() -> None:
    table = cohort()
    site = (table["stage"] == "III").cast(pl.Int64).to_numpy()
    sites = {f"S{number}": (table.filter(pl.Series(site == number)), rules(table, f"S{number}", **OPEN)) for number in range(2)}
    wanted = asked("cox", covariates=("age", "stage"))
    _cox_against(over_sites(wanted, sites), table, wanted, site)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sex": pl.lit(1)}, "constant-covariate"),
        ({"sex": pl.col("age") * 2 + 1}, "dependent-covariate"),
        ({"stage": pl.lit("I")}, "constant-covariate"),
    ],
)
def test_what_carries_nothing_is_left_out_and_said(change: dict[str, pl.Expr], code: str) -> None:
    table = cohort().with_columns(**change)
    wanted = asked("cox", covariates=("age", "stage", "sex"), by_site=True)
    found = over_sites(wanted, split(table, **OPEN))
    assert code in [finding.code for finding in found.findings]
    kept = {"sex": "stage", "stage": "sex"}[next(iter(change))]
    left = asked("cox", covariates=("age", kept), by_site=True)
    _cox_against(Pooled(found.value, ()), table, left, site_of(table))


def test_separation_gives_no_estimate_and_the_others_stand() -> None:
    table = cohort().filter((pl.col("sex") == 0) | (pl.col("dead") == 0))
    wanted = asked("cox", covariates=("age", "sex"))
    found = over_sites(wanted, split(table, **OPEN, rounds_at_most=60))
    terms = {term["name"]: term["together"] for term in found.value["cox"]["terms"]}
    assert terms["sex"]["ratio"] is None and "separation" in [finding.code for finding in found.findings]
    fit = central_cox(table, wanted, site_of(table))
    np.testing.assert_allclose(terms["age"]["coefficient"], fit.coefficient[0], rtol=1e-6)


def test_more_covariates_than_events_give_no_model() -> None:
    table = cohort(40).with_columns(dead=(pl.col("id") == 3).cast(pl.Int64))
    sites = {"A": (table, rules(table, **OPEN))}
    found = over_sites(asked("cox", covariates=("age", "sex", "stage")), sites)
    assert found.value["cox"] is None and "more-covariates-than-events" in [finding.code for finding in found.findings]


def test_numbers_at_one_site_and_words_at_another_are_refused() -> None:
    table = cohort()
    other = table.with_columns(stage=pl.col("stage").replace({"I": "1", "II": "2", "III": "3"}))
    sites = {"A": (table, rules(table, "A", **OPEN)), "B": (other, rules(table, "B", **OPEN))}
    with pytest.raises(BadInput, match="words at another"):
        over_sites(asked("cox", covariates=("stage",)), sites)


def test_rows_that_lack_what_is_needed_take_no_part_against_the_complete_rows() -> None:
    table = cohort().with_columns(age=pl.when(pl.col("id") % 7 == 0).then(None).otherwise(pl.col("age")))
    complete = table.drop_nulls("age")
    wanted = asked(group="sex", complete=("age",))
    pooled = over_sites(wanted, split(table, **OPEN))
    _same(pooled.value["log_rank"], central_curves(complete, asked(group="sex"))["log_rank"])


@pytest.mark.real_data
def test_197_patients_at_four_sites_against_one_table(real_data: Path) -> None:
    file = real_data / "crlm_clinical" / "crlm_clinical.csv"
    read = pl.read_csv(file, null_values=["", "-999", "-999.0"], infer_schema_length=None)
    liver, dead = pl.col("progression_or_recurrence_liveronly"), pl.col("vital_status")
    table = read.select(
        id="Patient-ID", time="overall_survival_months", dead="vital_status", score="clinrisk_score", high="clinrisk_stratified",
        age="age", nodes="node_positive_primary", extra="extrahep_disease",
        status=pl.when(liver == 1).then(1).when(dead == 1).then(2).otherwise(0),
        when=pl.when(liver == 1).then("months_to_liver_DFS_progression").otherwise("overall_survival_months"),
    )  # fmt: skip
    sites = split(table, **OPEN)
    whole = over_sites(asked(times=(12, 36, 60)), sites)
    _same(whole.value["overall"], central_curves(table, asked(times=(12, 36, 60)))["overall"])
    assert round(whole.value["overall"]["median"]["time"], 1) == 76.0
    known = table.drop_nulls("high")
    wanted = asked(group="high", event="status", time="when", times=(12, 36, 60))
    _same(over_sites(wanted, split(known, **OPEN)).value["incidence"], central_curves(known, wanted)["incidence"])
    wanted = asked(group="high", times=(12, 36, 60))
    found = over_sites(wanted, split(known, **OPEN)).value["log_rank"]
    assert found["statistic"] == pytest.approx(central_curves(known, wanted)["log_rank"]["statistic"], rel=1e-8)
    complete = table.drop_nulls(["age", "score", "nodes", "extra"])
    for by_site in (True, False):
        for ties in ("efron", "breslow"):
            model = asked("cox", covariates=("age", "score", "extra"), strata="nodes", ties=ties, by_site=by_site)
            _cox_against(over_sites(model, split(complete, **OPEN)), complete, model, site_of(complete))
