"""Cox regression against R's coxph."""

import numpy as np
import pytest
from r_numbers import frozen, small

from glisson.errors import BadInput
from glisson.learn.cohort.concordance import concordance
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.cox_residuals import martingale_residuals, schoenfeld_residuals, score_residuals
from glisson.learn.cohort.cox_variance import influences
from glisson.learn.cohort.table import SurvivalData, any_event, survival_data

R = "survival_small_r"
ITERATED = 1e-6
MODELS: dict[str, tuple[str, ...]] = {
    "plain": (), "entry": ("entry",), "strata": ("stratum",), "weight": ("weight",), "cluster": ("cluster",),
    "all": ("entry", "stratum", "weight", "cluster"),
}  # fmt: skip


def _data(*columns: str) -> SurvivalData:
    table = small()
    return survival_data(table["time"], (table["cause"] > 0).cast(int), **{name: table[name].to_numpy() for name in columns})


def _x(*names: str) -> np.ndarray:
    table = small()
    columns = {"x1": table["x1"], "x2": table["x2"], "b": table["group"] == "B", "c": table["group"] == "C"}
    return np.stack([columns[name].cast(float).to_numpy() for name in names], axis=1)


def _model(name: str, ties: str, *, robust: bool | None = None) -> tuple[SurvivalData, CoxFit]:
    names = ["x1", "x2", "b", "c"] if name == "all" else ["x1", "x2"]
    data = _data(*MODELS[name])
    return data, cox(data, _x(*names), names, ties=ties, robust=robust)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", [*MODELS, "robust"])
def test_cox_against_r(name: str, ties: str) -> None:
    data, fit = _model("plain" if name == "robust" else name, ties, robust=True if name == "robust" else None)
    r, key = frozen(R), f"cox.{ties}.{name}"
    np.testing.assert_allclose(fit.coefficient, r[key, "coef"], rtol=ITERATED)
    np.testing.assert_allclose(fit.variance.ravel(), r[key, "var"], rtol=ITERATED)
    np.testing.assert_allclose(fit.log_likelihood, r[key, "loglik"], rtol=1e-9)
    assert fit.score_test == pytest.approx(r[key, "score"][0], rel=ITERATED)
    assert fit.wald == pytest.approx(r[key, "wald"][0], rel=ITERATED)
    if fit.robust:
        np.testing.assert_allclose(fit.model_variance.ravel(), r[key, "naive.var"], rtol=ITERATED)
        assert fit.likelihood_ratio is None
    else:
        assert fit.likelihood_ratio == pytest.approx(2 * np.diff(r[key, "loglik"])[0], rel=ITERATED)
    found = concordance(any_event(data), fit.layout.x @ fit.reached).fraction
    assert found == pytest.approx(r[key, "concordance"][0], rel=1e-9)


def test_residuals_against_r() -> None:
    r = frozen(R)
    _, fit = _model("all", "efron")
    np.testing.assert_allclose(
        martingale_residuals(fit.layout, fit.reached), r["residuals", "martingale"], rtol=ITERATED, atol=1e-9
    )
    score = score_residuals(fit.layout, fit.reached)
    np.testing.assert_allclose(score.ravel("F"), r["residuals", "score"], rtol=ITERATED, atol=1e-9)
    moved = influences(fit.layout, fit.reached, fit.model_variance)  # R weights dfbeta too
    np.testing.assert_allclose(moved.ravel("F"), r["residuals", "dfbeta"], rtol=ITERATED, atol=1e-9)
    np.testing.assert_allclose(fit.layout.weight @ score, 0, atol=1e-9)
    _, plain = _model("plain", "efron")
    mine, theirs = schoenfeld_residuals(plain.layout, plain.reached)[0], r["schoenfeld", "residuals"].reshape(2, -1).T
    np.testing.assert_allclose(np.sort(mine, axis=0), np.sort(theirs, axis=0), rtol=ITERATED, atol=1e-9)


def test_robust_variance_where_lifelines_ignores_ties_and_entry() -> None:
    """The reason why this is no thin wrapper: with ties and late entry the peer's robust variance is another number."""
    import pandas as pd
    from lifelines import CoxPHFitter

    table = small()
    frame = pd.DataFrame({name: table[name].to_list() for name in ("entry", "time", "x1", "x2", "cluster")})
    frame["event"] = (table["cause"] > 0).cast(int).to_list()
    peer = CoxPHFitter().fit(frame, "time", "event", entry_col="entry", cluster_col="cluster")
    fit = cox(_data("entry", "cluster"), _x("x1", "x2"), ["x1", "x2"])
    np.testing.assert_allclose(fit.coefficient, peer.params_.to_numpy(), rtol=1e-4)
    ours, theirs = np.sqrt(np.diag(fit.variance)), peer.standard_errors_.to_numpy()
    assert np.abs(theirs / ours - 1).max() > 0.03


def test_units_of_a_covariate_do_not_matter() -> None:
    fit = cox(_data(), _x("x1", "x2"), ["x1", "x2"])
    scaled = cox(_data(), _x("x1", "x2") * [1e6, 1e-6] + [5e6, 1.0], ["x1", "x2"])
    np.testing.assert_allclose(scaled.coefficient * [1e6, 1e-6], fit.coefficient, rtol=1e-6)
    np.testing.assert_allclose(scaled.wald, fit.wald, rtol=1e-6)


def test_separation_gives_a_reason_and_the_other_estimates() -> None:
    table = small()
    event = (table["cause"] > 0).cast(int).to_numpy()
    apart = np.where(event == 1, 0.0, (np.arange(len(event)) % 3 == 0) * 1.0)  # 1 only among those without the event
    data = _data()
    fit = cox(data, np.column_stack([_x("x1"), apart]), ["x1", "apart"])
    assert np.isnan(fit.coefficient[1]) and np.isfinite(fit.coefficient[0]) and fit.wald is None
    said = {finding.code: finding.text for finding in fit.findings}
    assert "apart separates" in said["separation"] and "below 1" in said["separation"]
    alone = cox(survival_data(data.time[apart == 0], data.event[apart == 0]), _x("x1")[apart == 0], ["x1"])
    assert fit.coefficient[0] == pytest.approx(alone.coefficient[0], rel=1e-6)  # the limit: those kept apart do not count


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e5])
def test_separation_by_a_rare_or_continuous_covariate(scale: float) -> None:
    time = np.r_[np.full(950, 100.0), np.arange(50) + 1]
    data = survival_data(time, np.arange(1000) >= 950)
    falling = cox(data, -scale * time[:, None], ["falling"])
    assert np.isnan(falling.coefficient[0]) and "above 1" in falling.findings[0].text
    rare = cox(data, scale * (np.arange(1000) < 3)[:, None], ["rare"])
    assert np.isnan(rare.coefficient[0]) and "below 1" in rare.findings[0].text
    random = np.random.default_rng(3).normal(size=(1000, 1))
    assert np.isfinite(cox(data, scale * random, ["random"]).coefficient[0])


def test_ill_posed_models_say_why() -> None:
    x = _x("x1", "x2", "b")
    names = ["x1", "x2", "b"]
    none = cox(survival_data(_data().time, np.zeros(len(x))), x, names)
    assert not none.usable and [finding.code for finding in none.findings] == ["no-events"]
    constant = cox(_data(), np.column_stack([x, np.ones(len(x))]), [*names, "same"])
    assert constant.used == (0, 1, 2) and np.isnan(constant.coefficient[3]) and constant.findings[0].code == "constant-covariate"
    double = cox(_data(), np.column_stack([x, x[:, 0] - 2 * x[:, 1]]), [*names, "sum"])
    assert double.used == (0, 1, 2) and "combination" in double.findings[0].text
    np.testing.assert_allclose(double.coefficient[:3], cox(_data(), x, names).coefficient)
    many = cox(survival_data([1, 2, 3, 4, 5], [1, 1, 0, 0, 0]), np.random.default_rng(1).normal(size=(5, 3)), names)
    assert not many.usable and [finding.code for finding in many.findings] == ["more-covariates-than-events"]
    few = cox(survival_data([1, 2, 3, 4], [1, 1, 1, 1]), np.array([[1.0], [0.0], [1.0], [0.0]]), ["x"])
    assert [finding.code for finding in few.findings] == ["few-events-per-variable"]


@pytest.mark.parametrize(
    ("x", "ties"), [(np.ones((3, 1)), "efron"), (np.full((2, 1), np.nan), "efron"), (np.ones((2, 1)), "exact")]
)
def test_wrong_shapes_gaps_and_ties_are_refused(x: np.ndarray, ties: str) -> None:
    with pytest.raises(BadInput):
        cox(survival_data([1, 2], [1, 0]), x, ["x"], ties=ties)


def test_covariates_that_no_event_compares_are_left_out_as_r_does() -> None:
    """R gives NA: constant within strata, or never at risk together with another value."""
    table, x = small(), _x("x1")
    within = (table["stratum"] == "u").cast(float).to_numpy() / 3.7
    fit = cox(_data("stratum"), np.column_stack([x, within]), ["x1", "within"])
    alone = cox(_data("stratum"), x, ["x1"])
    assert fit.used == (0,) and np.isnan(fit.coefficient[1]) and fit.degrees == 1
    assert fit.coefficient[0] == alone.coefficient[0] and fit.wald == alone.wald
    assert "within was left out" in next(finding.text for finding in fit.findings if finding.code == "no-information")
    apart = cox(survival_data([3, 7, 5], [1, 0, 1], entry=[1, 6, 3]), np.array([[0.0], [2.0], [0.0]]), ["x"])
    assert not apart.usable and "no-information" in [finding.code for finding in apart.findings]


def test_iterations_that_empty_risk_sets_end_with_a_reason() -> None:
    """Many small tables with late entry, where coefficients run away: never a warning of the machine, never a silent number."""
    for seed in range(300):
        random = np.random.default_rng(seed)
        number = int(random.integers(3, 20))
        time = random.integers(2, 9, number)
        entry = np.maximum(time - random.integers(1, 4, number), 0)
        data = survival_data(time, random.integers(0, 2, number), entry=entry, cluster=random.integers(0, 4, number))
        x = random.integers(0, 3, (number, 2)) * random.choice([1e-6, 1.0, 1e6], 2)
        fit = cox(data, x, ["a", "b"])
        assert np.isfinite(fit.coefficient).all() or fit.findings
