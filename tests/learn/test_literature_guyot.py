"""Guyot's reconstruction against the patients whose curve was drawn: pixels, noise and a risk table between the two."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.digitised import digitised
from glisson.learn.literature.guyot import reconstruct
from glisson.learn.literature.steps import people, product_limit

MONTHS = 36


def patients(seed, *, number=200, median=12.0, shape=1.0, last=MONTHS):
    """Weibull times with late entry to the study: administrative censoring between half of the time and all of it."""
    rng = np.random.default_rng(seed)
    time = median * (rng.exponential(size=number) / np.log(2)) ** (1 / shape)
    censoring = rng.uniform(0.4 * last, last, size=number)
    return people(np.minimum(time, censoring), (time <= censoring).astype(float))


def drawn(rows, seed, *, wide=500, high=350, noise=0.6, every=6, events=None):
    """Points read off a figure of ``wide`` by ``high`` pixels, each off by ``noise`` pixels (standard deviation)."""
    rng = np.random.default_rng(seed)
    curve = product_limit(rows)
    time = np.linspace(0, curve.end, wide)[1:]
    pixels = np.round(curve.at(time) * high + rng.normal(0, noise, size=len(time)))
    table = np.arange(0, curve.end, every)
    risk = [(rows.time >= t).sum() for t in table]
    return digitised(time=time, survival=np.clip(pixels / high, 0, 1), risk_time=table, at_risk=risk, events=events)


def hazard_ratio(a, b):
    pandas = pytest.importorskip("pandas")
    from lifelines import CoxPHFitter

    frame = pandas.DataFrame(
        {
            "t": np.concatenate([a.time, b.time]),
            "e": np.concatenate([a.event, b.event]),
            "g": np.repeat([0.0, 1.0], [len(a), len(b)]),
        }
    )
    frame["t"] = frame["t"].clip(lower=1e-6)
    return float(np.exp(CoxPHFitter().fit(frame, "t", "e").params_["g"]))


@pytest.mark.parametrize("shape", [0.8, 1.0, 1.5])
def test_medians_within_2_percent_of_the_patients_drawn(shape):
    off = []
    for seed in range(20):
        rows = patients(seed, number=300, shape=shape)
        found = reconstruct(drawn(rows, seed))
        off.append(found.curve.median() / product_limit(rows).median() - 1)
        assert found.median_read == pytest.approx(found.curve.median(), rel=0.06)
        assert found.typical < 0.012
        assert len(found.people) == len(rows)
        assert found.people.events == pytest.approx(rows.events, rel=0.03)
    assert np.abs(off).max() < 0.02
    assert abs(np.mean(off)) < 0.008


def test_medians_of_smaller_arms_are_within_one_event():
    """With 120 patients the curve stays at one level for weeks, and a pixel at one half decides which event is the median."""
    for seed in range(20):
        rows = patients(seed, number=120)
        found, truth = reconstruct(drawn(rows, seed)), product_limit(rows)
        nearby = np.abs(truth.survival - 0.5) < 1.6 / 60
        assert truth.time[nearby].min() - 0.1 <= found.curve.median() <= truth.time[nearby].max() + 0.1


@pytest.mark.parametrize("seed", range(8))
def test_hazard_ratio_within_5_percent_of_the_patients_drawn(seed):
    control, arm = patients(seed, median=10.0), patients(seed + 100, median=15.0)
    read = [reconstruct(drawn(rows, seed + n)).people for n, rows in enumerate((control, arm))]
    assert hazard_ratio(*read) == pytest.approx(hazard_ratio(control, arm), rel=0.05)


def test_risk_table_is_met_and_shown():
    found = reconstruct(drawn(patients(3), 3))
    table = found.risk_table()
    assert table["difference"].abs().max() <= 2
    assert table["stated"][0] == 200
    assert found.table().height == 200
    assert found.table()["time"].is_sorted()


def test_printed_number_of_events_is_met():
    rows = patients(5)
    found = reconstruct(drawn(rows, 5, events=rows.events))
    assert found.people.events == pytest.approx(rows.events, abs=2)


def test_without_a_risk_table_after_time_0_the_assumption_is_said():
    rows = patients(6)
    points = drawn(rows, 6)
    alone = digitised(time=points.read_time, survival=points.read_survival, risk_time=[0], at_risk=[200])
    found = reconstruct(alone)
    assert any("nobody is taken to be censored" in note for note in found.notes)
    told = reconstruct(
        digitised(time=points.read_time, survival=points.read_survival, risk_time=[0], at_risk=[200], events=rows.events)
    )
    assert abs(told.people.events - rows.events) < abs(found.people.events - rows.events)
    assert told.curve.median() == pytest.approx(product_limit(rows).median(), rel=0.02)


def test_exact_curve_gives_back_its_patients():
    rows = people([2, 4, 4, 6, 8, 10, 11, 12], [1, 1, 1, 1, 1, 1, 1, 1])
    curve = product_limit(rows)
    read = digitised(time=curve.time, survival=curve.survival, risk_time=[0, 5, 9], at_risk=[8, 5, 3])
    found = reconstruct(read)
    assert sorted(found.people.time.tolist()) == [2, 4, 4, 6, 8, 10, 11, 12]
    assert found.people.events == 8
    assert found.furthest == pytest.approx(0, abs=1e-12)
    assert found.notes[0].startswith("reconstructed from a figure")


def test_a_misread_point_is_named():
    time = np.linspace(1, 20, 40)
    survival = np.exp(-time / 15)
    survival[25] += 0.2
    read = digitised(time=time, survival=survival, risk_time=[0, 10], at_risk=[100, 51])
    assert read.moved > 0.1
    assert any("rises" in note for note in read.notes)


def test_a_risk_table_that_belongs_to_another_curve_is_named():
    time = np.linspace(1, 20, 40)
    found = reconstruct(digitised(time=time, survival=np.exp(-time / 15), risk_time=[0, 10], at_risk=[100, 90]))
    assert max(abs(stated - seen) for _, stated, seen in found.risk) > 10
    assert any("differ" in note for note in found.notes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 150), st.floats(3, 30))
def test_nobody_is_lost_or_made(seed, number, median):
    rows = patients(seed, number=number, median=median)
    found = reconstruct(drawn(rows, seed, wide=200))
    assert len(found.people) == number
    assert (found.people.time <= rows.time.max() + 1e-9).all()
    assert (np.diff(found.curve.survival) < 0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"survival": [90.0, 80.0]}, "above 1"),
        ({"survival": [1.2, 0.8]}, "calibrate"),
        ({"survival": [0.9]}, "2 or more"),
        ({"time": [-1.0, 2.0]}, "before time 0"),
        ({"risk_time": [1.0]}, "ascend from 0"),
        ({"at_risk": [10.5]}, "whole numbers"),
        ({"risk_time": [0.0, 1.0], "at_risk": [10, 12]}, "rise"),
        ({"events": 11}, "11 events"),
    ],
)
def test_what_cannot_be_is_refused(change, words):
    good = {"time": [1.0, 2.0], "survival": [0.9, 0.8], "risk_time": [0.0], "at_risk": [10]}
    with pytest.raises(BadInput, match=words):
        digitised(**(good | change))


def test_a_curve_that_never_falls_is_refused():
    with pytest.raises(OutOfScope, match="never falls"):
        reconstruct(digitised(time=[1, 2], survival=[1.0, 1.0], risk_time=[0], at_risk=[10]))
