"""Response rates with exact intervals and denominators in words; time to response; depth of response."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from glisson.errors import BadInput
from glisson.follow.best_response import BestResponseRule, best_responses
from glisson.follow.objective_response import depth_of_response, response_rates, times_to_response
from glisson.follow.proportion import exact_proportion
from glisson.follow.rates import rate_table

START = date(2024, 1, 1)


def table_2(*rows: tuple[str, int, str, float | None, bool]) -> pl.DataFrame:
    """(patient, day, call, change from baseline, new lesion)."""
    return pl.DataFrame(
        [(p, "a", "RECIST 1.1", f"day {d}", float(d), START + timedelta(days=d), call, x, new, None) for p, d, call, x, new in rows],
        schema={"patient": pl.String, "reader": pl.String, "criterion": pl.String, "visit": pl.String, "visit_number": pl.Float64,
                "date": pl.Date, "overall": pl.String, "change_from_baseline_fraction": pl.Float64, "new_lesion": pl.Boolean,
                "non_target": pl.String},
        orient="row",
    )  # fmt: skip


def patients(names: str) -> pl.DataFrame:
    return pl.DataFrame({"patient": list(names), "reference": [START] * len(names)})


def measure(rates: pl.DataFrame, name: str) -> dict[str, Any]:
    return rates.filter(pl.col("measure") == name).row(0, named=True)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_interval_against_its_definition(pair: tuple[int, int]) -> None:
    """At each end the chance of a count as extreme as the one seen is 2.5 %."""
    count, of = pair
    found = exact_proportion(count=count, of=of)
    assert found.low is not None and found.high is not None
    assert found.low == 0 if count == 0 else float(binom.sf(count - 1, of, found.low)) == pytest.approx(0.025, rel=1e-6)
    assert found.high == 1 if count == of else float(binom.cdf(count, of, found.high)) == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize(("count", "of"), [(-1, 3), (4, 3)])
def test_a_count_outside_its_denominator_is_refused(count: int, of: int) -> None:
    with pytest.raises(BadInput, match="among 3"):
        exact_proportion(count=count, of=of)
    with pytest.raises(BadInput, match="confidence of 95"):
        exact_proportion(count=1, of=3, confidence_fraction=95)


def test_two_denominators_are_spelled_out() -> None:
    rows = [
        ("a", 60, "CR", -1.0, False),
        ("b", 60, "PR", -0.4, False),
        ("c", 60, "SD", 0.0, False),
        ("d", 60, "PD", 0.5, False),
        ("e", 60, "NE", None, False),
    ]
    best = best_responses(table_2(*rows), patients("abcdef"))
    every = response_rates(best, rule=BestResponseRule())
    some = response_rates(best, rule=BestResponseRule(), denominator="evaluable")
    assert [measure(every, name)["count"] for name in ("objective response", "disease control", "MISSING")] == [2, 3, 1]
    assert {*every["of"]} == {6} and {*some["of"]} == {4}
    assert measure(every, "objective response")["denominator"] == "all 6 treated, 2 of them not evaluable"
    assert measure(some, "objective response")["denominator"] == "4 evaluable of 6 treated"
    definition = measure(some, "disease control")["definition"]
    assert definition.startswith("CR, PR, SD or non-CR/non-PD as best response (CR and PR without confirmation, SD from day 28")
    assert every["interval"].unique().to_list() == ["exact (Clopper-Pearson), 95 %"]
    categories = [name for name in every["measure"] if name not in ("objective response", "disease control")]
    assert sum(measure(every, name)["count"] for name in categories) == 6


def test_nobody_evaluable_has_no_rate() -> None:
    best = best_responses(table_2(("a", 60, "NE", None, False)), patients("a"))
    found = measure(response_rates(best, rule=BestResponseRule(), denominator="evaluable"), "objective response")
    assert (found["count"], found["of"], found["fraction"], found["low"]) == (0, 0, None, None)


def test_tables_that_cannot_be_counted_are_refused() -> None:
    table = pl.DataFrame({"patient": ["a", "a"], "best": ["CR", "PD"]})
    with pytest.raises(BadInput, match="twice in one group"):
        rate_table(table, answer="best", by=[])
    with pytest.raises(BadInput, match="category that is not known"):
        rate_table(table.head(1).with_columns(best=pl.lit("good")), answer="best", by=[])
    with pytest.raises(BadInput, match="unknown denominator"):
        rate_table(table.head(1), answer="best", by=[], denominator="everyone")  # type: ignore[arg-type]


def test_a_cohort_without_any_response_keeps_its_patients() -> None:
    assert depth_of_response(table_2(), patients("ab"))["reason"].to_list() == ["cannot say: no visit"] * 2
    best = best_responses(table_2(), patients("ab"))
    assert measure(response_rates(best, rule=BestResponseRule()), "MISSING")["count"] == 2


def test_time_to_response_is_of_responders_to_the_response_that_counts() -> None:
    rows = table_2(
        ("a", 60, "PR", -0.4, False), ("a", 120, "PR", -0.5, False), ("b", 60, "PR", -0.4, False), ("b", 120, "PD", 0.4, False)
    )
    found = times_to_response(rows, patients("ab"))
    assert dict(found.select("patient", "days").rows()) == {"a": 60, "b": 60}
    confirmed = times_to_response(rows, patients("ab"), rule=BestResponseRule(confirmed=True))
    assert confirmed.select("patient", "days").rows() == [("a", 60)]
    assert confirmed["months"].item() == pytest.approx(60 / 30.4375)
    assert "in responders only" in confirmed["definition"].item()


def test_depth_stops_at_progression_and_never_drops_a_patient() -> None:
    rows = table_2(
        ("a", 60, "SD", -0.1, False), ("a", 120, "PD", 0.3, False), ("a", 180, "PR", -0.6, False),
        ("b", 60, "PD", None, True), ("d", 60, "PR", -0.4, False), ("d", 120, "PD", -0.5, True),
    )  # fmt: skip
    found = {row["patient"]: row for row in depth_of_response(rows, patients("abcd")).rows(named=True)}
    assert found["a"]["best_change_fraction"] == -0.1
    assert (found["b"]["best_change_fraction"], found["b"]["reason"]) == (None, "cannot say: no sum of targets after baseline")
    assert found["b"]["new_lesion_or_non_target_PD"] is True
    assert found["c"]["reason"] == "cannot say: no visit"
    assert (found["d"]["best_change_fraction"], found["d"]["visit"]) == (-0.5, "day 120")
