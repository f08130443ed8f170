"""Adjusted p values against R's p.adjust, statsmodels and properties."""

import numpy as np
import pytest
from adjusted_numbers import adjusted_r
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.learn.cohort.multiplicity import ADJUSTMENTS, Adjustment, adjusted_p, family

R_NAMES = {"bonferroni": "bonferroni", "holm": "holm", "benjamini-hochberg": "BH"}
STATSMODELS = {"bonferroni": "bonferroni", "holm": "holm", "benjamini-hochberg": "fdr_bh"}
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("method", ADJUSTMENTS)
def test_adjusted_p_against_r(method: Adjustment) -> None:
    r = adjusted_r()
    np.testing.assert_allclose(adjusted_p(r["p", "given"].tolist(), method=method), r["p", R_NAMES[method]], rtol=1e-12)


@pytest.mark.parametrize("method", ADJUSTMENTS)
def test_adjusted_p_against_statsmodels(method: Adjustment) -> None:
    from statsmodels.stats.multitest import multipletests

    random = np.random.default_rng(4)
    for number in range(1, 30):
        p = np.round(random.random(number) ** 3, 2)  # with ties
        np.testing.assert_allclose(adjusted_p(p.tolist(), method=method), multipletests(p, method=STATSMODELS[method])[1])


@settings(deadline=None)
@given(P_VALUES)
def test_no_adjustment_makes_a_p_smaller_and_bonferroni_is_the_strictest(p: list[float]) -> None:
    bonferroni, holm, fdr = (np.array(adjusted_p(p, method=method)) for method in ADJUSTMENTS)
    assert (fdr >= np.array(p) * (1 - 1e-12)).all()
    assert (bonferroni >= holm * (1 - 1e-12)).all() and (holm >= fdr * (1 - 1e-12)).all()


def test_a_family_names_itself_and_counts_only_tests_that_were_done() -> None:
    found = family({"a": 0.01, "b": None, "c": 0.04}, name="secondary endpoints", method="holm")
    assert found.adjusted == {"a": 0.02, "b": None, "c": 0.04}
    assert "'secondary endpoints': 2 tests" in found.statement and "1 of 3 planned" in found.statement
    assert "no adjustment" in family({"a": 0.2}, name="one", method="holm").statement
    none = family({"a": None}, name="none", method="holm")
    assert none.adjusted == {"a": None} and "none of its 1 tests" in none.statement
    assert adjusted_p([], method="holm") == []


@pytest.mark.parametrize(("p", "method"), [([1.2], "holm"), ([-0.1], "holm"), ([float("nan")], "holm"), ([0.5], "sidak")])
def test_what_is_no_p_value_or_method_is_refused(p: list[float], method: str) -> None:
    with pytest.raises(BadInput):
        adjusted_p(p, method=method)  # type: ignore[arg-type]
