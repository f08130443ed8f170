"""Every open question of the standards is a choice of the program, with the default and the words of the cited file."""

from typing import get_args

import pytest

from glisson.errors import BadInput
from glisson.follow.rules import Rules, Thresholds, rules_from
from glisson.knowledge.response import options, parameter


@pytest.mark.parametrize("name", list(options()))
def test_choices_and_defaults_against_the_cited_options(name) -> None:
    option, field = options()[name], Rules.model_fields[name]
    assert set(get_args(field.annotation)) == set(option.choices)
    assert field.default == option.value


def test_every_choice_of_the_program_is_cited() -> None:
    worded = {name for name, field in Rules.model_fields.items() if get_args(field.annotation) and isinstance(field.default, str)}
    assert worded == set(options())


def test_thresholds_against_the_cited_numbers() -> None:
    rules = Rules()
    assert rules.recist == Thresholds(partial_response_fraction=0.30, progression_fraction=0.20, progression_amount=5)
    assert rules.mrecist == Thresholds(partial_response_fraction=0.30, progression_fraction=0.20)
    assert rules.easl == Thresholds(partial_response_fraction=0.50, progression_fraction=0.25)
    assert rules.confirmation_from_days == parameter("irecist-confirmation-from-days").value - 2


def test_volumetric_thresholds_against_the_cube_of_the_diameter() -> None:
    assert Rules().volumetric.partial_response_fraction == pytest.approx(1 - 0.7**3)
    assert Rules().volumetric.progression_fraction == pytest.approx(1.2**3 - 1)


def test_chosen_options_are_printed_with_meaning_and_source() -> None:
    chosen = {one["option"]: one for one in rules_from({"partial_sum": "not evaluable"}).chosen()}
    assert chosen["partial_sum"]["default"] is False
    assert chosen["partial_sum"]["meaning"] == "NE"
    assert chosen["partial_response_holds"]["source"] == "eortc-small-changes"
    assert all(one["place"] and one["question"] for one in chosen.values())


@pytest.mark.parametrize(("name", "choice", "words"), [("colour", "red", "no option"), ("partial_sum", "maybe", "no choice")])
def test_unknown_choices_are_refused(name, choice, words) -> None:
    with pytest.raises(BadInput, match=words):
        rules_from({name: choice})


def test_confirmation_window_must_open_before_it_closes() -> None:
    with pytest.raises(ValueError, match="lies before"):
        Rules(confirmation_from_days=60)
