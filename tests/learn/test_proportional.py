"""Check of proportional hazards against R's cox.zph."""

import numpy as np
import pytest
from r_numbers import frozen, small

from glisson.errors import BadInput
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.proportional import TIME_SCALES, proportionality
from glisson.learn.cohort.table import survival_data

R = "survival_small_r"


def _fit(*columns: str):  # type: ignore[no-untyped-def]
    table = small()
    data = survival_data(table["time"], (table["cause"] > 0).cast(int), **{name: table[name].to_numpy() for name in columns})
    return data, cox(data, table.select("x1", "x2").to_numpy().astype(float), ["x1", "x2"])


@pytest.mark.parametrize("scale", TIME_SCALES)
def test_proportionality_against_r(scale: str) -> None:
    check, r = proportionality(*_fit(), scale=scale), frozen(R)[f"zph.{scale}", "table"]
    assert check is not None
    np.testing.assert_allclose([*check.statistic, check.statistic_all, *check.p, check.p_all], r, rtol=1e-6)


def test_proportionality_with_late_entry_and_strata_against_r() -> None:
    check, r = proportionality(*_fit("entry", "stratum")), frozen(R)["zph.entry.strata", "table"]
    assert check is not None
    np.testing.assert_allclose([*check.statistic, check.statistic_all], r[:3], rtol=1e-6)


def test_scaled_residuals_against_r() -> None:
    check, r = proportionality(*_fit()), frozen(R)["zph.km", "y"]
    assert check is not None
    np.testing.assert_allclose(np.sort(check.residual, axis=0), np.sort(r.reshape(2, -1).T, axis=0), rtol=1e-6)


def test_a_crossing_effect_is_found_and_a_constant_one_is_not() -> None:
    random = np.random.default_rng(11)
    x = random.integers(0, 2, 2000)
    crossing = np.where(x == 1, random.weibull(3, 2000), random.weibull(0.7, 2000)) + 1e-6
    constant = random.exponential(1 / np.exp(0.5 * x)) + 1e-6
    found = []
    for time in (crossing, constant):
        data = survival_data(time, np.ones(2000))
        check = proportionality(data, cox(data, x[:, None].astype(float), ["x"]))
        assert check is not None
        found.append(check.p_all)
    assert found[0] < 1e-10 and found[1] > 0.01


def test_nothing_estimated_gives_no_check_and_a_wrong_scale_is_refused() -> None:
    data = survival_data([1, 2, 3], [0, 0, 0])
    assert proportionality(data, cox(data, np.array([[1.0], [2.0], [3.0]]), ["x"])) is None
    with pytest.raises(BadInput, match="km"):
        proportionality(*_fit(), scale="days")  # type: ignore[arg-type]
