"""Variables that a protocol makes, the population it chooses, its groups, and the flow of patients that has to add up."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_tables import PATIENTS, protocol, small, with_patients

from glisson.errors import BadInput
from glisson.learn.cohort.registry.comparison import comparison
from glisson.learn.cohort.registry.condition import holds
from glisson.learn.cohort.registry.flow import flow
from glisson.learn.cohort.registry.new_variables import TREATED, of_population, with_new_variables
from glisson.learn.cohort.registry.protocol import Condition


def made(**variable: Any) -> pl.Series:
    asked = protocol(variables=[{"name": "new", **variable}])
    return with_new_variables(small(), asked).patients["new"]


def test_cuts_against_counting() -> None:
    classes = made(**{"from": "age_years", "cuts": [60, 65]})
    assert classes.to_list() == ["< 60", "60 to < 65", "≥ 65", "≥ 65", "< 60", "60 to < 65", "≥ 65", "≥ 65", None, "< 60"]


def test_cuts_keep_the_reason_why_a_value_is_missing_and_the_unit() -> None:
    tables = with_new_variables(
        small(), protocol(variables=[{"name": "old", "from": "age_years", "cuts": [65], "labels": ["no", "yes"]}])
    )
    assert tables.missing_reasons.filter(pl.col("variable") == "old").rows() == [("p09", "old", "unknown")]
    assert tables.variables["old"].levels == ("no", "yes")
    assert tables.variables["old"].unit == "years"
    assert "old" not in tables.sessions.columns


def test_not_a_number_is_missing_in_cuts_and_conditions() -> None:
    tables = with_patients(small(), age_years=pl.Series([float("nan")] * 10))
    tables = with_new_variables(tables, protocol(variables=[{"name": "old", "from": "age_years", "cuts": [65]}]))
    assert tables.patients["old"].null_count() == 10
    assert holds(Condition(variable="age_years", at_least=0), tables).null_count() == 10


def test_words_put_together_leave_unnamed_ones_missing() -> None:
    assert made(**{"from": "arm", "groups": {"a": "first"}}).to_list() == ["first"] * 4 + [None] * 6


def test_a_variable_made_from_a_made_one_and_of_sessions() -> None:
    asked = protocol(variables=[{"name": "old", "from": "age_years", "cuts": [65]},
                                {"name": "older", "from": "old", "groups": {"≥ 65": "65 on"}},
                                {"name": "much", "from": "tace_session.drug_mg", "cuts": [200]}])  # fmt: skip
    tables = with_new_variables(small(), asked)
    assert tables.patients["older"].drop_nulls().to_list() == ["65 on"] * 4
    assert tables.sessions["much"].value_counts().sort("much").rows() == [("< 200", 9), ("≥ 200", 4)]


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ({"from": "agee_years", "cuts": [65]}, "age_years"),
        ({"from": "arm", "groups": {"aa": "x"}}, "no word 'aa'"),
        ({"from": "arm", "cuts": [1]}, "cannot be cut"),
        ({"from": "age_years", "groups": {"50": "x"}}, "is a number"),
        ({"from": "sites", "groups": {"lung": "x"}}, "several words"),
    ],
)
def test_variables_that_cannot_be_made_are_refused(variable: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        made(**variable)


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(BadInput, match="already"):
        with_new_variables(small(), protocol(variables=[{"name": "arm", "from": "age_years", "cuts": [65]}]))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"variable": "age_years", "at_least": 65}, "00110011-0"),
        ({"variable": "age_years", "at_most": 60}, "11001000-1"),
        ({"variable": "age_years", "at_least": 60, "at_most": 65}, "01100100-0"),
        ({"variable": "arm", "is": "b"}, "00001111-1"),
        ({"variable": "sites", "is": ["lung", "brain"]}, "101-000000"),
    ],
)
def test_conditions_against_reading(condition: dict[str, Any], expected: str) -> None:
    found = holds(Condition.model_validate(condition), small()).to_list()
    assert "".join("-" if one is None else str(int(one)) for one in found) == expected


@pytest.mark.parametrize(
    "condition",
    [{"variable": "age_years", "is": "65"}, {"variable": "arm", "at_least": 1}, {"variable": "arm", "is": "z"},
     {"variable": "tace_session.drug_mg", "at_least": 1}],
)  # fmt: skip
def test_conditions_that_make_no_sense_are_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        holds(Condition.model_validate(condition), small())


def adults(unknown: str) -> list[dict[str, Any]]:
    keep = {"variable": "age_years", "at_least": 55, "unknown": unknown}
    return [{"keep": keep, "reason": "younger than 55"}]


@pytest.mark.parametrize(("unknown", "kept"), [("left out", 7), ("kept", 8)])
def test_population_against_counting(unknown: str, kept: int) -> None:
    tables, steps = of_population(small(), protocol(population=adults(unknown)))
    assert tables.patients.height == kept
    assert [(s.before, s.left_out, s.not_known, s.kept_not_known, s.after) for s in steps] == [
        (10, 2, 8 - kept, kept - 7, kept), (kept, 0, 0, 0, kept)
    ]  # fmt: skip
    assert steps[-1].reason == TREATED


def test_groups_too_small_are_not_described_but_counted() -> None:
    who = comparison(small(), protocol(minimum_cell=5, group_order=["a", "b"]))
    assert who.names == ("b",)
    assert who.small == {"a": 4}
    assert who.of_no_group == 1
    assert {one.code for one in who.findings()} == {"small-group", "no-group"}
    assert len(who.members["all"]) == 10


@pytest.mark.parametrize(("order", "names"), [([], ("b", "a")), (["a"], ("a", "b"))])
def test_groups_stand_in_the_order_asked_then_in_that_of_the_form(order: list[str], names: tuple[str, ...]) -> None:
    assert comparison(small(), protocol(group_order=order)).names == names


@pytest.mark.parametrize(("asked", "says"), [({"groups": "age_years"}, "makes no groups"), ({"groups": "sites"}, "makes no groups"),
                                             ({"group_order": ["z"]}, "no word 'z'"), ({"groups": "armm"}, "arm")])  # fmt: skip
def test_groups_that_are_none_are_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        comparison(small(), protocol(**asked))


def test_flow_against_counting() -> None:
    found = flow(small(), protocol(population=adults("left out"))).value
    assert found["entered"] == 11
    assert [(step["before"], step["left_out"], step["after"]) for step in found["steps"]] == [
        (11, [{"reason": "entries that cannot be used", "n": 1}], 10),
        (10, [{"reason": "younger than 55", "n": 2}, {"reason": "Age at least 55 years: not known", "n": 1}], 7),
        (7, [], 7),
    ]
    assert [(one["group"], one["patients"]) for one in found["groups"]] == [("b", 4), ("a", 3)]
    assert found["endpoints"][0]["analysed"] == 7
    assert found["endpoints"][0]["events"] == 1  # p07; p01 is 50 years old
    assert found["windows"] == [
        {"window": "FU1", "treated": 7, "assessed": 5, "evaluable": 4, "not_done": 2,
         "why": {"dead, counted as not assessed": 1, "no scan in the window": 1}}
    ]  # fmt: skip
    assert found["quality"] == {"treated": 7, "baseline": 4, "baseline_and_later": 3}


def test_an_endpoint_that_cannot_be_said_leaves_the_flow_standing() -> None:
    tables = replace(small(), course=replace(small().course, called=None), responses=small().responses.clear())
    section = flow(tables, protocol(endpoints=[{"id": "pfs", "name": "PFS"}]))
    assert section.value["endpoints"][0]["analysed"] == 0
    assert sum(out["n"] for out in section.value["endpoints"][0]["left_out"]) == 9
    assert section.value["windows"] == []
    assert any(finding.code == "cannot-say" for finding in section.findings)


ages = st.lists(st.one_of(st.none(), st.floats(18, 95)), min_size=10, max_size=10)
arms = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=10, max_size=10)


@settings(max_examples=40, deadline=None)
@given(ages=ages, arms=arms, low=st.floats(20, 90), unknown=st.sampled_from(["kept", "left out"]), minimum=st.integers(1, 6),
       treated=st.sets(st.sampled_from(PATIENTS[:9])))  # fmt: skip
def test_flow_adds_up_whatever_the_registry(
    ages: list[float | None], arms: list[str | None], low: float, unknown: str, minimum: int, treated: set[str]
) -> None:
    tables = with_patients(small(), age_years=pl.Series(ages, dtype=pl.Float64), arm=pl.Series(arms, dtype=pl.String))
    started = pl.when(pl.col("patient").is_in(list(treated))).then(pl.col("first_session"))
    tables = with_patients(tables, first_session=started)
    asked = protocol(population=[{"keep": {"variable": "age_years", "at_least": low, "unknown": unknown}, "reason": "too young"},
                                 {"keep": {"variable": "arm", "is": ["a", "b"]}, "reason": "third arm"}], minimum_cell=minimum)  # fmt: skip
    found = flow(tables, asked).value
    left = found["entered"]
    for step in found["steps"]:
        assert step["before"] == left
        left = step["after"]
        assert step["before"] == left + sum(out["n"] for out in step["left_out"])
    assert left == found["treated"]
    assert left == sum(one["patients"] for one in (*found["groups"], *found["small_groups"])) + found["no_group"]
    for endpoint in found["endpoints"]:
        assert endpoint["treated"] == left == endpoint["analysed"] + sum(out["n"] for out in endpoint["left_out"])
    for window in found["windows"]:
        assert window["treated"] == left == window["assessed"] + window["not_done"]
        assert window["evaluable"] <= window["assessed"]
        assert sum(window["why"].values()) == window["not_done"]
    assert found["quality"]["baseline_and_later"] <= found["quality"]["baseline"] <= left
