"""Real tables against R, and the fixture of 36 patients against what it was made from."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from r_numbers import frozen

from glisson.learn.cohort.competing import cumulative_incidence
from glisson.learn.cohort.concordance import concordance
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.fine_gray import fine_gray
from glisson.learn.cohort.gray import gray_test
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.proportional import proportionality
from glisson.learn.cohort.reading import survival_at, survival_quantile
from glisson.learn.cohort.table import SurvivalData, any_event, rows, survival_data
from glisson.simulate.cohort36 import DEATH_DAY, LAST_CONTACT_DAY

MONTH_days = 30.4375
real = pytest.mark.real_data


def _crlm(real_data: Path) -> pl.DataFrame:
    return pl.read_csv(
        real_data / "crlm_clinical" / "crlm_clinical.csv", null_values=["", "-999", "-999.0"], infer_schema_length=None
    )


def _survival(data: SurvivalData, analysis: str, interval: str = "log-log") -> None:
    r, curve = frozen("survival_shared_r"), kaplan_meier(data, interval=interval)
    table = survival_at(curve, r[analysis, "time"].tolist())
    for item, ours in {
        "surv": "survival",
        "std.err": "standard_error",
        "lower": "low",
        "upper": "high",
        "n.risk": "at_risk",
    }.items():
        np.testing.assert_allclose(table[ours].to_numpy(), r[analysis, item], rtol=1e-8, err_msg=item)
    for place, fraction in enumerate((0.25, 0.5, 0.75)):
        found = survival_quantile(curve, fraction)
        mine = [np.nan if value is None else value for value in (found.time, found.low, found.high)]
        np.testing.assert_allclose(
            mine, [r[analysis, q][place] for q in ("quantile", "quantile.lower", "quantile.upper")], rtol=1e-8
        )


def _cox(data: SurvivalData, x: np.ndarray, analysis: str) -> CoxFit:
    r, fit = frozen("survival_shared_r"), cox(data, x.astype(float), [f"x{i}" for i in range(x.shape[1])])
    np.testing.assert_allclose(fit.coefficient, r[analysis, "coef"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.variance.ravel(), r[analysis, "var"], rtol=1e-6, atol=1e-12)
    assert fit.score_test == pytest.approx(r[analysis, "score"][0], rel=1e-6)
    assert fit.wald == pytest.approx(r[analysis, "wald"][0], rel=1e-6)
    assert concordance(any_event(data), fit.layout.x @ fit.reached).fraction == pytest.approx(
        r[analysis, "concordance"][0], rel=1e-9
    )
    return fit


@real
@pytest.mark.parametrize("interval", ["log", "log-log"])
def test_survival_of_197_patients_against_r(real_data: Path, interval: str) -> None:
    table = _crlm(real_data)
    overall = survival_data(table["overall_survival_months"], table["vital_status"])
    free = survival_data(table["months_to_DFS_progression"], table["vital_status_DFS"])
    _survival(overall, f"crlm.os.{interval}", interval)
    _survival(free, f"crlm.dfs.{interval}", interval)
    assert round(survival_quantile(kaplan_meier(overall)).time or 0, 1) == 76.0
    assert round(survival_quantile(kaplan_meier(free)).time or 0, 1) == 22.3


@real
def test_clinical_risk_score_of_197_patients_against_r(real_data: Path) -> None:
    table = _crlm(real_data)
    known = table.drop_nulls("clinrisk_score")
    assert len(known) == frozen("survival_shared_r")["crlm.score", "n"][0] == 168
    data = survival_data(known["overall_survival_months"], known["vital_status"])
    fit = _cox(data, known["clinrisk_score"].to_numpy()[:, None], "crlm.score")
    assert np.exp(fit.coefficient[0]) == pytest.approx(1.41, abs=0.005)  # per point
    test = log_rank(data, groups(known["clinrisk_stratified"]))
    assert test.statistic == pytest.approx(frozen("survival_shared_r")["crlm.logrank", "chisq"][0], rel=1e-8)


@real
def test_components_of_the_score_against_r(real_data: Path) -> None:
    """The score's five parts: node-positive primary, synchronous, several metastases, CEA over 200, larger than 5 cm."""
    table = _crlm(real_data).drop_nulls(["carcinoembryonic_antigen", "max_tumor_size", "node_positive_primary"])
    parts = table.select(
        "node_positive_primary", "synchronous_crlm", "multiple_metastases",
        pl.col("carcinoembryonic_antigen") > 200, pl.col("max_tumor_size") > 5,
    )  # fmt: skip
    data = survival_data(table["overall_survival_months"], table["vital_status"])
    fit = _cox(data, parts.to_numpy(), "crlm.parts")
    check = proportionality(data, fit)
    assert check is not None
    r = frozen("survival_shared_r")["crlm.parts.zph", "table"]
    np.testing.assert_allclose([*check.statistic, check.statistic_all], r[:6], rtol=1e-6)


@real
def test_liver_recurrence_with_death_competing_against_r(real_data: Path) -> None:
    table, r = _crlm(real_data), frozen("survival_shared_r")
    liver, dead = table["progression_or_recurrence_liveronly"].to_numpy(), table["vital_status"].to_numpy()
    status = np.where(liver == 1, 1, np.where(dead == 1, 2, 0))
    assert np.bincount(status).tolist() == r["crlm.liver", "n"].tolist() == [75, 81, 41]
    when = np.where(status == 1, table["months_to_liver_DFS_progression"].to_numpy(), table["overall_survival_months"].to_numpy())
    data = survival_data(when, status)
    for cause in (1, 2):
        found = cumulative_incidence(data, cause=cause)
        at = np.searchsorted(found.time, r["crlm.liver", "time"], side="right") - 1
        for item, ours in {"pstate": "incidence", "std.err": "standard_error", "lower": "low", "upper": "high"}.items():
            np.testing.assert_allclose(getattr(found, ours)[at], r["crlm.liver", f"{item}.{cause}"], rtol=1e-8)
    known = table["clinrisk_score"].is_not_null().to_numpy()
    part, score = rows(data, known), table["clinrisk_score"].drop_nulls().to_numpy().astype(float)
    high = groups(table["clinrisk_stratified"].drop_nulls())
    for cause in (1, 2):
        assert gray_test(part, high, cause=cause).statistic == pytest.approx(r["crlm.gray", "stat"][cause - 1], rel=1e-8)
    fit = fine_gray(part, score[:, None], ["score"])
    np.testing.assert_allclose(
        [fit.coefficient[0], fit.variance[0, 0]], [r["crlm.crr", item][0] for item in ("coef", "var")], rtol=1e-6
    )


@real
def test_other_public_tables_against_r(real_data: Path) -> None:
    cancer = pl.read_csv(real_data / "survival" / "hepatoCellular.csv", null_values=["", "NA"], infer_schema_length=None)
    _survival(survival_data(cancer["OS"], cancer["Death"]), "hcc.os")
    _survival(survival_data(cancer["RFS"], cancer["Recurrence"]), "hcc.rfs", "log")
    known = cancer.drop_nulls(["Age", "Tumorsize", "Vascularinvasion"])
    data = survival_data(known["OS"], known["Death"], stratum=known["Gender"])
    _cox(data, known.select("Age", "Tumorsize", "Vascularinvasion").to_numpy(), "hcc.cox")
    lung = pl.read_csv(real_data / "survival" / "lung_cancer.csv", null_values=["", "NA"], infer_schema_length=None)
    _survival(survival_data(lung["time"], lung["status"] == 2), "lung")
    test = log_rank(survival_data(lung["time"], lung["status"] == 2), groups(lung["sex"]))
    assert test.statistic == pytest.approx(frozen("survival_shared_r")["lung.logrank", "chisq"][0], rel=1e-8)
    known = lung.drop_nulls(["age", "sex", "ph.ecog", "inst"])
    data = survival_data(known["time"], known["status"] == 2, cluster=known["inst"])
    _cox(data, known.select("age", "sex", "ph.ecog").to_numpy(), "lung.cluster")


def test_36_patients_against_the_margins_they_were_made_to() -> None:
    days = DEATH_DAY | LAST_CONTACT_DAY
    numbers = sorted(days)
    data = survival_data([days[n] / MONTH_days for n in numbers], [n in DEATH_DAY for n in numbers])
    curve = kaplan_meier(data)
    assert len(data) == 36
    assert survival_at(curve, [12.0])["survival"][0] == pytest.approx(30 / 36)  # 83.3 %
    assert round(survival_quantile(curve).time or 0) == 22
