"""Centre effect: gamma frailty against R's coxph, against the integral it stands for, and against known truth."""

import numpy as np
import polars as pl
import pytest
from r_numbers import HERE, frozen

from glisson.errors import BadInput, MissingFact, OutOfScope
from glisson.learn.cohort.centre_effect import WAYS, centre_effect
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.cox_sums import layout
from glisson.learn.cohort.frailty import median_hazard_ratio, shared_frailty
from glisson.learn.cohort.frailty_fit import at_variance, centres_of
from glisson.learn.cohort.groups import Groups, groups
from glisson.learn.cohort.table import SurvivalData, survival_data

R = "frailty_r"
NAMES = ["x1", "x2", "b", "c"]


def _table() -> pl.DataFrame:
    return pl.read_csv(HERE / "cohort_small.csv")


def _x() -> np.ndarray:
    table = _table()
    return np.column_stack([table["x1"], table["x2"], table["level"] == "b", table["level"] == "c"]).astype(float)


def _data(name: str = "em") -> SurvivalData:
    table = _table()
    more = {"entry": {"entry": table["entry"]}, "strata": {"stratum": (table["id"] % 2).to_numpy()}}.get(name, {})
    return survival_data(table["time"], table["event"], **more)


def _centres() -> Groups:
    return groups(_table()["centre"].to_list())


@pytest.mark.parametrize("name", ["em", "breslow", "entry", "strata"])
def test_gamma_frailty_against_r_coxph(name: str) -> None:
    """R stops its search for theta at 1e-4 of it; at a fixed theta (below) the two agree to 1e-6."""
    r = frozen(R)
    found = shared_frailty(_data(name), _x(), NAMES, centres=_centres(), ties="breslow" if name == "breslow" else "efron")
    assert found.theta == pytest.approx(r[name, "theta"][0], rel=5e-4)
    np.testing.assert_allclose(found.coefficient, r[name, "coef"], rtol=1e-3)
    np.testing.assert_allclose(found.variance.ravel(), r[name, "var"], rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(np.log(found.frailty), r[name, "frailty"], atol=5e-4)
    assert found.log_likelihood[1] == pytest.approx(r[name, "c.loglik"][0], abs=1e-6)
    assert found.log_likelihood[1] >= r[name, "c.loglik"][0]  # no worse a maximum than R's
    assert found.log_likelihood[0] == pytest.approx(cox(_data(name), _x(), NAMES, ties=found_ties(name)).log_likelihood[1])


def found_ties(name: str) -> str:
    return "breslow" if name == "breslow" else "efron"


@pytest.mark.parametrize("theta", ["0.1", "0.5", "2"])
def test_frailty_at_a_fixed_variance_against_r(theta: str) -> None:
    r, by = frozen(R), _centres()
    given = layout(_data(), _x() - _x().mean(axis=0))
    found = at_variance(centres_of(given, by.number, 12), float(theta), beta=np.zeros(4), omega=np.zeros(12))
    np.testing.assert_allclose(found.beta, r[f"fixed.{theta}", "coef"], rtol=1e-6)
    np.testing.assert_allclose(found.omega, r[f"fixed.{theta}", "frailty"], atol=1e-6)
    assert found.log_likelihood == pytest.approx(r[f"fixed.{theta}", "c.loglik"][0], abs=1e-6)
    np.testing.assert_allclose(
        np.linalg.inv(found.information)[:4, :4].ravel(), r[f"fixed.{theta}", "var"], rtol=1e-5, atol=1e-10
    )
    assert np.exp(found.omega).mean() == pytest.approx(1)  # the mean centre


def test_marginal_likelihood_against_quadrature() -> None:
    """Two centres, no covariate: the frailties integrated out by brute force over the hazard at its maximum (Breslow)."""
    from scipy.integrate import quad
    from scipy.stats import gamma

    data = survival_data([1, 2, 3, 4, 5, 6, 7], [1, 1, 0, 1, 1, 0, 1])
    centre = np.array([0, 1, 0, 1, 0, 1, 0])
    given = centres_of(layout(data, np.zeros((7, 0)), ties="breslow"), centre, 2)

    def gap(theta: float) -> float:
        found = at_variance(given, theta, beta=np.zeros(0), omega=np.zeros(2))
        at_risk = data.time[:, None] >= given.layout.time[None, :]
        jump = 1 / (np.exp(found.omega[centre])[:, None] * at_risk).sum(axis=0)
        total = np.log(jump).sum()
        for one in (0, 1):
            cumulative = (at_risk[centre == one] * jump).sum()
            deaths = int(given.events[one])
            integral = quad(
                lambda z, d=deaths, h=cumulative: z**d * np.exp(-z * h) * gamma.pdf(z, 1 / theta, scale=theta), 0, np.inf
            )[0]
            total += np.log(integral)
        return total - found.log_likelihood

    assert (
        gap(0.5) == pytest.approx(gap(2.0), abs=1e-6) == pytest.approx(-5, abs=1e-6)
    )  # -5 events: the scale of the partial likelihood


def test_all_ways_against_r() -> None:
    r = frozen(R)
    found = centre_effect(_data(), _x(), NAMES, centre=_table()["centre"].to_list()).value
    for place, term in enumerate(found["terms"]):
        assert term["stratified"]["coefficient"] == pytest.approx(r["stratified", "coef"][place], rel=1e-6)
        assert term["clustered"]["coefficient"] == pytest.approx(term["ignored"]["coefficient"])
        for way in ("stratified", "clustered"):
            assert term[way]["standard_error"] ** 2 == pytest.approx(r[way, "var"][5 * place], rel=1e-6)
        assert set(WAYS) <= set(term)
    assert found["frailty"]["p"] < 1e-10 and len(found["centres"]) == 12 and "12 centres" in found["statement"][0]
    ranked = sorted(found["centres"], key=lambda one: one["frailty"])
    assert all(one["low"] < one["frailty"] < one["high"] for one in ranked)


def test_median_hazard_ratio_against_r_and_simulation() -> None:
    r = frozen(R)
    for theta, expected in zip(r["median.ratio", "theta"], r["median.ratio", "ratio"], strict=True):
        assert median_hazard_ratio(theta) == pytest.approx(expected, rel=1e-9)
    pairs = np.random.default_rng(1).gamma(2, 0.5, size=(200_000, 2))
    assert np.median(pairs.max(axis=1) / pairs.min(axis=1)) == pytest.approx(median_hazard_ratio(0.5), rel=0.01)


def _simulated(random: np.random.Generator, theta: float) -> tuple[SurvivalData, np.ndarray, Groups]:
    centre = np.repeat(np.arange(30), 20)
    frailty = random.gamma(1 / theta, theta, size=30) if theta else np.ones(30)
    x = random.normal(size=600)
    time = random.exponential(1 / (0.05 * frailty[centre] * np.exp(0.6 * x)))
    end = np.minimum(time, random.uniform(10, 40, 600))
    return survival_data(end, time <= end), x[:, None], groups([f"{one:02d}" for one in centre])


def test_recovery_of_the_variance_between_centres() -> None:
    random = np.random.default_rng(11)
    fits = [shared_frailty(data, x, ["x"], centres=by) for data, x, by in (_simulated(random, 0.5) for _ in range(12))]
    assert np.mean([fit.theta for fit in fits]) == pytest.approx(0.5, abs=0.12)
    assert np.mean([fit.coefficient[0] for fit in fits]) == pytest.approx(0.6, abs=0.05)
    assert sum(fit.theta_low <= 0.5 <= (fit.theta_high or np.inf) for fit in fits) >= 9
    alike = [shared_frailty(data, x, ["x"], centres=by) for data, x, by in (_simulated(random, 0.0) for _ in range(12))]
    assert sum(fit.theta == 0 for fit in alike) >= 3 and sum(fit.p < 0.05 for fit in alike) <= 3


def test_no_variation_gives_the_plain_model() -> None:
    """Centres dealt in turn over sorted times: more alike than chance, so that the variance is 0."""
    time = np.arange(1.0, 61.0)
    x = np.random.default_rng(3).normal(size=(60, 1))
    data = survival_data(time, np.ones(60, int))
    found = centre_effect(data, x, ["x"], centre=["ab"[number % 2] for number in range(60)])
    assert found.value["frailty"]["theta"] == 0 and found.value["frailty"]["p"] == 1
    term = found.value["terms"][0]
    assert term["frailty"] == pytest.approx(term["ignored"])
    assert found.value["frailty"]["median_hazard_ratio"] == 1 and "is not excluded" in found.value["statement"][1]
    assert {"few-centres"} <= {finding.code for finding in found.findings}


def test_centres_without_covariates() -> None:
    found = centre_effect(_data(), np.zeros((300, 0)), [], centre=_table()["centre"].to_list())
    assert not found.value["terms"] and found.value["frailty"]["theta"] > 0.2


@pytest.mark.parametrize(
    ("centre", "event", "why"),
    [(["a"] * 20, 1, "one centre"), ([None] * 20, 1, "no row has a centre"), (["a", "b"] * 10, 0, "no event")],
)
def test_ill_posed_centres_cannot_say(centre: list, event: int, why: str) -> None:
    data = survival_data(np.arange(20) + 1.0, np.full(20, event))
    assert why in centre_effect(data, np.arange(20.0)[:, None], ["x"], centre=centre).value["cannot_say"]


def test_the_rest_stands_where_one_way_does_not() -> None:
    table = _table()
    apart = np.where(table["event"].to_numpy() == 1, 0.0, (np.arange(300) % 3 == 0) * 1.0)
    x = np.column_stack([table["x1"], apart])
    centre = table["centre"].to_list()
    found = centre_effect(_data("entry"), x, ["x1", "apart"], centre=[None, *centre[1:]])
    assert all(value is None for value in found.value["terms"][1]["frailty"].values())
    assert found.value["terms"][0]["frailty"]["ratio"] > 0
    codes = {finding.code for finding in found.findings}
    assert {"separation", "frailty-without-covariates", "no-centre", "frailty-and-late-entry"} <= codes
    weighted = survival_data(table["time"], table["event"], weight=np.full(300, 1.5), cluster=np.arange(300))
    again = centre_effect(weighted, x[:, :1], ["x1"], centre=centre)
    assert again.value["frailty"] is None and "no-frailty" in {finding.code for finding in again.findings}
    assert again.value["terms"][0]["clustered"]["ratio"] and again.value["terms"][0]["frailty"]["ratio"] is None
    repeated = survival_data(table["time"], table["event"], cluster=np.arange(300) // 2)
    third = centre_effect(repeated, x[:, :1], ["x1"], centre=centre)
    assert "frailty-ignores-clusters" in {finding.code for finding in third.findings}


def test_a_centre_with_one_patient_and_a_centre_without_events() -> None:
    data = survival_data([3, 5, 7, 9, 11, 2, 4, 6], [1, 1, 0, 1, 0, 0, 0, 1])
    found = centre_effect(data, np.zeros((8, 0)), [], centre=["a", "a", "a", "a", "a", "b", "b", "c"])
    assert found.value["centres"][1]["events"] == 0 and found.value["centres"][2]["rows"] == 1


def test_two_centres_far_apart_leave_the_variance_without_upper_limit() -> None:
    data = survival_data(np.r_[np.arange(1, 21), np.full(20, 30)], np.r_[np.ones(20), np.zeros(20)])
    found = centre_effect(data, np.zeros((40, 0)), [], centre=["a"] * 20 + ["b"] * 20)
    assert found.value["frailty"]["theta_high"] is None and "frailty-unbounded" in {finding.code for finding in found.findings}
    assert "no upper limit" in found.value["statement"][1] and found.value["frailty"]["median_hazard_ratio_high"] is None


def test_frailty_refuses_what_it_cannot_do() -> None:
    one = groups(["a"] * 300)
    with pytest.raises(MissingFact, match="second centre"):
        shared_frailty(_data(), _x(), NAMES, centres=one)
    with pytest.raises(OutOfScope, match="weights"):
        shared_frailty(survival_data([1, 2], [1, 1], weight=[1, 2]), np.zeros((2, 0)), [], centres=groups(["a", "b"]))
    with pytest.raises(MissingFact, match="event"):
        shared_frailty(survival_data([1, 2], [0, 0]), np.zeros((2, 0)), [], centres=groups(["a", "b"]))
    with pytest.raises(BadInput, match="2 centres"):
        centre_effect(_data(), _x(), NAMES, centre=["a", "b"])
