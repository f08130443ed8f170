"""Entries of a course: what their kind needs, and what is refused."""

from datetime import date

import pytest
from pydantic import ValidationError

from glisson.case import Case, Event, Observation, Site, SiteKind


def test_an_answer_is_one_of_its_words() -> None:
    assert Observation(what="ras", answer="mutated").answer == "mutated"
    with pytest.raises(ValidationError, match="not among wild type, mutated"):
        Observation(what="ras", answer="mutant")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": "ras"}, "needs an 'answer'"),
        ({"what": "ras", "value": 1}, "needs an 'answer'"),
        ({"what": "inr"}, "needs a 'value'"),
        ({"what": "inr", "answer": "high"}, "is a number"),
        ({"what": "inr", "value": 1.1, "missing": "unknown"}, "said to be missing"),
        ({"what": "albumin_g_per_L", "value": 3.5}, "outside 5 to 80"),
        ({"what": "longest_diameter_mm", "state": "absent"}, "needs the 'site'"),
        ({"what": "qlq_c30_28", "value": 5}, "outside 1 to 4"),
    ],
)
def test_an_observation_that_cannot_be_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Observation.model_validate(given)


def test_missing_is_an_answer_and_never_the_latest_value() -> None:
    case = Case(
        id="a",
        observations=(
            Observation.model_validate({"what": "inr", "value": 1.2, "at": "2026-01-01"}),
            Observation.model_validate({"what": "inr", "missing": "not done", "at": "2026-02-01"}),
        ),
    )
    seen = case.observed("inr")
    assert seen is not None and seen.number == 1.2
    assert case.observed("ras") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "adverse-event"}, "'term'"),
        ({"kind": "adverse-event", "term": "Fever", "grade": 2}, "version"),
        ({"kind": "progression"}, "'where'"),
        ({"kind": "death", "grade": 5, "ctcae": "5"}, "only an adverse event"),
    ],
)
def test_an_event_that_lacks_what_its_kind_needs_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Event.model_validate(given)


def test_a_lesion_and_its_organ_may_be_without_a_contour_and_no_territory() -> None:
    assert not Site.model_validate({"id": "liver", "kind": "organ", "organ": "liver"}).is_drawn
    lesion = Site.model_validate({"id": "l1", "kind": "lesion", "parent": "liver", "role": "target"})
    assert not lesion.is_drawn
    with pytest.raises(ValidationError, match="contour"):
        Site.model_validate({"id": "t", "kind": "territory", "parent": "liver"})
    with pytest.raises(ValidationError, match="only a lesion"):
        Site.model_validate({"id": "n", "kind": SiteKind.NORMAL, "parent": "liver", "role": "target"})


@pytest.mark.parametrize("key", ["split_from", "merged_into"])
def test_a_lesion_that_is_part_of_nothing_known_is_refused(key: str) -> None:
    liver = {"id": "liver", "kind": "organ", "organ": "liver", "contour": {"file": "liver.nii.gz"}}
    lesion = {"id": "l1", "kind": "lesion", "parent": "liver", key: "l9"}
    with pytest.raises(ValidationError, match="'l9'"):
        Case.model_validate({"id": "a", "sites": [liver, lesion]})


def test_an_observation_on_an_unknown_site_is_refused() -> None:
    with pytest.raises(ValidationError, match="'l1' is not a site"):
        Case.model_validate({"id": "a", "observations": [{"what": "longest_diameter_mm", "value": 20, "site": "l1"}]})


def test_what_was_observed_by_a_day_leaves_out_what_came_later() -> None:
    case = Case(
        id="a",
        observations=(
            Observation.model_validate({"what": "bilirubin_umol_per_L", "value": 11, "at": "2026-03-01"}),
            Observation.model_validate({"what": "bilirubin_umol_per_L", "value": 60, "at": "2026-06-01"}),
            Observation.model_validate({"what": "inr", "value": 1.1}),
        ),
    )
    before, later, undated = (
        case.observed("bilirubin_umol_per_L", by=date(2026, 3, 1)),
        case.observed("bilirubin_umol_per_L"),
        case.observed("inr", by=date(2020, 1, 1)),
    )
    assert (before and before.number, later and later.number, undated and undated.number) == (11, 60, 1.1)
    assert case.observed("bilirubin_umol_per_L", by=date(2026, 2, 28)) is None
