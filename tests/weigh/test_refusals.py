"""Units, days and facts that cannot be: each is refused in words that say what to do."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bank import BOARD, SEEN, build, observation
from pydantic import ValidationError

from glisson.case import Case, Disease, Event, Observation, Treatment
from glisson.errors import BadInput
from glisson.weigh.options import weigh_case

COMPLETE = build({"case": "complete", "base": "pretreated"})


def changed(**facts: Any) -> Case:
    kept = tuple(seen for seen in COMPLETE.observations if seen.what not in facts)
    new = tuple(observation(name, value) for name, value in facts.items() if value is not None)
    return COMPLETE.model_copy(update={"observations": (*kept, *new)})


def added(*entries: Observation) -> Case:
    return COMPLETE.model_copy(update={"observations": (*COMPLETE.observations, *entries)})


def test_albumin_in_g_per_dL_is_refused_when_it_is_read() -> None:
    with pytest.raises(ValidationError, match="check the unit"):
        observation("albumin_g_per_L", 3.5)


@pytest.mark.parametrize("value", [1.2, 2.9])
def test_bilirubin_in_mg_per_dL_is_refused(value: float) -> None:
    with pytest.raises(BadInput, match=r"taken for mg/dL.*17\.1"):
        weigh_case(changed(bilirubin_umol_per_L=value), day=BOARD)


def test_limit_of_normal_in_mg_per_dL_is_refused() -> None:
    slip = Observation(what="bilirubin_umol_per_L", value=12, upper_normal=1.2, at=date(2026, 11, 16))
    with pytest.raises(BadInput, match=r"upper limit of normal of bilirubin_umol_per_L 1\.2.*8 to 40"):
        weigh_case(added(slip), day=BOARD)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"ras": "wild type", "kras_g12c": "yes"}, "ras is wild type and kras_g12c is yes"),
        ({"disease_extent": "liver only", "extrahepatic_disease": "yes"}, "extrahepatic_disease is yes"),
        ({"disease_extent": "liver dominant", "extrahepatic_disease": "no"}, "beyond the liver"),
        ({"primary_nodes": "negative", "primary_n": "N1"}, "not N0"),
        ({"primary_nodes": "positive", "primary_n": "N0"}, "primary_n is N0"),
        ({"liver_lesions": 0}, "no liver_lesions"),
        ({"pregnant": "yes"}, "sex is male"),
        ({"resectable": "yes", "remnant_supply_spared": "no"}, "remnant_supply_spared is no"),
        ({"expected_lung_dose_Gy": 45}, "below expected_lung_dose_Gy"),
        ({"neutrophils_1e9_per_L": 6.5}, "more neutrophils"),
        ({"dpyd_activity_score": 1}, "dpyd and dpyd_activity_score"),
    ],
)  # fmt: skip
def test_facts_that_exclude_each_other_are_refused(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        weigh_case(changed(**facts), day=BOARD)


def test_refractory_without_a_line_is_refused() -> None:
    case = changed(systemic_lines=0).model_copy(update={"treatments": ()})
    with pytest.raises(BadInput, match="no line of systemic therapy"):
        weigh_case(case, day=BOARD)


def test_more_lines_listed_than_counted_is_refused() -> None:
    with pytest.raises(BadInput, match="2 lines of systemic therapy are listed, systemic_lines says 1"):
        weigh_case(changed(systemic_lines=1), day=BOARD)


def test_every_contradiction_is_named_at_once() -> None:
    with pytest.raises(
        BadInput, match=r"sex is male.*; .*more neutrophils|more neutrophils.*; .*sex is male|sex is male(.|\n)*neutrophils"
    ):
        weigh_case(changed(pregnant="yes", neutrophils_1e9_per_L=6.5), day=BOARD)


def test_line_that_ends_before_it_begins_is_refused() -> None:
    line = Treatment(id="line-3", kind="systemic", line=3, at=date(2026, 6, 1), end=date(2026, 5, 1))
    case = COMPLETE.model_copy(update={"treatments": (*COMPLETE.treatments, line)})
    with pytest.raises(BadInput, match="ends before it begins"):
        weigh_case(case, day=BOARD)


def test_day_that_has_not_come_is_refused() -> None:
    with pytest.raises(BadInput, match="has not come yet"):
        weigh_case(added(Observation(what="ecog", value=2, at=date(2062, 11, 15))), day=BOARD)


def test_entry_recorded_before_it_was_true_is_refused() -> None:
    early = Observation(what="ecog", value=2, at=date(2026, 11, 20), recorded_at=datetime(2026, 11, 1, tzinfo=UTC))
    with pytest.raises(BadInput, match="before it was true"):
        weigh_case(added(early), day=BOARD)


def test_two_values_of_one_day_are_refused() -> None:
    with pytest.raises(BadInput, match="ecog has two values"):
        weigh_case(added(Observation(what="ecog", value=2, at=SEEN)), day=BOARD)


def test_a_correction_is_no_contradiction() -> None:
    first = Observation(id="a", what="ecog", value=2, at=SEEN)
    second = Observation(what="ecog", value=1, at=SEEN, replaces="a")
    kept = tuple(seen for seen in COMPLETE.observations if seen.what != "ecog")
    case = COMPLETE.model_copy(update={"observations": (*kept, first, second)})
    assert weigh_case(case, day=BOARD).value["facts"]["ecog"]["value"] == 1


def test_unknown_disease_cannot_be_weighed() -> None:
    result = weigh_case(COMPLETE.model_copy(update={"disease": Disease.UNKNOWN}), day=BOARD)
    assert result.value["options"] == [] and "disease-missing" in [finding.code for finding in result.findings]


def test_disease_without_sourced_options_says_so() -> None:
    result = weigh_case(COMPLETE.model_copy(update={"disease": Disease.OTHER}), day=BOARD)
    assert "disease-without-options" in [finding.code for finding in result.findings]


def test_a_death_on_record_is_said() -> None:
    case = COMPLETE.model_copy(update={"events": (Event(kind="death", at=date(2026, 11, 20)),)})
    assert "death-on-record" in [finding.code for finding in weigh_case(case, day=BOARD).findings]


def test_a_reason_belongs_to_a_decision() -> None:
    with pytest.raises(ValidationError, match="only a decision"):
        Event(kind="death", reasons=("x",))


def test_what_lies_after_the_death_is_refused() -> None:
    dead = COMPLETE.model_copy(update={"events": (*COMPLETE.events, Event(kind="death", at=date(2020, 5, 1)))})
    with pytest.raises(BadInput, match="after the death on 2020-05-01"):
        weigh_case(dead, day=BOARD)
