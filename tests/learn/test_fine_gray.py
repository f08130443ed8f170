"""Fine and Gray's model against cmprsk's crr."""

import numpy as np
import pytest
from r_numbers import frozen, small

from glisson.errors import BadInput
from glisson.learn.cohort.competing import cumulative_incidence
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.fine_gray import FineGrayFit, fine_gray, predicted_incidence
from glisson.learn.cohort.table import SurvivalData, survival_data

R = "survival_small_r"


def _data(**columns: str) -> SurvivalData:
    table = small()
    return survival_data(table["time"], table["cause"], **{name: table[column].to_numpy() for name, column in columns.items()})


def _x(*names: str) -> np.ndarray:
    table = small()
    columns = {"x1": table["x1"], "x2": table["x2"], "b": table["group"] == "B", "c": table["group"] == "C"}
    return np.stack([columns[name].cast(float).to_numpy() for name in names], axis=1)


@pytest.mark.parametrize(
    ("analysis", "names", "cause", "by"),
    [("crr.1", ["x1", "x2"], 1, None), ("crr.2", ["x1", "x2"], 2, None), ("crr.4", ["x1", "x2", "b", "c"], 1, None),
     ("crr.cengroup", ["x1", "x2"], 1, "stratum")],
)  # fmt: skip
def test_fine_gray_against_cmprsk(analysis: str, names: list[str], cause: int, by: str | None) -> None:
    fit, r = fine_gray(_data(), _x(*names), names, cause=cause, censoring_groups=small()[by] if by else None), frozen(R)
    np.testing.assert_allclose(fit.coefficient, r[analysis, "coef"], rtol=1e-6)
    np.testing.assert_allclose(fit.log_likelihood, r[analysis, "loglik"], rtol=1e-9)
    np.testing.assert_allclose(fit.baseline, np.cumsum(r[analysis, "bfitj"]), rtol=1e-6)
    # cmprsk's variance with censoring groups lies up to 2 % off; ours is the nearer one to the jackknife (next test)
    np.testing.assert_allclose(fit.variance.ravel(), r[analysis, "var"], rtol=0.03 if by else 1e-6)


def test_variance_with_censoring_groups_against_the_jackknife() -> None:
    random = np.random.default_rng(5)
    n = 200
    by = random.integers(0, 2, n)
    x = (random.normal(size=n) + by)[:, None]
    times = [random.exponential(scale) for scale in (10 / np.exp(0.4 * x[:, 0]), np.full(n, 8.0), np.where(by == 1, 6, 25))]
    time, event = np.min(times, axis=0), np.array([1, 2, 0])[np.argmin(times, axis=0)]

    def fit(rows: np.ndarray) -> FineGrayFit:
        return fine_gray(survival_data(time[rows], event[rows]), x[rows], ["x"], censoring_groups=by[rows])

    every = np.arange(n)
    moved = [(fit(np.append(every, i)).coefficient[0] - fit(np.delete(every, i)).coefficient[0]) / 2 for i in range(n)]
    assert fit(every).variance[0, 0] == pytest.approx(np.square(moved).sum(), rel=0.03)


def test_without_competing_events_against_cox() -> None:
    table = small()
    data = survival_data(table["time"], (table["cause"] > 0).cast(int))
    fit, peer = fine_gray(data, _x("x1"), ["x1"]), cox(data, _x("x1"), ["x1"], ties="breslow", robust=True)
    np.testing.assert_allclose(fit.coefficient, peer.coefficient, rtol=1e-9)
    np.testing.assert_allclose(fit.variance, peer.variance, rtol=1e-9)


def test_prediction_without_effect_against_aalen_johansen() -> None:
    random = np.random.default_rng(7)
    data = survival_data(random.exponential(10, 4000), random.integers(0, 3, 4000))
    fit = fine_gray(data, random.normal(size=(4000, 1)), ["nothing"])
    time, incidence = predicted_incidence(fit, np.array([0.0]))
    found = cumulative_incidence(data)
    nonparametric = found.incidence[np.searchsorted(found.time, time)]
    np.testing.assert_allclose(incidence[:-5], nonparametric[:-5], atol=0.01)


def test_every_row_its_own_cluster_changes_nothing() -> None:
    alone, plain = fine_gray(_data(cluster="id"), _x("x1"), ["x1"]), fine_gray(_data(), _x("x1"), ["x1"])
    np.testing.assert_allclose(alone.variance, plain.variance, rtol=1e-10)
    assert not np.allclose(fine_gray(_data(cluster="cluster"), _x("x1"), ["x1"]).variance, plain.variance, rtol=1e-3)


def test_what_is_not_covered_is_said() -> None:
    late = fine_gray(_data(entry="entry"), _x("x1"), ["x1"])
    assert not late.usable and "late-entry" in {finding.code for finding in late.findings}
    rest = fine_gray(_data(weight="weight", stratum="stratum"), _x("x1"), ["x1"])
    assert {"weights-ignored", "strata-ignored"} <= {finding.code for finding in rest.findings} and rest.usable
    none = fine_gray(_data(), _x("x1"), ["x1"], cause=5)
    assert not none.usable and none.findings[0].code == "no-events"
    with pytest.raises(BadInput):
        fine_gray(_data(), np.full((90, 1), np.nan), ["x1"])
