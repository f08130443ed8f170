"""The constructed cohort of 36 under its protocol against the counts that Stukalova 2022 prints."""

from functools import cache
from typing import Any

import pytest

from glisson.actions.cohort.gather import gathered
from glisson.actions.cohort.protocol_file import read_protocol
from glisson.learn.cohort.registry.harm_table import harm_table
from glisson.learn.cohort.registry.new_variables import of_population
from glisson.learn.cohort.registry.response_table import response_table
from glisson.records.projection import entries_of
from glisson.simulate.cohort36 import cohort36


@cache
def sections() -> tuple[dict[str, Any], dict[str, Any]]:
    asked, _ = read_protocol("regional36")
    entries = [entry for case in cohort36().cases for entry in entries_of(case, author="simulation")]
    chosen, _ = of_population(gathered(entries, asked).tables, asked)
    return response_table(chosen, asked).value, harm_table(chosen, asked).value


@pytest.mark.parametrize(
    ("window", "counts", "percent"),
    [(0, {"CR": 0, "PR": 1, "SD": 29, "PD": 6}, {"PR": 2.8, "SD": 80.6, "PD": 16.7}), (1, {"CR": 0, "PR": 0, "SD": 21, "PD": 15},
      {"SD": 58.3, "PD": 41.7})],
)  # fmt: skip
def test_response_at_6_and_12_months_against_stukalova(window: int, counts: dict[str, int], percent: dict[str, float]) -> None:
    """They print 80.5 % for 29 of 36, which is 80.6."""
    calls = sections()[0]["windows"][window]["groups"][0]["calls"]
    assert {call: share["count"] for call, share in calls.items()} == {**counts, "NE": 0, "not done": 0}
    assert {call: round(100 * calls[call]["fraction"], 1) for call in percent} == percent


def test_a_death_without_a_scan_counts_as_progression_and_the_rule_says_so() -> None:
    assert "a death by the end of the window without a scan counts as PD; earlier PD is carried forward" in sections()[0]["rule"]


def test_harm_that_was_never_entered_is_not_nought() -> None:
    assert "cannot_say" in sections()[1]["entered"]
