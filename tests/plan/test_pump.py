"""The pump: dose by weight, the hundredfold misprint, days, bevacizumab, bilirubin."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from glisson.case import Case, Level, Result
from glisson.errors import BadInput, MissingFact
from glisson.plan.pump import fills, floxuridine_mg_per_day, require_floxuridine_dose, reservoir
from glisson.plan.pump_of_case import pump_result

ASKED = {"implanted_at": "2026-03-02", "first_fill": "2026-03-23", "cycles": 3, "reservoir_mL": 30, "flow_mL_per_day": 1.3}
SEEN = [{"what": "weight_kg", "value": 70}, {"what": "bilirubin_umol_per_L", "value": 12}]


def plan(
    pump: dict[str, object] | None = None,
    seen: list[dict[str, object]] | None = None,
    lines: list[dict[str, object]] | None = None,
) -> Result:
    treatments = [{"id": "pump", "kind": "HAI", "pump": ASKED if pump is None else pump}, *(lines or [])]
    case = Case.model_validate({"id": "p-1", "treatments": treatments, "observations": SEEN if seen is None else seen})
    return pump_result(case, case.treatment("pump"))


def codes(result: Result) -> dict[str, Level]:
    return {finding.code: finding.level for finding in result.findings}


def test_dose_by_weight_against_hand() -> None:
    assert floxuridine_mg_per_day(weight_kg=70, dose_mg_per_kg_per_day=0.12) == pytest.approx(8.4)
    found = plan().value
    assert (found["dose_mg_per_day"], found["dose_mg_per_cycle"]) == (pytest.approx(8.4), pytest.approx(117.6))
    assert found["dose_from"] == "protocol"


@pytest.mark.parametrize("dose", [12.0, 15.0, 12, 13.7])
def test_the_hundredfold_misprint_is_named(dose: float) -> None:
    with pytest.raises(
        BadInput, match=r"12 to 15 mg/kg/day \(Wanebo 2017\), a hundred times too high; the protocol's dose is 0.12"
    ):
        plan({**ASKED, "dose_mg_per_kg_per_day": dose})


@pytest.mark.parametrize("dose", [0.61, 1.2, 0.0, -0.12])
def test_a_dose_outside_the_label_is_refused(dose: float) -> None:
    with pytest.raises(BadInput, match=r"up to 0.6 mg/kg/day"):
        require_floxuridine_dose(dose)
    require_floxuridine_dose(0.6)


def test_weight_in_grams_is_refused() -> None:
    with pytest.raises(BadInput, match="70000 g would be 70 kg"):
        floxuridine_mg_per_day(weight_kg=70000, dose_mg_per_kg_per_day=0.12)
    with pytest.raises(ValidationError, match="check the unit"):
        plan(seen=[{"what": "weight_kg", "value": 70000}])


@given(st.floats(20, 350), st.floats(0.01, 0.6), st.floats(5, 60), st.floats(0.2, 5))
def test_reservoir_gives_the_dose_back(weight: float, dose: float, volume: float, flow: float) -> None:
    """What flows out in a day is the dose of a day, whatever the reservoir."""
    per_day = floxuridine_mg_per_day(weight_kg=weight, dose_mg_per_kg_per_day=dose)
    found = reservoir(dose_mg_per_day=per_day, reservoir_mL=volume, flow_mL_per_day=flow)
    assert found.concentration_mg_per_mL * flow == pytest.approx(per_day)
    assert found.drug_mg / found.lasts_days == pytest.approx(per_day)


def test_reservoir_is_labelled_as_arithmetic() -> None:
    found = plan()
    assert found.value["reservoir"]["basis"] == "unit arithmetic" and "reservoir-arithmetic" in codes(found)
    small = plan({**ASKED, "reservoir_mL": 10})
    assert "reservoir-too-small" in codes(small) and "reservoir-too-small" not in codes(found)
    none = plan({k: v for k, v in ASKED.items() if k != "flow_mL_per_day"})
    assert none.value["reservoir"] is None and "reservoir-cannot-say" in codes(none)
    with pytest.raises(BadInput, match="flow 0"):
        reservoir(dose_mg_per_day=8.4, reservoir_mL=30, flow_mL_per_day=0)


def test_calendar_against_hand() -> None:
    days = fills(first_fill=date(2026, 3, 23), cycles=3, moved={3: date(2026, 6, 1)})
    assert [d.drug_from.isoformat() for d in days] == ["2026-03-23", "2026-04-20", "2026-06-01"]
    assert [d.drug_until.isoformat() for d in days] == ["2026-04-06", "2026-05-04", "2026-06-15"]
    assert days[1].next_fill == days[2].drug_from and days[2].next_fill == date(2026, 6, 29)


def test_impossible_days_are_refused() -> None:
    with pytest.raises(BadInput, match=r"fill 1 on 2026-03-01, before the implantation on 2026-03-02"):
        plan({**ASKED, "first_fill": "2026-03-01"})
    with pytest.raises(BadInput, match="not after fill 1"):
        plan({**ASKED, "moved": {2: "2026-03-20"}})
    with pytest.raises(BadInput, match="there are 3"):
        plan({**ASKED, "moved": {9: "2026-12-20"}})
    early = {"id": "pump", "kind": "HAI", "pump": ASKED, "sessions": [{"id": "refill", "kind": "procedure", "at": "2026-02-20"}]}
    case = Case.model_validate({"id": "p-1", "treatments": [early], "observations": SEEN})
    with pytest.raises(BadInput, match="session 'refill' on 2026-02-20, before the implantation"):
        pump_result(case, case.treatment("pump"))


def test_label_and_protocol_stand_side_by_side() -> None:
    found = plan()
    assert "label-against-protocol" in codes(found)
    doses = {row["number"]: row["value"] for row in found.value["numbers"]}
    assert doses["dose"] == 0.12 and doses["label-hepatic-dose"] == [0.4, 0.6] and doses["misprint"] == [12.0, 15.0]
    assert "dose-above-protocol" in codes(plan({**ASKED, "dose_mg_per_kg_per_day": 0.3}))


@pytest.mark.parametrize(
    ("umol", "code", "level"),
    [
        (51.31, "bilirubin-entry", Level.WARNING),
        (51.32, "bilirubin-stop", Level.STOP),
        (25.6, None, None),
        (25.7, "bilirubin-entry", Level.WARNING),
    ],
)
def test_both_sides_of_the_bilirubin_limits(umol: float, code: str | None, level: Level | None) -> None:
    found = {
        c: lv
        for c, lv in codes(plan(seen=[SEEN[0], {"what": "bilirubin_umol_per_L", "value": umol}])).items()
        if c.startswith("bilirubin")
    }
    assert found == ({code: level} if code else {})


def test_bilirubin_in_mg_per_dL_is_refused() -> None:
    with pytest.raises(BadInput, match=r"1\.2 mg/dL is 21 µmol/L"):
        plan(seen=[SEEN[0], {"what": "bilirubin_umol_per_L", "value": 1.2}])
    with pytest.raises(BadInput, match="both in µmol/L"):
        plan(seen=[SEEN[0], {"what": "bilirubin_umol_per_L", "value": 6, "upper_normal": 1.2}])
    plan(seen=[SEEN[0], {"what": "bilirubin_umol_per_L", "value": 3, "upper_normal": 21}])


def test_what_is_missing_is_said() -> None:
    found = plan(seen=[])
    assert {"no-weight", "bilirubin-unknown", "reservoir-cannot-say"} <= set(codes(found))
    assert found.value["dose_mg_per_day"] is None
    case = Case.model_validate({"id": "p-1", "treatments": [{"id": "pump", "kind": "HAI"}]})
    with pytest.raises(MissingFact, match="pump"):
        pump_result(case, case.treatment("pump"))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"drugs": ["bevacizumab"], "at": "2026-01-01"}, "bevacizumab-with-floxuridine"),
        ({"regimen": "mFOLFIRI + bevacizumab", "at": "2026-05-01"}, "bevacizumab-with-floxuridine"),
        ({"drugs": ["bevacizumab"], "at": "2025-10-01", "end": "2026-02-01"}, "bevacizumab-before-floxuridine"),
        ({"drugs": ["bevacizumab"], "at": "2027-01-01"}, None),
        ({"drugs": ["irinotecan"], "at": "2026-01-01"}, None),
    ],
)
def test_bevacizumab_beside_floxuridine(line: dict[str, object], code: str | None) -> None:
    found = [c for c in codes(plan(lines=[{"id": "line-1", "kind": "systemic", **line}])) if c.startswith("bevacizumab")]
    assert found == ([code] if code else [])


def test_a_pump_is_asked_of_hai_only() -> None:
    with pytest.raises(ValidationError, match="'pump' is asked of HAI, not of TACE"):
        Case.model_validate({"id": "p-1", "treatments": [{"id": "t", "kind": "TACE", "pump": ASKED}]})
