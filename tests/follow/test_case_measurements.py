"""Tables of follow-up from the nouns of a case."""

from datetime import date
from typing import Any

import pytest

from glisson.case import Case, Observation, Site
from glisson.case.site import FileContour
from glisson.errors import BadInput, MissingFact
from glisson.follow.case_measurements import measurements_of
from glisson.follow.measurements import MEASUREMENTS, STATEMENTS
from glisson.follow.recist import recist11

LIVER = Site(id="liver", kind="organ", organ="liver", contour=FileContour(file="liver.nii.gz"))


def lesion(name: str, **more: Any) -> Site:
    return Site(**{"id": name, "kind": "lesion", "parent": "liver", "role": "target", **more})


def seen(site: str | None, value: float | None, day: str | None, what: str = "longest_diameter_mm", **more: Any) -> Observation:
    return Observation(site=site, what=what, value=value, at=day, **more)


DAYS = ("2026-01-05", "2026-03-02", "2026-05-04")


def case(*observations: Observation, sites: tuple[Site, ...] = (lesion("l1"),)) -> Case:
    return Case(id="p-01", sites=(LIVER, *sites), observations=observations)


def test_diameters_become_rows_and_responses() -> None:
    measured, said = measurements_of(
        case(
            *(seen("l1", size, day) for size, day in zip((40, 28, 34), DAYS, strict=True)),
            seen(None, 3.0, DAYS[0], "slice_thickness_mm"),
        )
    )
    assert dict(measured.schema) == MEASUREMENTS
    assert dict(said.schema) == STATEMENTS
    assert measured.select("visit", "visit_number", "baseline", "organ", "row", "slice_mm").rows() == [
        (DAYS[0], 0.0, True, "liver", 1, 3.0), (DAYS[1], 1.0, False, "liver", 2, None), (DAYS[2], 2.0, False, "liver", 3, None),
    ]  # fmt: skip
    assert recist11(measured, said)["overall"].to_list() == ["PR", "PD"]


def test_baseline_is_the_last_scan_before_the_treatment_and_history_is_left_out() -> None:
    whole = case(*(seen("l1", size, day) for size, day in zip((40, 28, 34), DAYS, strict=True)))
    measured, _ = measurements_of(whole, since=date(2026, 3, 10))
    assert measured.select("visit", "baseline").rows() == [(DAYS[1], True), (DAYS[2], False)]
    named = case(
        seen("l1", 40, DAYS[0], visit="screening"), seen("l1", 28, DAYS[1], visit="baseline"), seen("l1", 20, DAYS[2], visit="v1")
    )
    assert measurements_of(named)[0].select("visit", "baseline").rows() == [("baseline", True), ("v1", False)]


def test_visits_without_days_keep_the_order_of_the_case() -> None:
    measured, _ = measurements_of(case(seen("l1", 40, None, visit="b"), seen("l1", 20, None, visit="a")))
    assert measured.select("visit", "visit_number", "date").rows() == [("b", 0.0, None), ("a", 1.0, None)]


def test_readers_states_and_statements() -> None:
    measured, said = measurements_of(
        case(
            seen("l1", 40, DAYS[0], by="b"),
            seen("l1", None, DAYS[1], by="b", state="absent"),
            seen("l1", None, DAYS[2], by="b", missing="not done"),
            Observation(what="non_target", answer="PD", at=DAYS[1], by="b"),
            Observation(what="tumour_markers_normal", answer="no", at=DAYS[1], by="b"),
            Observation(what="reader_response", answer="PR", at=DAYS[1], by="b"),
        )
    )
    assert measured.select("reader", "state").rows() == [("b", "measured"), ("b", "absent"), ("b", "not evaluable")]
    assert said.select("reader", "visit", "non_target_statement", "markers_normal", "stated_response").rows() == [
        ("b", DAYS[1], "PD", False, "PR")
    ]


def test_a_node_goes_by_its_short_axis() -> None:
    sites = (lesion("l1", node=True, organ="lymph node"),)
    measured, _ = measurements_of(case(seen("l1", 22, DAYS[0]), seen("l1", 16, DAYS[0], "short_axis_mm"), sites=sites))
    assert measured.select("node", "organ", "diameter_mm", "perpendicular_mm").rows() == [(True, "lymph node", 16, 22)]


def test_links_treatment_and_viable_parts_of_a_lesion() -> None:
    sites = (lesion("l1", treated_before="2025-06-01", progressed_since=True), lesion("l2", split_from="l1", role="target"))
    measured, _ = measurements_of(
        case(seen("l1", 40, DAYS[0]), seen("l1", 30, DAYS[0], "viable_diameter_mm"), seen("l2", 9, DAYS[1]), sites=sites)
    )
    assert measured.select("prior_local_therapy", "progressed_since", "split_from", "viable_mm").rows() == [
        (True, True, None, 30), (False, None, "l1", None),
    ]  # fmt: skip


def test_corrections_apply_and_contradictions_are_refused() -> None:
    first = seen("l1", 40, DAYS[0], id="o1")
    measured, _ = measurements_of(case(first, seen("l1", 44, DAYS[0], replaces="o1")))
    assert measured["diameter_mm"].to_list() == [44]
    with pytest.raises(BadInput, match="observation 2: a second longest_diameter_mm"):
        measurements_of(case(first, seen("l1", 44, DAYS[0])))


def test_lesions_without_a_role_take_no_part() -> None:
    measured, _ = measurements_of(case(seen("l1", 40, DAYS[0]), sites=(lesion("l1", role=None),)))
    assert measured.is_empty()
    assert measurements_of(case())[0].is_empty()


def test_a_measurement_without_visit_and_day_is_refused() -> None:
    with pytest.raises(MissingFact, match="visit, at"):
        measurements_of(case(seen("l1", 40, None)))
