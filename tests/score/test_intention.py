"""Intention of irinotecan-TACE: the classes whose wording is known, three answers, and a recode that assumes nothing."""

import itertools
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.case.event import Intention
from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.registry_terms import IntentionDefinition, check_fact, intention_definitions, two_classes
from glisson.score.intention import derive_intention, recode_intention

KNOWN = [
    (3, "PD", "salvage"),
    (7, "PD", "salvage"),
    (1, "PD", "intensification"),
    (2, "PD", "intensification"),
    (1, "SD", "consolidation"),
    (4, "SD", "consolidation"),
    (0, None, "first-line"),
]
ANSWERS = st.sampled_from([True, False, None])


@pytest.mark.parametrize(("lines", "response", "intention"), KNOWN)
def test_intention_against_the_registry_definitions(lines: int, response: str | None, intention: str) -> None:
    assert derive_intention(systemic_lines=lines, last_response=response, ablation_planned=False).derived == intention


@pytest.mark.parametrize("response", ["CR", "PR"])
def test_a_response_that_no_definition_names_is_no_class(response: str) -> None:
    reading = derive_intention(systemic_lines=2, last_response=response, ablation_planned=False)
    assert (reading.derived, reading.missing, reading.words) == (None, (), "no class: no definition holds")
    assert reading.compared_with("consolidation") == "disagrees"


def test_combination_is_asked_first_and_says_that_its_wording_is_not_confirmed() -> None:
    reading = derive_intention(systemic_lines=3, last_response="PD", ablation_planned=True, curative_intent=True)
    assert reading.derived == "combination with ablation, curative intent"
    assert "not confirmed" in reading.words
    assert (
        derive_intention(systemic_lines=3, last_response="PD", ablation_planned=True, curative_intent=False).derived == "salvage"
    )


def test_unknown_drivers_are_named_and_never_guessed() -> None:
    reading = derive_intention(systemic_lines=None, last_response=None)
    assert reading.derived is None
    assert set(reading.missing) == {"systemic_lines", "last_response", "ablation_planned", "curative_intent"}
    assert reading.compared_with("salvage") == "cannot say"
    assert derive_intention(systemic_lines=2, last_response="NE", ablation_planned=False).missing == ("last_response",)


@given(
    lines=st.none() | st.integers(0, 12),
    response=st.sampled_from(["CR", "PR", "SD", "PD", "NE", None]),
    ablation=ANSWERS,
    curative=ANSWERS,
)
def test_an_intention_derived_from_less_stays_when_more_is_known(
    lines: int | None, response: str | None, ablation: bool | None, curative: bool | None
) -> None:
    reading = derive_intention(systemic_lines=lines, last_response=response, ablation_planned=ablation, curative_intent=curative)
    fills = itertools.product(
        [lines] if lines is not None else range(5),
        [response] if response not in (None, "NE") else ["CR", "PR", "SD", "PD"],
        [ablation] if ablation is not None else [True, False],
        [curative] if curative is not None else [True, False],
    )
    found = {
        derive_intention(systemic_lines=a, last_response=b, ablation_planned=c, curative_intent=d).derived for a, b, c, d in fills
    }
    if reading.derived is not None or not reading.missing:
        assert found == {reading.derived}
    else:
        assert len(found) > 1, "what cannot be said must really be open"


def test_classes_against_the_nouns() -> None:
    assert {entry.intention for entry in intention_definitions()} == set(get_args(Intention))
    assert set(two_classes()) < set(get_args(Intention))


def test_recode_leaves_what_is_not_confirmed_to_the_study() -> None:
    for intention in ("first-line", "intensification", "combination with ablation, curative intent"):
        assert recode_intention(intention).group is None
        assert recode_intention(intention, {intention: "other group"}).group == "other group"
    assert recode_intention(None).words == "cannot say: intention missing"
    assert recode_intention("salvage", {"salvage": "late"}).group == "late"


def test_guards_of_the_drivers() -> None:
    with pytest.raises(BadInput, match="0 or more"):
        derive_intention(systemic_lines=-1, last_response="PD")
    with pytest.raises(BadInput, match="CR, PR, SD, PD, NE"):
        derive_intention(systemic_lines=1, last_response="progress")
    with pytest.raises(ValueError, match="at least one fact"):
        IntentionDefinition.model_validate(
            {"id": "x", "intention": "x", "wording_known": True, "definition": intention_definitions()[0].definition}
        )
    with pytest.raises(BadKnowledge, match="irinotecan-per-embolization"):
        check_fact("nothing")


def test_a_study_may_give_its_own_classes() -> None:
    salvage_only = [entry for entry in intention_definitions() if entry.id == "salvage"]
    reading = derive_intention(systemic_lines=3, last_response="PD", definitions=salvage_only)
    assert reading.derived == "salvage"
