"""Patients like this one: distance against R's daisy, outcomes against the plain estimators, and nothing of a cell of few."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from r_numbers import HERE, frozen

from glisson.errors import BadInput
from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.like_this import Match, patients_like_this
from glisson.learn.cohort.like_this_distance import compared, gower
from glisson.learn.cohort.reading import survival_at, survival_quantile
from glisson.learn.cohort.table import SurvivalData, rows, survival_data

TIMES = (6.0, 12.0, 24.0, 36.0)


def _table() -> pl.DataFrame:
    return pl.read_csv(HERE / "cohort_small.csv").rename({"x1_gaps": "age", "x2_gaps": "node", "level_gaps": "group"})


def _cohort() -> pl.DataFrame:
    return _table().select("age", pl.col("node").cast(pl.String), "group", pl.col("entry").cast(pl.Float64))


def _data() -> SurvivalData:
    table = _table()
    return survival_data(table["time"], table["event"])


@pytest.mark.parametrize("row", [3, 8])
def test_distance_against_r_daisy(row: int) -> None:
    cohort = _cohort()
    case = cohort.row(row - 1, named=True)
    variables = [compared(cohort[name], value) for name, value in case.items() if value is not None]
    expected = frozen("like_this_r")[f"gower.{row}", "distance"]
    np.testing.assert_allclose(gower(variables, least_shared_fraction=0.0), expected, rtol=1e-12, atol=1e-12)
    some = gower(variables, least_shared_fraction=1.0)
    incomplete = np.any([~variable.known for variable in variables], axis=0)
    assert incomplete.any() and (np.isnan(some) == incomplete).all()


def test_lists_of_words_by_the_share_that_only_one_has() -> None:
    column = pl.Series("sites", [["lung"], ["lung", "nodes"], [], None])
    np.testing.assert_array_equal(compared(column, ["nodes", "lung"]).distance, [0.5, 0.0, 1.0, np.nan])
    assert compared(column, []).distance.tolist()[2] == 0.0


def test_outcomes_against_the_plain_estimators() -> None:
    cohort, data = _cohort(), _data()
    answers = [None if n % 11 == 0 else bool(n % 3 == 0) for n in range(300)]
    found = patients_like_this(
        cohort, data, {"age": 60, "node": "1"}, Match(exact=("node",), within={"age": 8}), times=TIMES, responses={"ORR": answers}
    ).value
    json.dumps(found, allow_nan=False)
    which = ((cohort["node"] == "1") & ((cohort["age"] - 60).abs() <= 8)).fill_null(value=False).to_numpy()
    assert found["matched"] == which.sum() > 40 and found["cohort"] == 300
    curve = kaplan_meier(rows(data, which))
    for ours, plain in zip(found["survival"]["at_times"], survival_at(curve, TIMES).to_dicts(), strict=True):
        if not ours["withheld"]:
            assert [ours[key] for key in ("survival", "low", "high")] == [plain[key] for key in ("survival", "low", "high")]
    assert not found["survival"]["at_times"][1]["withheld"]
    assert found["survival"]["median"]["time"] == pytest.approx(survival_quantile(curve).time, abs=0.05)
    yes, no = (sum(answers[row] is asked for row in np.flatnonzero(which)) for asked in (True, False))
    share = exact_proportion(count=yes, of=yes + no)
    assert (found["responses"][0]["low"], found["responses"][0]["high"]) == (
        pytest.approx(share.low, abs=0.005), pytest.approx(share.high, abs=0.005),
    )  # fmt: skip


def test_nearest_are_the_nearest_and_ties_stay_together() -> None:
    cohort = pl.DataFrame({"x": [float(n // 2) for n in range(40)]})
    data = survival_data(np.arange(40) + 1.0, np.ones(40))
    found = patients_like_this(cohort, data, {"x": 0.0}, Match(alike=("x",), nearest=9), times=(30,)).value
    assert found["matched"] == 10 and found["distance"]["matched_mean"] < found["distance"]["others_mean"]
    alike = found["alike"][0]
    assert alike["mean"] == 2.0 and alike["case"] == 0.0 and alike["standardised_difference"] > 1


def test_the_case_itself_is_no_patient_like_it() -> None:
    cohort = pl.DataFrame({"x": ["a"] * 6 + ["b"] * 20})
    data = survival_data(np.arange(26) + 1.0, np.ones(26))
    match = Match(exact=("x",))
    assert patients_like_this(cohort, data, {"x": "a"}, match, times=(1,)).value["matched"] == 6
    assert patients_like_this(cohort, data, {"x": "a"}, match, times=(1,), own_row=0).value["matched"] == 5
    fewer = patients_like_this(cohort, data, {"x": "a"}, Match(exact=("x",), minimum=6), times=(1,), own_row=0)
    assert "suppressed" in fewer.value


def test_confounding_is_always_said() -> None:
    for case in ({"x": "a"}, {"x": "b"}, {}):
        found = patients_like_this(
            pl.DataFrame({"x": ["a"] * 30}),
            survival_data(np.arange(30) + 1.0, np.ones(30)),
            case,
            Match(exact=("x",)),
            times=(5,),
        )
        assert found.findings[0].code == "confounding-by-indication"


@pytest.mark.parametrize(("same", "said"), [(4, "fewer than 5 patients are like"), (27, "fewer than 5 patients are left out")])
def test_few_matched_or_few_left_out_show_nothing(same: int, said: str) -> None:
    cohort = pl.DataFrame({"x": ["a"] * same + ["b"] * (30 - same)})
    found = patients_like_this(
        cohort,
        survival_data(np.arange(30) + 1.0, np.ones(30)),
        {"x": "a"},
        Match(exact=("x",)),
        times=(5,),
        responses={"r": [True] * 30},
    )
    assert said in found.value["suppressed"] and "suppressed" in {finding.code for finding in found.findings}
    assert not {"matched", "cohort", "survival", "responses", "alike", "distance"} & set(found.value)


def test_all_matched_is_the_whole_cohort() -> None:
    cohort = pl.DataFrame({"x": ["a"] * 30})
    found = patients_like_this(
        cohort, survival_data(np.arange(30) + 1.0, np.ones(30)), {"x": "a"}, Match(exact=("x",)), times=(8,)
    )
    assert found.value["matched"] == 30 and "all-matched" in {finding.code for finding in found.findings}
    assert found.value["survival"]["events"] == 30


def test_nobody_dead_has_an_interval_all_the_same() -> None:
    cohort = pl.DataFrame({"x": ["a"] * 10 + ["b"] * 10})
    data = survival_data(np.full(20, 24.0), np.r_[np.zeros(10), np.ones(10)])
    row = patients_like_this(cohort, data, {"x": "a"}, Match(exact=("x",)), times=(12,)).value["survival"]["at_times"][0]
    assert row["survival"] == 1.0 and row["low"] == pytest.approx(0.025 ** (1 / 10))


def test_a_case_without_values_is_said_and_not_guessed() -> None:
    cohort, data = _cohort(), _data()
    match = Match(exact=("group",), within={"age": 10}, alike=("node", "entry"), nearest=40)
    found = patients_like_this(cohort, data, {"group": "a", "age": None, "entry": 2}, match, times=TIMES)
    assert found.value["not_matched_on"] == ["age", "node"]
    assert sum(finding.code == "case-lacks" for finding in found.findings) == 2
    same = patients_like_this(
        cohort, data, {"group": "a", "entry": 2}, Match(exact=("group",), alike=("entry",), nearest=40), times=TIMES
    )
    assert found.value["survival"] == same.value["survival"]
    nothing = patients_like_this(cohort, data, {}, match, times=TIMES)
    assert "none of the variables" in nothing.value["cannot_say"] and "survival" not in nothing.value


def test_a_case_outside_the_cohort_is_said() -> None:
    found = patients_like_this(_cohort(), _data(), {"age": 120}, Match(alike=("age",), nearest=20), times=TIMES)
    assert "case-outside-cohort" in {finding.code for finding in found.findings}


def _few(count: int, minimum: int) -> bool:
    return 0 < count < minimum


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.floats(0.02, 0.6), st.integers(12, 60))
def test_nothing_shown_gives_a_cell_of_few(seed: int, minimum: int, rate: float, size: int) -> None:
    """An intruder who knows the cohort's own tables subtracts: every count behind a figure, and what is left, is none or enough."""
    random = np.random.default_rng(seed)
    x = np.array(["a", "b"])[random.integers(0, 2, size)]
    time, event = random.integers(1, 30, size).astype(float), random.random(size) < rate * 2
    answers = [None if random.random() < 0.1 else bool(random.random() < rate) for _ in range(size)]
    age = random.normal(60, 9, size)
    found = patients_like_this(
        pl.DataFrame({"x": x, "age": age}), survival_data(time, event), {"x": "a", "age": 60.0},
        Match(exact=("x",), alike=("age",), minimum=minimum), times=(5, 10, 15, 20), responses={"r": answers},
    ).value  # fmt: skip
    own = x == "a"
    if "suppressed" in found:
        assert _few(own.sum(), minimum) or _few(size - own.sum(), minimum) or own.sum() == 0
        return
    survival = found["survival"]
    seen = 0
    for row in survival["at_times"]:
        if row["survival"] is None:
            continue
        died = [(event & who & (time <= row["time"])).sum() for who in (own, ~own)]
        assert not any(_few(count, minimum) for count in (*died, died[0] - seen)) and row["at_risk"] >= minimum
        seen = died[0]
    if survival["events"] is not None:
        rest = (event & ~own).sum()
        assert not any(
            _few(count, minimum)
            for count in (survival["events"], survival["events"] - seen, own.sum() - survival["events"], rest)
        )
    for end in ("time", "low", "high"):
        if survival["median"][end] is not None:
            assert (event & own & (time <= survival["median"][end] + 0.06)).sum() >= minimum
    response = found["responses"][0]
    if not response["withheld"]:
        cells = [sum(answers[row] is asked for row in np.flatnonzero(who)) for who in (own, ~own) for asked in (True, False)]
        assert not any(_few(count, minimum) for count in cells)


@pytest.mark.parametrize(
    ("match", "said"),
    [
        (Match(exact=("blood",)), "lacks: blood"),
        (Match(), "no variable to match on"),
        (Match(exact=("group",), minimum=1), "minimum of 1"),
        (Match(exact=("group",), nearest=5), "the 5 nearest"),
        (Match(alike=("age",), nearest=0), "the 0 nearest"),
        (Match(within={"age": -1}), "caliper"),
        (Match(within={"age": float("inf")}), "caliper"),
        (Match(within={"group": 1}), "caliper for words: group"),
    ],
)
def test_matches_that_cannot_be_are_refused(match: Match, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        patients_like_this(_cohort(), _data(), {"age": 60}, match, times=TIMES)


def test_values_rows_and_times_that_do_not_fit_are_refused() -> None:
    cohort, data, match = _cohort(), _data(), Match(exact=("age",))
    for wrong, said in ((True, "no finite number"), ("60", "no finite number"), (float("nan"), "no finite number")):
        with pytest.raises(BadInput, match=said):
            patients_like_this(cohort, data, {"age": wrong}, match, times=TIMES)
    with pytest.raises(BadInput, match="several values"):
        patients_like_this(cohort, data, {"group": ["a", "b"]}, Match(exact=("group",)), times=TIMES)
    with pytest.raises(BadInput, match="one value of sites"):
        compared(pl.Series("sites", [["a"]]), "a")
    with pytest.raises(BadInput, match="299 patients"):
        patients_like_this(cohort[:299], data, {"age": 60}, match, times=TIMES)
    with pytest.raises(BadInput, match="without weights"):
        patients_like_this(cohort, survival_data(data.time, data.event, weight=np.ones(300)), {"age": 60}, match, times=TIMES)
    with pytest.raises(BadInput, match="ascending"):
        patients_like_this(cohort, data, {"age": 60}, match, times=(12, 6))
    with pytest.raises(BadInput, match="2 answers of r"):
        patients_like_this(cohort, data, {"age": 60}, match, times=TIMES, responses={"r": [True, False]})
