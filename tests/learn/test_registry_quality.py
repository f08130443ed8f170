"""Quality of life of a small registry against counting and scipy: completion, change with interval, better and worse."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from registry_tables import protocol, small
from scipy import stats

from glisson.errors import BadInput
from glisson.learn.cohort.registry.quality_table import quality_table, with_baseline


def value(**more: Any) -> dict[str, Any]:
    found = quality_table(small(), protocol(**more)).value
    json.dumps(found, allow_nan=False)
    return found


def visit(name: str = "QL", group: str = "all") -> dict[str, Any]:
    scale = next(one for one in value(quality_scales=["QL", "FA"])["scales"] if one["scale"] == name)
    return dict(scale["visits"][0]["groups"][group])


def test_completion_against_counting() -> None:
    rows = value()["completion"]
    assert [(row["visit"], row["expected"], row["received"], row["complete"]) for row in rows] == [
        ("baseline", 9, 5, 5),
        ("FU1", 8, 5, 0),
    ]
    assert value()["baseline"] == 5
    assert value()["baseline_and_later"] == 4


def test_change_against_scipy() -> None:
    change = np.array([25.0, 0.0, -10.0, -10.0])
    found = visit()
    low, high = stats.t.interval(0.95, 3, loc=change.mean(), scale=stats.sem(change))
    assert found["n"] == 4
    assert (found["change"]["mean"], found["change"]["low"], found["change"]["high"]) == pytest.approx((change.mean(), low, high))


def test_better_and_worse_by_the_threshold_and_the_direction_of_the_scale() -> None:
    assert [visit()[call]["count"] for call in ("improved", "stable", "worse")] == [1, 1, 2]
    assert [visit("FA")[call]["count"] for call in ("improved", "stable", "worse")] == [2, 1, 1]
    assert value()["threshold"]["points"] == 10


def test_groups_stand_side_by_side_and_one_value_has_no_interval() -> None:
    assert visit(group="a")["n"] == 4
    assert visit(group="b")["n"] == 0
    assert visit(group="b")["change"] == {"mean": None, "sd": None, "low": None, "high": None}
    one = small().quality.filter(pl.col("patient") == "p01")
    found = quality_table(replace(small(), quality=one), protocol()).value["scales"][0]["visits"][0]["groups"]["all"]
    assert (found["n"], found["change"]["mean"], found["change"]["low"]) == (1, 25.0, None)


def test_time_to_deterioration_against_hand() -> None:
    found = value()["scales"][0]["deterioration"]["all"]
    assert (found["patients"], found["events"]) == (4, 2)
    assert found["median_months"] == pytest.approx(52 / 30.4375)  # all at day 52, half of them worse
    assert "death is not an event" in found["definition"]
    assert value()["scales"][0]["deterioration"]["b"]["median_months"] is None


def test_the_baseline_is_the_last_questionnaire_before_treatment() -> None:
    rows = pl.DataFrame(
        {"patient": ["a"] * 4, "visit": ["x", "y", "z", "w"], "months": [-2.0, 0.0, 0.1, -0.5], "answered": [30, 12, 30, 0]}
    )
    assert with_baseline(rows)["baseline"].to_list() == [False, True, False, False]
    unanswered = rows.with_columns(answered=pl.Series([30, 0, 30, 0]))
    assert with_baseline(unanswered)["baseline"].to_list() == [True, False, False, False]


def test_missing_baselines_and_low_completion_are_told() -> None:
    codes = [finding.code for finding in quality_table(small(), protocol()).findings]
    assert codes == ["no-baseline"]
    few = small().quality.filter(pl.col("patient") == "p01")
    assert "low-completion" in [finding.code for finding in quality_table(replace(small(), quality=few), protocol()).findings]


def test_no_questionnaire_and_unknown_scales() -> None:
    none = replace(small(), quality=small().quality.clear())
    assert "no questionnaire" in quality_table(none, protocol()).value["cannot_say"]
    with pytest.raises(BadInput, match="no scale"):
        quality_table(small(), protocol(quality_scales=["XX"]))
