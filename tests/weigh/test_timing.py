"""Washouts and what was known when, against days counted by hand."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from bank import BOARD, build

from glisson.case import Observation, Treatment
from glisson.weigh.history import history_of
from glisson.weigh.options import weigh_case


def weighed(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return weigh_case(build({"case": "timed", "base": "pretreated", "lines": lines}), day=BOARD).value


def test_washouts_of_a_line_that_ended_against_the_calendar() -> None:
    value = weighed([{"line": 1, "regimen": "FOLFIRI + bevacizumab", "from": "2026-05-01", "to": "2026-11-01"}])
    found = {row["rule"]: row for row in value["timeline"]}
    vegf, surgery = found["vegf-sirt"], found["bevacizumab-surgery"]
    assert (vegf["earliest"], vegf["latest"], vegf["passed"]) == ("2026-11-29", "2026-12-13", False)
    assert (surgery["earliest"], surgery["latest"], surgery["after_days"]) == ("2026-12-13", "2026-12-27", [28, None])
    sirt = next(row for row in value["options"] if row["option"] == "sirt-quiremspheres")
    assert (sirt["earliest"]["shorter"], sirt["earliest"]["longer"]) == ("2026-11-29", "2026-12-13")
    assert sirt["earliest"]["if_stopped_today"] is False


def test_washout_of_a_line_that_goes_on_counts_from_the_day_of_the_page() -> None:
    value = weighed([{"line": 1, "regimen": "capecitabine", "from": "2026-09-01"}])
    label = next(row for row in value["timeline"] if row["rule"] == "capecitabine-resin-label")
    assert (label["last_dose"], label["earliest"], label["after_days"]) == (None, "2027-01-22", [0, None])
    resin = next(row for row in value["options"] if row["option"] == "sirt-sir-spheres")
    assert resin["earliest"]["if_stopped_today"] is True


def test_washout_that_has_passed_is_said() -> None:
    value = weighed([{"line": 1, "regimen": "bevacizumab", "from": "2025-05-01", "to": "2025-11-01"}])
    assert all(row["passed"] for row in value["timeline"] if row["latest"] is not None)


def test_both_sources_of_a_conflict_stand_side_by_side() -> None:
    value = weighed([{"line": 1, "regimen": "capecitabine", "from": "2026-09-01"}])
    resin = next(row for row in value["options"] if row["option"] == "sirt-sir-spheres")
    assert ["capecitabine-consensus", "capecitabine-resin-label"] in resin["conflicts"]
    assert {value["rules"][name]["source"] for name in resin["conflicts"][0]} == {"kennedy-2017", "sirtex-label"}


def test_the_page_of_an_earlier_day_knows_only_what_was_recorded_then() -> None:
    case = build({"case": "then", "base": "pretreated"})
    later = Observation(
        what="portal_hypertension",
        answer="extensive untreated",
        at=date(2026, 11, 15),
        recorded_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    )
    case = case.model_copy(update={"observations": (*(o for o in case.observations if o.what != "portal_hypertension"), later)})
    answers = [
        next(
            row["answer"]
            for row in weigh_case(case, day=day, today=BOARD).value["options"]
            if row["option"] == "sirt-quiremspheres"
        )
        for day in (date(2026, 11, 18), BOARD)
    ]
    assert answers == ["cannot say", "closed"]


@pytest.mark.parametrize(
    ("line", "low", "high"),
    [
        ({"at": date(2026, 5, 1), "end": date(2026, 11, 1)}, 21, 21),
        ({"at": date(2026, 5, 1)}, 0, 0),
        ({"at": date(2026, 5, 1), "end": date(2026, 12, 1)}, 0, 0),
        ({"at": date(2026, 11, 2), "reason_stopped": "toxicity"}, 0, 20),
    ],
)  # fmt: skip
def test_days_since_the_last_dose_against_a_count_by_hand(line: dict[str, Any], low: float, high: float) -> None:
    case = build({"case": "days", "base": "pretreated", "lines": [], "facts": {"systemic_lines": 1}})
    case = case.model_copy(update={"treatments": (Treatment(id="a", kind="systemic", line=1, drugs=("Irinotecan",), **line),)})
    fact = history_of(case, BOARD).facts["days_since_irinotecan"]
    assert (fact.low, fact.high) == (low, high)


def test_months_of_chemotherapy_against_a_count_by_hand() -> None:
    case = build({"case": "months", "base": "pretreated"})
    fact = history_of(case, BOARD).facts["chemotherapy_months"]
    days = (date(2025, 8, 20) - date(2025, 1, 10)).days + (date(2026, 5, 10) - date(2025, 10, 1)).days
    assert fact.low == fact.high == pytest.approx(days / 30.4375)


def test_a_line_after_the_count_is_counted_with_it() -> None:
    case = build({"case": "later", "base": "pretreated"})
    line = Treatment(id="line-3", kind="systemic", line=3, regimen="capecitabine", at=date(2026, 11, 18))
    case = case.model_copy(update={"treatments": (*case.treatments, line)})
    assert history_of(case, BOARD).facts["systemic_lines"].value == 3


def test_an_entry_of_this_evening_in_a_western_zone_is_on_the_page_of_the_day() -> None:
    west = timezone(timedelta(hours=-8))
    evening = Observation(
        what="portal_hypertension", answer="extensive untreated", at=BOARD, recorded_at=datetime(2026, 11, 22, 20, tzinfo=west)
    )
    case = build({"case": "west", "base": "pretreated", "without": ["portal_hypertension"]})
    case = case.model_copy(update={"observations": (*case.observations, evening)})
    told = {
        zone: next(
            row["answer"]
            for row in weigh_case(case, day=BOARD, zone=zone).value["options"]
            if row["option"] == "sirt-quiremspheres"
        )
        for zone in (west, UTC)
    }
    assert told == {west: "closed", UTC: "cannot say"}
