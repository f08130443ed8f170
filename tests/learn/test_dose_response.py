"""Dose-response: against R's glm and sandwich, closed forms, known truth, and what has no curve."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from r_numbers import HERE, frozen

from glisson.dose.response_models import logit_probability
from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.dose_response import curve_at, dose_response
from glisson.learn.cohort.dose_response_fit import DoseResponseFit, fit_dose_response
from glisson.learn.cohort.dose_survival import dose_survival
from glisson.learn.cohort.table import survival_data

R = "dose_response_r"


def _table() -> pl.DataFrame:
    table = pl.read_csv(HERE / "dose_small.csv")
    return table.select("patient", tumour_dose_Gy="dose_Gy", response=pl.col("response") == 1)


def _fit(*, by_patient: bool = True) -> DoseResponseFit:
    table = _table()
    patient = table["patient"].to_numpy() if by_patient else None
    return fit_dose_response(table["tumour_dose_Gy"].to_numpy(), table["response"].to_numpy(), patient=patient)


def test_curve_against_r_glm() -> None:
    r, fit = frozen(R), _fit(by_patient=False)
    assert fit.slope == pytest.approx(r["glm", "coef"][1], rel=1e-8)
    assert fit.intercept - fit.slope * np.log(fit.middle_Gy) == pytest.approx(r["glm", "coef"][0], rel=1e-8)
    assert fit.d50_Gy == pytest.approx(r["glm", "d50"][0], rel=1e-8)
    assert fit.gamma50 == pytest.approx(r["glm", "gamma50"][0], rel=1e-8)
    assert fit.variance[1, 1] == pytest.approx(r["glm", "var"][3], rel=1e-6)
    np.testing.assert_allclose(fit.log_likelihood, r["glm", "loglik"], rtol=1e-10)
    assert fit.robust is None and fit.d50_robust is None


def test_profile_intervals_against_r() -> None:
    r, fit = frozen(R), _fit()
    np.testing.assert_allclose([fit.d50_profile.low, fit.d50_profile.high], r["profile", "d50"], rtol=1e-6)
    np.testing.assert_allclose([fit.gamma50_profile.low, fit.gamma50_profile.high], r["profile", "gamma50"], rtol=1e-6)


def test_variance_by_patient_against_r_sandwich() -> None:
    r, fit = frozen(R), _fit()
    assert fit.robust is not None and fit.d50_robust is not None and fit.gamma50_robust is not None
    assert fit.robust[1, 1] == pytest.approx(r["cluster", "var"][3], rel=1e-6)
    np.testing.assert_allclose([fit.d50_robust.low, fit.d50_robust.high], r["cluster", "d50"], rtol=1e-6)
    np.testing.assert_allclose([fit.gamma50_robust.low, fit.gamma50_robust.high], r["cluster", "gamma50"], rtol=1e-6)
    found = curve_at(fit, np.array([60.0, 170.0, 400.0]))
    np.testing.assert_allclose(np.array(found), [r["curve", name] for name in ("p", "low", "high")], rtol=1e-6)


def test_section_against_r_and_the_curve_of_the_dose_package() -> None:
    r = frozen(R)
    found = dose_response(_table())
    one = found.value["groups"][0]
    json.dumps(found.value, allow_nan=False)
    assert one["bend_p"] == pytest.approx(r["bend", "p"][0], rel=1e-6)
    assert one["concordance"] == pytest.approx(r["auc", "auc"][0], rel=1e-12)
    assert one["d50_Gy"]["low"] == pytest.approx(r["cluster", "d50"][0], rel=1e-6)
    assert one["as_if_independent"]["d50_Gy"]["low"] == pytest.approx(r["profile", "d50"][0], rel=1e-6)
    for point in one["curve"]:
        expected = logit_probability(dose_Gy=point["dose_Gy"], d50_Gy=one["d50_Gy"]["value"], gamma50=one["gamma50"]["value"])
        assert point["probability"] == pytest.approx(expected, rel=1e-9) and point["low"] < point["probability"] < point["high"]
    assert one["curve"][0]["dose_Gy"] == pytest.approx(one["dose_Gy"]["low"])
    assert one["curve"][-1]["dose_Gy"] == pytest.approx(one["dose_Gy"]["high"])
    assert sum(group["tumours"] for group in one["calibration"]) == one["tumours"] == 135 and one["patients"] == 70
    expected = sum(group["expected"] * group["tumours"] for group in one["calibration"])
    assert expected == pytest.approx(one["responders"])  # the score equation of the intercept
    assert "dose-not-at-random" in {finding.code for finding in found.findings}


def _simulated(random: np.random.Generator, patients: int = 80) -> pl.DataFrame:
    """Two tumours a patient, D50 170 Gy and gamma50 0.6 over all; tumours of a patient alike (Gaussian copula, correlation 0.5)."""
    from scipy.special import ndtr

    dose = np.exp(random.normal(np.log(180), 0.6, size=(patients, 2)))
    noise = np.sqrt(0.5) * random.normal(size=(patients, 1)) + np.sqrt(0.5) * random.normal(size=(patients, 2))
    response = ndtr(noise) < 1 / (1 + (170 / dose) ** 2.4)
    return pl.DataFrame(
        {"patient": np.repeat(np.arange(patients), 2), "tumour_dose_Gy": dose.ravel(), "response": response.ravel()}
    )


def test_recovery_of_d50_and_slope() -> None:
    random = np.random.default_rng(50)
    found = [dose_response(_simulated(random)).value["groups"][0] for _ in range(150)]
    for name, truth in (("d50_Gy", 170.0), ("gamma50", 0.6)):
        assert np.median([one[name]["value"] for one in found]) == pytest.approx(truth, rel=0.05)
        ends = [(one[name]["low"], one[name]["high"]) for one in found]
        covered = np.mean([low is not None and high is not None and low <= truth <= high for low, high in ends])
        assert 0.89 <= covered <= 0.99, (name, covered)  # 95 %, ± 3.4 standard errors of 150


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 100))
def test_unit_of_the_dose_only_scales_d50(scale: float) -> None:
    table = _table()
    scaled = fit_dose_response(table["tumour_dose_Gy"].to_numpy() * scale, table["response"].to_numpy())
    fit = _fit(by_patient=False)
    assert scaled.d50_Gy == pytest.approx(fit.d50_Gy * scale, rel=1e-6) and scaled.gamma50 == pytest.approx(fit.gamma50, rel=1e-6)
    assert scaled.d50_profile.low == pytest.approx(fit.d50_profile.low * scale, rel=1e-6)


def test_microspheres_are_never_pooled() -> None:
    random = np.random.default_rng(4)
    glass, resin = _simulated(random), _simulated(random).with_columns(pl.col("tumour_dose_Gy") / 3, pl.col("patient") + 1000)
    both = pl.concat([glass.with_columns(product=pl.lit("glass")), resin.with_columns(product=pl.lit("resin"))])
    found = dose_response(both, group="product").value["groups"]
    assert [one["group"] for one in found] == ["glass", "resin"]
    assert found[0]["d50_Gy"] == dose_response(glass).value["groups"][0]["d50_Gy"]
    assert found[1]["d50_Gy"]["value"] < 100
    unknown = both.with_columns(product=pl.when(pl.col("patient") < 5).then(None).otherwise("product"))
    assert "unknown-group" in {finding.code for finding in dose_response(unknown, group="product").findings}


@pytest.mark.parametrize(
    ("doses", "answers", "why"),
    [
        ([100, 200, 300], [1, 1, 1], "all 3 tumours responded"),
        ([100, 200, 300], [0, 0, 0], "did not respond"),
        ([100, 100, 100], [0, 1, 0], "one dose"),
        ([100, 150, 200, 250], [0, 0, 1, 1], "separate"),
        ([100, 150, 200, 250], [1, 1, 0, 0], "separate"),
        ([100, 150, 150, 250], [0, 0, 1, 1], "separate"),
        ([], [], "no tumour"),
    ],
)
def test_no_information_cannot_say(doses: list, answers: list, why: str) -> None:
    table = pl.DataFrame(
        {"patient": range(len(doses)), "tumour_dose_Gy": doses, "response": [answer == 1 for answer in answers]},
        schema={"patient": pl.Int64, "tumour_dose_Gy": pl.Float64, "response": pl.Boolean},
    )
    one = dose_response(table).value["groups"][0]
    assert why in one["cannot_say"] and "d50_Gy" not in one


def test_a_response_that_falls_with_the_dose_has_no_d50() -> None:
    one = dose_response(_table().with_columns(~pl.col("response"))).value["groups"][0]
    assert "does not rise" in one["cannot_say"] and one["odds_ratio_per_doubling"]["ratio"] < 1 and "curve" not in one


def test_a_slope_that_is_not_shown_has_no_bounded_d50() -> None:
    table = pl.DataFrame(
        {"patient": range(20), "tumour_dose_Gy": np.linspace(80, 260, 20), "response": [bool(n % 2) for n in range(20)]}
    )
    found = dose_response(table)
    one = found.value["groups"][0]
    assert one["d50_Gy"]["low"] is None and one["d50_Gy"]["high"] is None and one["gamma50"]["low"] < 0 < one["gamma50"]["high"]
    assert "slope-not-shown" in {finding.code for finding in found.findings}
    twice = pl.concat([table, table])
    assert dose_response(twice).value["groups"][0]["d50_Gy"]["high"] is None  # Fieller says the same by patient


def test_warnings_of_few_answers_few_patients_and_extrapolation() -> None:
    random = np.random.default_rng(9)
    dose = np.exp(random.normal(np.log(60), 0.4, size=200))
    response = random.random(200) < 1 / (1 + (400 / dose) ** 1.6)
    table = pl.DataFrame({"patient": np.arange(200) // 20, "tumour_dose_Gy": dose, "response": response})
    codes = {finding.code for finding in dose_response(table).findings}
    assert {"few-patients", "d50-outside-doses"} <= codes
    few = _table().filter(pl.col("response") | (pl.int_range(pl.len()) % 9 == 0))
    assert "few-answers" in {finding.code for finding in dose_response(few).findings}


def test_tumours_without_dose_or_response_are_counted() -> None:
    table = _table().with_columns(
        tumour_dose_Gy=pl.when(pl.int_range(pl.len()) < 3).then(0.0).otherwise("tumour_dose_Gy"),
        response=pl.when(pl.int_range(pl.len()) > 130).then(None).otherwise("response"),
    )
    found = dose_response(table)
    one = found.value["groups"][0]
    assert one["set_aside"] == {"no_dose": 3, "no_answer": 4} and one["tumours"] == 128
    assert "7 of 135 tumours" in next(finding.text for finding in found.findings if finding.code == "tumours-set-aside")


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(BadInput, match="without the columns response"):
        dose_response(_table().drop("response"))
    with pytest.raises(BadInput, match="response of type"):
        dose_response(_table().with_columns(pl.col("response").cast(pl.Int64)))
    with pytest.raises(BadInput, match="not above 0"):
        fit_dose_response(np.array([0.0, 1.0]), np.array([True, False]))
    with pytest.raises(BadInput, match="2 doses for 1"):
        fit_dose_response(np.array([2.0, 1.0]), np.array([True]))
    with pytest.raises(BadInput, match="confidence"):
        fit_dose_response(np.array([2.0, 1.0]), np.array([True, False]), confidence_fraction=95)
    with pytest.raises(OutOfScope, match="one patient"):
        fit_dose_response(np.array([2.0, 1.0]), np.array([True, False]), patient=np.zeros(2, int))


def _followed(random: np.random.Generator, size: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    dose = np.exp(random.normal(np.log(150), 0.5, size))
    x = random.normal(size=size)
    time = random.exponential(1 / (0.05 * (dose / 150) ** -0.7 * np.exp(0.5 * x)))
    end = np.minimum(time, random.uniform(10, 50, size))
    return dose, x, end, time <= end


def test_dose_and_survival_against_cox_and_truth() -> None:
    dose, x, time, event = _followed(np.random.default_rng(12))
    data = survival_data(time, event)
    found = dose_survival(data, dose, adjusted_for=x[:, None], names=["x"])
    json.dumps(found.value, allow_nan=False)
    ten = cox(data, (dose / 10)[:, None], ["d"])
    assert found.value["per_10_Gy"]["alone"]["coefficient"] == pytest.approx(ten.coefficient[0], rel=1e-9)
    one = found.value["per_doubling"]["adjusted"]
    assert one["low"] < 2**-0.7 < one["high"] and one["ratio"] < 1
    assert (
        found.value["per_doubling"]["log_likelihood"] > found.value["per_10_Gy"]["log_likelihood"]
    )  # the truth is a power of dose


def test_dose_and_survival_sets_aside_and_cannot_say() -> None:
    dose, _, time, event = _followed(np.random.default_rng(12))
    dose[:4] = [np.nan, 0.0, -1.0, np.inf]
    found = dose_survival(survival_data(time, event), dose)
    assert found.value["no_dose"] == 4 and found.value["rows"] == 296
    assert "incomplete-rows" in {finding.code for finding in found.findings} and "adjusted" not in found.value["per_10_Gy"]
    data = survival_data(time, event)
    assert "one dose" in dose_survival(data, np.full(300, 80.0)).value["cannot_say"]
    assert "no event" in dose_survival(survival_data(time, np.zeros(300)), dose).value["cannot_say"]
    assert "no event" in dose_survival(data, np.full(300, np.nan)).value["cannot_say"]
    with pytest.raises(BadInput, match="2 doses"):
        dose_survival(data, np.ones(2))
