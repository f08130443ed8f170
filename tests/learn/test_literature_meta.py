"""Meta-analysis against metafor's numbers, frozen in tests/reference/r (literature_meta.R), and by hand."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from r_numbers import HERE, frozen

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.effects import (
    effects,
    medians_with_events,
    medians_with_intervals,
    peto,
    ratios_with_intervals,
    two_by_two,
)
from glisson.learn.literature.mixed_logit import mixed_logit
from glisson.learn.literature.pool import pool, prediction_interval
from glisson.learn.literature.proportions import back, proportions
from glisson.learn.literature.sensitivity import cumulative, forest_table, leave_one_out
from glisson.learn.literature.small_study import egger, funnel_table, trim_and_fill

R = frozen("literature_meta_r")
CLOSE = 1e-7


def columns(name):
    with Path(HERE / f"literature_{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def bcg(measure):
    d = columns("bcg")
    return two_by_two(
        events=d["tpos"], of=d["tpos"] + d["tneg"], control_events=d["cpos"], control_of=d["cpos"] + d["cneg"], measure=measure
    )


def studies(name):
    """The effects of a data set as metafor was given them."""
    kind, _, how = name.partition(".")
    d = columns(kind)
    if kind == "bcg":
        return bcg({"RR": "risk ratio", "OR": "odds ratio", "RD": "risk difference"}[how])
    if kind == "magnesium":
        return two_by_two(events=d["ai"], of=d["n1i"], control_events=d["ci"], control_of=d["n2i"])
    if kind == "pignon":
        return peto(observed_minus_expected=d["OmE"], variance=d["V"])
    if kind == "hackshaw":
        return effects(d["yi"], d["vi"], scale="log")
    transform = {"PLO": "logit", "PAS": "arcsine", "PFT": "double arcsine", "PR": "raw"}[how]
    return proportions(count=d["xi"], of=d["ni"], transform=transform)


SETS = ["bcg.RR", "bcg.OR", "hackshaw", "magnesium", "pignon", "pritz.PLO", "pritz.PAS", "pritz.PFT", "pritz.PR"]


def same(found, name, item, **how):
    np.testing.assert_allclose(found, R[name, item], rtol=how.get("rtol", CLOSE), atol=how.get("atol", 1e-10))


def same_fit(found, name):
    same(found.estimate, name, "b")
    same(found.standard_error, name, "se")
    same(found.statistic, name, "stat")
    same(found.p_value, name, "p", rtol=1e-6, atol=1e-14)
    same(np.concatenate([found.low, found.high]), name, "ci")
    h = found.heterogeneity
    same([h.q, h.q_p], name, "Q", atol=1e-25)
    same(h.tau2, name, "tau2")
    if h.tau2_error is not None:
        same(h.tau2_error, name, "se.tau2", rtol=1e-6)
    same(100 * h.i2_fraction, name, "I2", rtol=1e-6)
    same(h.h2, name, "H2", rtol=1e-6)
    if found.moderators_p is not None:
        same([found.moderators_statistic, found.moderators_p], name, "QM", rtol=1e-6)
        if ((name, "R2")) in R and h.r2_fraction is not None:
            same(100 * h.r2_fraction, name, "R2", rtol=1e-5)


def test_bcg_against_the_printed_digits():
    found = pool(bcg("risk ratio"), method="REML")
    printed = [f"{found.estimate[0]:.4f}", f"{found.standard_error[0]:.4f}", f"{found.heterogeneity.tau2:.4f}"]
    assert printed == ["-0.7145", "0.1798", "0.3132"]


@pytest.mark.parametrize("name", [one for one in SETS if one not in ("hackshaw", "pignon")] + ["bcg.RD"])
def test_effect_sizes_against_metafor(name):
    found = studies(name)
    frozen_name = name if (name, "yi") in R else name.split(".")[0]
    same(found.estimate, frozen_name, "yi")
    same(found.variance, frozen_name, "vi")


@pytest.mark.parametrize("method", ["fixed", "DL", "REML", "ML", "PM"])
@pytest.mark.parametrize("name", SETS)
def test_pooled_against_metafor(name, method):
    same_fit(pool(studies(name), method=method), f"{name}.{'EE' if method == 'fixed' else method}")


@pytest.mark.parametrize("method", ["DL", "REML", "PM"])
@pytest.mark.parametrize("name", SETS)
def test_hartung_knapp_against_metafor(name, method):
    found = pool(studies(name), method=method, test="Hartung-Knapp")
    same_fit(found, f"{name}.{method}.hk")
    same(prediction_interval(found, free="as the test"), f"{name}.{method}.hk", "pi")


@pytest.mark.parametrize("name", SETS)
def test_q_profile_and_prediction_against_metafor(name):
    found = pool(studies(name), method="REML")
    h = found.heterogeneity
    pairs = np.array([h.tau2_interval, 100 * np.array(h.i2_interval), h.h2_interval])
    same(pairs.T.ravel(), f"{name}.REML", "qprofile", rtol=1e-6, atol=1e-8)
    same(prediction_interval(found, free="as the test"), f"{name}.REML", "pi")


@pytest.mark.parametrize("name", SETS)
def test_egger_against_metafor(name):
    found = pool(studies(name), method="REML")
    for model, frozen_model in (("classic", "lm"), ("mixed", "rma")):
        seen = egger(found, model=model)
        same([seen.statistic, seen.p_value, seen.limit], f"{name}.egger.{frozen_model}", "all", rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", SETS)
def test_trim_and_fill_against_metafor(name, side, estimator):
    found = trim_and_fill(pool(studies(name), method="REML"), side=side, estimator=estimator)
    seen = [found.missing, found.pooled.estimate[0], found.pooled.standard_error[0], found.pooled.heterogeneity.tau2]
    same(seen, f"{name}.trimfill.{side}.{estimator}", "all", rtol=1e-4)  # metafor mirrors in a centre iterated to 1e-5
    assert funnel_table(found.pooled, None).height == len(studies(name)) + found.missing


@pytest.mark.parametrize("name", SETS)
def test_leave_one_out_and_cumulative_against_metafor(name):
    found = pool(studies(name), method="REML")
    for table, frozen_name in ((leave_one_out(found), "leave1out"), (cumulative(found), "cumul")):
        same(table["estimate"], f"{name}.{frozen_name}", "estimate", rtol=1e-6)
        same(table["standard_error"], f"{name}.{frozen_name}", "se", rtol=1e-6)
        same(table["tau2"], f"{name}.{frozen_name}", "tau2", rtol=1e-6, atol=1e-8)


def test_meta_regression_against_metafor():
    d = columns("bcg")
    one, two = {"latitude": d["ablat"]}, {"latitude": d["ablat"], "year": d["year"]}
    same_fit(pool(bcg("risk ratio"), moderators=one), "bcg.ablat")
    same_fit(pool(bcg("risk ratio"), moderators=one, test="Hartung-Knapp"), "bcg.ablat.hk")
    same_fit(pool(bcg("risk ratio"), moderators=two), "bcg.ablat.year")
    same_fit(pool(bcg("risk ratio"), moderators=two, method="DL"), "bcg.ablat.year.DL")


@pytest.mark.parametrize("name", ["pritz", "debruin"])
def test_mixed_logit_against_brute_force_integration(name):
    d = columns(name)
    found = mixed_logit(count=d["xi"], of=d["ni"])
    seen = [found.logit, found.standard_error, found.tau2, found.log_likelihood]
    np.testing.assert_allclose(seen, R[f"{name}.GLMM", "all"], rtol=2e-5)
    assert found.heterogeneity_p < 0.001


def test_mixed_logit_without_differences_against_the_binomial():
    found = mixed_logit(count=[2, 4, 8], of=[10, 20, 40])
    assert found.tau2 == 0
    assert found.share == pytest.approx(0.2)
    assert found.standard_error == pytest.approx(np.sqrt(1 / 14 + 1 / 56))
    assert found.heterogeneity_p == 1


def test_double_arcsine_back_against_metafor():
    found = pool(studies("pritz.PFT"))
    e = found.effects
    seen = back([found.estimate[0], found.low[0], found.high[0]], scale=e.scale, sizes=e.sizes)
    same(seen, "pritz.PFT", "back")
    assert any("mislead" in note for note in e.notes)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(30, 60)), min_size=1, max_size=6))
def test_shares_come_back(counts):
    count, of = (np.array(column, dtype=float) for column in zip(*counts, strict=True))
    for transform in ("arcsine", "double arcsine", "raw"):
        e = proportions(count=count, of=of, transform=transform)
        for i in range(len(count)):
            seen = back(e.estimate[i], scale=e.scale, sizes=of[i : i + 1])
            half = 0.5 * (count[i] in (0, of[i])) if transform == "raw" else 0
            assert seen == pytest.approx((count[i] + half) / (of[i] + 2 * half), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 1)), min_size=3, max_size=12), st.floats(-3, 3))
def test_pooling_moves_with_its_studies(rows, shift):
    y, v = (np.array(column) for column in zip(*rows, strict=True))
    for method in ("fixed", "DL", "PM"):
        a, b = pool(effects(y, v), method=method), pool(effects(y + shift, v), method=method)
        assert b.estimate[0] == pytest.approx(a.estimate[0] + shift, abs=1e-8)
        assert y.min() - 1e-9 <= a.estimate[0] <= y.max() + 1e-9
        assert a.weight_fraction.sum() == pytest.approx(1)


def test_never_narrower_than_normal():
    alike = effects([1.0, 1.001, 0.999], [0.1, 0.1, 0.1])
    normal, plain, safe = (
        pool(alike, method="DL", test=test) for test in ("normal", "Hartung-Knapp", "Hartung-Knapp, never narrower")
    )
    assert plain.standard_error[0] < normal.standard_error[0] == safe.standard_error[0]


def test_prediction_interval_with_k_minus_2_by_hand():
    found = pool(bcg("risk ratio"))
    half = 2.2009851600829493 * np.hypot(found.standard_error[0], np.sqrt(found.heterogeneity.tau2))  # t of 11 at 0.975
    assert prediction_interval(found) == pytest.approx((found.estimate[0] - half, found.estimate[0] + half))
    assert prediction_interval(pool(bcg("risk ratio"), method="fixed")) is None


def test_printed_intervals_give_back_themselves():
    found = ratios_with_intervals(ratio=[0.69, 0.59], low=[0.54, 0.46], high=[0.88, 0.77])
    table = forest_table(pool(found, method="fixed"))
    assert table["low"][0] == pytest.approx(0.54, abs=0.006)
    assert table["high"][1] == pytest.approx(0.77, abs=0.01)
    assert table["study"][-1] == "mean"


def test_a_ratio_beside_the_middle_of_its_interval_is_named():
    found = ratios_with_intervals(ratio=[0.56, 0.69], low=[0.54, 0.54], high=[0.88, 0.88], labels=["typo", "right"])
    assert len(found.notes) == 1
    assert found.notes[0].startswith("typo")


def test_medians_on_the_log_scale():
    found = medians_with_intervals(median=[9.8], low=[8.3], high=[12.9])
    assert found.measure == "log median time"
    assert float(np.exp(found.estimate[0])) == pytest.approx(9.8)
    assert any("exponential" in note for note in medians_with_events(median=[10.0], events=[20]).notes)


def test_studies_without_events_are_left_out_and_named():
    found = two_by_two(events=[0, 3], of=[10, 10], control_events=[0, 1], control_of=[10, 10], labels=["silent", "heard"])
    assert found.labels == ("heard",)
    assert "silent" in found.notes[0]
    kept = two_by_two(events=[0], of=[10], control_events=[2], control_of=[10])
    assert kept.estimate[0] == pytest.approx(np.log((0.5 * 8.5) / (10.5 * 2.5)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: effects([], []), "no study"),
        (lambda: effects([1.0], [0.0]), "variance of 0"),
        (lambda: effects([np.nan], [1.0]), "study 1"),
        (lambda: effects([1.0, 2.0], [1.0]), "different lengths"),
        (lambda: ratios_with_intervals(ratio=[0.5], low=[0.6], high=[0.9]), "in its interval"),
        (lambda: two_by_two(events=[5], of=[4], control_events=[1], control_of=[4]), "more events than patients"),
        (lambda: two_by_two(events=[1], of=[4], control_events=[1], control_of=[4], measure="NNT"), "NNT"),
        (lambda: proportions(count=[5], of=[4]), "outside 0"),
        (lambda: proportions(count=[1], of=[4], transform="probit"), "probit"),
        (lambda: peto(observed_minus_expected=[1.0], variance=[0.0]), "variance"),
        (lambda: pool(effects([1.0, 2.0], [1.0, 1.0]), method="SJ"), "SJ"),
        (lambda: pool(effects([1.0, 2.0], [1.0, 1.0]), test="t"), "'t'"),
        (lambda: pool(effects([1.0, 2.0], [1.0, 1.0]), confidence_fraction=95), "confidence"),
        (lambda: pool(effects([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]), moderators={"dose": [1.0, 2.0]}), "dose"),
        (lambda: cumulative(pool(effects([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])), order=[1.0]), "order"),
        (lambda: mixed_logit(count=[1.5, 2], of=[4, 4]), "count"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(BadInput, match=words):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: pool(effects([1.0], [1.0]), method="REML"),
        lambda: pool(effects([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]), moderators={"same": [2.0, 2.0, 2.0]}),
        lambda: egger(pool(effects([1.0, 2.0, 4.0], [1.0, 1.0, 1.0]))),
        lambda: trim_and_fill(pool(effects([1.0, 2.0], [1.0, 2.0]))),
        lambda: mixed_logit(count=[0, 0], of=[4, 4]),
        lambda: leave_one_out(pool(effects([1.0, 2.0], [1.0, 2.0]))),
    ],
)
def test_what_has_no_answer_is_said(call):
    with pytest.raises(OutOfScope):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: effects([1e200, 1.0], [1.0, 1.0]),
        lambda: effects([1.0, 1.0], [1e-300, 1.0]),
        lambda: effects([21.0], [1.0], scale="log"),
        lambda: ratios_with_intervals(ratio=[1e-300, 1.0], low=[1e-305, 0.9], high=[1e-290, 1.1]),
    ],
)
def test_what_is_beyond_all_measure_is_refused(call):
    with pytest.raises(BadInput, match="beyond all measure, study 1"):
        call()
