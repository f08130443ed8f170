"""Multiple imputation against R's mice, against known truth, and its refusals."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from r_numbers import HERE, frozen

from glisson.errors import BadInput, MissingFact
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.imputation import ImputationOptions, diagnostics, imputations_needed, impute, scale_reduction
from glisson.learn.cohort.imputation_columns import columns_of, outcome_predictors
from glisson.learn.cohort.imputation_draws import linear_draw, nearest
from glisson.learn.cohort.imputed_cox import imputed_cox
from glisson.learn.cohort.multinomial import multinomial
from glisson.learn.cohort.pooled_estimates import pool, pooled_test
from glisson.learn.cohort.table import SurvivalData, survival_data

R = "imputation_r"


def _table() -> pl.DataFrame:
    return pl.read_csv(HERE / "cohort_small.csv")


def _data(*, entry: bool = False) -> SurvivalData:
    table = _table()
    return survival_data(table["time"], table["event"], entry=table["entry"] if entry else None)


def _gaps() -> pl.DataFrame:
    return _table().select(x1="x1_gaps", x2="x2_gaps", level="level_gaps")


@pytest.mark.parametrize("size", ["Inf", "40", "9"])
def test_rubins_rules_against_r_pool_scalar(size: str) -> None:
    r = frozen(R)
    found = pool(r["scalar", "q"], r["scalar", "u"], complete_degrees=float(size))
    ours = [found.estimate, found.within, found.between, found.standard_error**2, found.degrees, found.variance_increase]
    np.testing.assert_allclose([*ours, found.missing_information_fraction], r[f"scalar.{size}", "all"], rtol=1e-9)
    assert found.monte_carlo_error == pytest.approx((found.between / 5) ** 0.5)


def test_rubins_rules_of_a_cox_model_against_r_pool() -> None:
    r = frozen(R)
    coefficients = r["pool", "coef"].reshape(4, 8).T
    variances = r["pool", "var"].reshape(8, 4, 4)
    for term in range(4):
        found = pool(coefficients[:, term], variances[:, term, term], complete_degrees=150)
        ours = [found.estimate, found.standard_error, found.degrees, found.p, found.low, found.high]
        ours += [found.missing_information_fraction, found.variance_increase]
        items = ["estimate", "std.error", "df", "p.value", "2.5 %", "97.5 %", "fmi", "riv"]
        np.testing.assert_allclose(ours, [r["pool", item][term] for item in items], rtol=1e-8)
    test = pooled_test(coefficients[:, 2:], variances[:, 2:, 2:])
    assert [test.statistic, *test.degrees, test.p, test.variance_increase] == pytest.approx(r["d1", "result"].tolist(), rel=1e-6)


def test_hazard_in_the_imputation_model_against_r_survfit() -> None:
    r = frozen(R)
    np.testing.assert_allclose(outcome_predictors(_data())[:, 1], r["hazard", "from.origin"], rtol=1e-12)
    np.testing.assert_allclose(outcome_predictors(_data(entry=True))[:, 1], r["hazard", "from.entry"], rtol=1e-12)


def test_imputed_cox_against_r_mice() -> None:
    """Two programs, two random streams: estimates within a tenth of a standard error, errors within 8 %."""
    r = frozen(R)
    found = imputed_cox(_data(), _gaps(), seed=5, options=ImputationOptions(imputations=60, iterations=6))
    terms = {term["name"]: term["imputed"] for term in found.value["terms"]}
    assert list(terms) == ["x1", "x2", "level: b against a", "level: c against a"]
    for place, term in enumerate(terms.values()):
        assert term["coefficient"] == pytest.approx(r["many", "estimate"][place], abs=0.15 * r["many", "std.error"][place])
        assert term["standard_error"] == pytest.approx(r["many", "std.error"][place], rel=0.1)
        assert term["missing_information_fraction"] == pytest.approx(r["many", "fmi"][place], abs=0.12)
    assert found.value["tests"][0]["column"] == "level" and found.value["complete_rows"] < 300


def _registry(random: np.random.Generator, size: int) -> tuple[SurvivalData, pl.DataFrame, np.ndarray]:
    """Cox data with log hazard ratios 0.5 and 0.7; x is mostly missing where the event came soon and w, which goes with x, was high."""
    x = random.normal(size=size)
    b = (random.random(size) < 1 / (1 + np.exp(-x))).astype(float)
    time = random.exponential(1 / (0.05 * np.exp(0.5 * x + 0.7 * b)))
    end = np.minimum(time, random.uniform(10, 40, size))
    data = survival_data(end, time <= end)
    short = (data.event == 1) & (end < np.median(end))
    w = x + random.normal(size=size)
    gone = random.random(size) < np.where(short & (w > 0), 0.8, 0.05)
    lost = random.random(size) < 0.15
    table = pl.DataFrame({"x": np.where(gone, np.nan, x), "b": np.where(lost, np.nan, b), "w": w}).fill_nan(None)
    return data, table, np.column_stack([x, b])


def _repeats(number: int, size: int, options: ImputationOptions) -> dict[str, np.ndarray]:
    random = np.random.default_rng(77)
    found: dict[str, list[list[float]]] = {"imputed": [], "complete": [], "full": [], "covered": []}
    for turn in range(number):
        data, table, whole = _registry(random, size)
        terms = imputed_cox(data, table, seed=turn, names=["x", "b"], options=options).value["terms"]
        found["imputed"].append([term["imputed"]["coefficient"] for term in terms])
        found["complete"].append([term["complete_cases"]["coefficient"] for term in terms])
        ends = [(np.log(term["imputed"]["low"]), np.log(term["imputed"]["high"])) for term in terms]
        found["covered"].append([low <= truth <= high for (low, high), truth in zip(ends, (0.5, 0.7), strict=True)])
        found["full"].append(cox(data, whole, ["x", "b"]).coefficient.tolist())
    return {name: np.array(values) for name, values in found.items()}


def test_recovery_where_the_complete_cases_are_biased() -> None:
    found = _repeats(40, 250, ImputationOptions(imputations=5, iterations=4))
    bias = {name: np.abs(found[name].mean(axis=0) - found["full"].mean(axis=0)) for name in ("imputed", "complete")}
    assert (bias["imputed"] < 0.08).all(), bias
    assert bias["complete"][0] > 0.1, bias  # leaving rows out by their outcome moves the effect
    assert found["covered"].mean() > 0.85


@pytest.mark.long
def test_coverage_of_pooled_intervals() -> None:
    found = _repeats(600, 250, ImputationOptions(imputations=10, iterations=5))
    share = found["covered"].mean(axis=0)
    assert ((share > 0.925) & (share < 0.98)).all(), share  # 0.95 ± 2.7 standard errors, and the interval may be a little wide
    assert (np.abs(found["imputed"].mean(axis=0) - [0.5, 0.7]) < 0.05).all()


def test_the_same_seed_gives_the_same_tables_and_another_does_not() -> None:
    options = ImputationOptions(imputations=2, iterations=2)
    first, again, other = (impute(_data(), _gaps(), seed=seed, options=options) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.completed, again.completed)
    assert (first.completed != other.completed).any()
    assert first.tables()[0].equals(again.table(0))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["predictive mean matching", "normal"]))
def test_what_was_seen_stays_and_what_is_drawn_was_seen_somewhere(seed: int, numbers: str) -> None:
    given_table = _gaps()
    found = impute(_data(), given_table, seed=seed, options=ImputationOptions(imputations=2, iterations=2, numbers=numbers))  # type: ignore[arg-type]
    for table in found.tables():
        assert sum(table.null_count().row(0)) == 0
        for name in given_table.columns:
            before, after = given_table[name], table[name]
            known = before.is_not_null()
            assert (before.filter(known) == after.filter(known)).all()
            if numbers != "normal" or name != "x1":
                assert set(after.to_list()) <= set(before.drop_nulls().to_list())


def test_nearest_takes_each_of_equal_donors() -> None:
    random = np.random.default_rng(4)
    taken = nearest(np.array([1.0] * 20 + [5.0]), np.full(4000, 1.0), 3, random)
    assert set(taken.tolist()) == set(range(20))
    assert np.bincount(taken, minlength=21)[:20].min() > 50
    close = nearest(np.arange(100.0), np.array([-5.0, 50.2, 300.0]), 2, random)
    assert close[0] in (0, 1) and close[1] in (50, 51) and close[2] in (98, 99)


def test_linear_draw_against_least_squares_and_its_posterior() -> None:
    random = np.random.default_rng(8)
    x = np.column_stack([np.ones(60), random.normal(size=60)])
    y = x @ [1.0, 2.0] + random.normal(size=60)
    exact, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    draws = np.array([linear_draw(x, y, random)[1] for _ in range(4000)])
    np.testing.assert_allclose(linear_draw(x, y, random)[0], exact, rtol=1e-3)
    # posterior of a coefficient: t with 58 degrees, scale² = s² (X'X)⁻¹, variance 58/56 of it
    variance = rest[0] / 58 * np.diag(np.linalg.inv(x.T @ x)) * 58 / 56
    np.testing.assert_allclose(draws.var(axis=0), variance, rtol=0.1)


def test_multinomial_against_its_closed_form() -> None:
    """With one group indicator the fitted shares are the observed ones."""
    group = np.repeat([0, 1], [10, 20])
    category = np.array([0] * 5 + [1] * 3 + [2] * 2 + [0] * 4 + [1] * 6 + [2] * 10)
    fit = multinomial(np.column_stack([np.ones(30), group]), category, categories=3)
    np.testing.assert_allclose(fit.coefficient[:, 0], np.log([3 / 5, 2 / 5]), rtol=1e-8)
    np.testing.assert_allclose(fit.coefficient.sum(axis=1), np.log([6 / 4, 10 / 4]), rtol=1e-8)
    np.testing.assert_allclose(fit.scores.sum(axis=0), 0, atol=1e-7)
    assert fit.variance[0, 0] == pytest.approx(1 / 5 + 1 / 3, rel=1e-6)


def test_what_was_imputed_is_described() -> None:
    found = impute(_data(), _gaps(), seed=1, options=ImputationOptions(imputations=4, iterations=8))
    by_name = {one["name"]: one for one in diagnostics(found)}
    assert by_name["x1"]["missing"] == _gaps()["x1"].null_count() and 55 < by_name["x1"]["imputed"]["mean"] < 68
    assert by_name["x2"]["method"] == "logistic regression" and sum(by_name["x2"]["imputed"].values()) == pytest.approx(1)
    assert by_name["level"]["method"] == "multinomial regression" and set(by_name["level"]["observed"]) == {"a", "b", "c"}
    assert 0.8 < by_name["x1"]["scale_reduction"] < 1.5


def test_scale_reduction_of_mixed_and_stuck_chains() -> None:
    random = np.random.default_rng(2)
    mixed, stuck = random.normal(size=(20, 40)), random.normal(size=(20, 40)) + 5 * np.arange(20)[:, None]
    assert scale_reduction(mixed) == pytest.approx(1, abs=0.03) and (scale_reduction(stuck) or 0) > 5
    assert scale_reduction(mixed[:, :4]) is None


def test_imputations_needed_for_rows_with_gaps() -> None:
    assert imputations_needed(0.05) == 20 and imputations_needed(0.3) == 30


@pytest.mark.parametrize(
    ("options", "said"),
    [({"imputations": 1}, "1 imputations"), ({"iterations": 0}, "0 iterations"), ({"numbers": "mean"}, "drawn by 'mean'")],
)
def test_options_that_cannot_be_are_refused(options: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        impute(_data(), _gaps(), seed=1, options=ImputationOptions(**options))


def test_rows_names_and_covariates_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="1 rows of covariates"):
        impute(_data(), _gaps()[:1], seed=1)
    with pytest.raises(BadInput, match="1 covariates that the table lacks"):
        imputed_cox(_data(), _gaps(), seed=1, names=["age"])
    with pytest.raises(MissingFact, match="no covariate can be used"):
        imputed_cox(_data(), pl.DataFrame({"x": [1.0] * 300}), seed=1)
    for wrong in ([1.0], [1.0, float("nan")], [1.0, 2.0]):
        with pytest.raises(BadInput):
            pool(wrong, [1.0, 0.0])
    with pytest.raises(BadInput, match="degrees of freedom"):
        pool([1.0, 2.0], [1.0, 1.0], complete_degrees=0)
    with pytest.raises(BadInput, match="no inverse"):
        pooled_test(np.ones((2, 2)), np.ones((2, 2, 2)))


def test_columns_that_say_nothing_are_left_out_by_name() -> None:
    words = [f"w{number}" for number in range(30)]
    table = pl.DataFrame({"none": [None] * 30, "same": [1.0] * 29 + [None], "words": words, "few": [1.0, 2.0, 3.0] + [None] * 27})
    columns, findings = columns_of(table, table.columns)
    assert not columns and [finding.text.split(" ")[0] for finding in findings] == ["none", "same", "words", "few"]


def test_no_gap_is_no_imputation_and_both_models_are_one() -> None:
    found = imputed_cox(_data(), _table().select("x1", "x2"), seed=1)
    assert found.value["imputations"] == 0 and any(finding.code == "nothing-missing" for finding in found.findings)
    for term in found.value["terms"]:
        assert term["imputed"] == term["complete_cases"]


def test_ill_posed_requests_are_answered_in_findings() -> None:
    """Perfect prediction inside the imputation, no events, nearly everything missing, more terms than events."""
    random = np.random.default_rng(6)
    size = 60
    data = survival_data(random.exponential(10, size), np.zeros(size, int))
    x = np.where(random.random(size) < 0.6, np.nan, random.normal(size=size))
    twin = np.where(np.isnan(x), np.nan, x > 0).tolist()
    table = pl.DataFrame({"x": x, "twin": twin}).fill_nan(None)
    found = imputed_cox(data, table, seed=1, options=ImputationOptions(imputations=3, iterations=2))
    codes = {finding.code for finding in found.findings}
    assert {"no-events", "much-missing", "imputation-without-estimate"} <= codes
    assert all(value is None for term in found.value["terms"] for value in term["imputed"].values())
    clustered = survival_data(random.exponential(10, size), np.ones(size, int), cluster=np.arange(size) // 2)
    again = imputed_cox(clustered, table, seed=1, options=ImputationOptions(imputations=3, iterations=2))
    assert "imputation-ignores-clusters" in {finding.code for finding in again.findings}
    empty = pl.DataFrame({"x": [1.0, None] * 30, "y": [None, 2.0] * 30}).with_columns(
        pl.col("x", "y") + pl.Series(random.random(size))
    )
    nobody = imputed_cox(clustered, empty, seed=1, options=ImputationOptions(imputations=3, iterations=2))
    assert "no-complete-cases" in {finding.code for finding in nobody.findings}


def test_every_cause_and_stratum_is_in_the_imputation_model() -> None:
    """Cause 2 at time 2 of four, by hand: 1/3; and by stratum each has its own hazard."""
    found = outcome_predictors(survival_data([1, 2, 3, 4], [1, 2, 1, 0]))
    np.testing.assert_allclose(found[:, 0], [1, 0, 1, 0])
    np.testing.assert_allclose(found[:, 1], [1 / 4, 1 / 4, 3 / 4, 3 / 4])
    np.testing.assert_allclose(found[:, 3], [0, 1 / 3, 1 / 3, 1 / 3])
    apart = outcome_predictors(survival_data([1, 2, 3, 4], [1, 1, 1, 0], stratum=["u", "u", "v", "v"]))
    np.testing.assert_allclose(apart, [[0, 1, 1 / 2], [0, 1, 3 / 2], [1, 1, 1 / 2], [1, 0, 1 / 2]])


def test_cause_specific_model_without_gaps_against_cox() -> None:
    table = _table()
    cause = (table["event"] * (1 + table["id"] % 2)).to_numpy()
    found = imputed_cox(survival_data(table["time"], cause), table.select("x1", "x2"), seed=1, cause=2)
    plain = cox(survival_data(table["time"], cause == 2), table.select("x1", "x2").to_numpy().astype(float), ["x1", "x2"])
    assert [term["imputed"]["coefficient"] for term in found.value["terms"]] == pytest.approx(plain.coefficient.tolist())
    assert found.value["of"].startswith("cause 2")


def test_the_first_word_of_an_enum_is_the_reference_and_numbers_in_it_are_words() -> None:
    grades = pl.Series("grade", ["2", "2", "2", "1", "3", None] * 4, dtype=pl.Enum(["3", "1", "2", "4"]))
    (column,), findings = columns_of(pl.DataFrame([grades]), ["grade"])
    assert column.levels == ("3", "1", "2") and column.kind == "levels" and findings == []
    assert {term.reference for term in column.terms()} == {"3"}
    (stated,), _ = columns_of(pl.DataFrame([grades.cast(pl.String)]), ["grade"])
    assert stated.kind == "number"
