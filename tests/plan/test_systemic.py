"""Cycles and doses of every regimen, statements on the first dose side by side, days to procedures."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.case import Case, Result
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.regimens import regimen, regimens
from glisson.plan.bsa import body_surface_area_m2
from glisson.plan.systemic import advice, cycles, dose_mg, doses
from glisson.plan.systemic_of_case import systemic_result

BODY = [{"what": "weight_kg", "value": 72}, {"what": "height_cm", "value": 174}]
ASKED = {"first_day": "2026-03-02", "number": 4}


def plan(
    name: str = "FOLFIRI", asked: dict[str, object] | None = None, seen: list[dict[str, object]] | None = None, **other: object
) -> Result:
    kind = "HAI" if regimen(name).way == "hepatic artery" else "systemic"
    line = {"id": "line-2", "kind": kind, "regimen": name, "cycles": ASKED if asked is None else asked}
    treatments = [line, *other.pop("treatments", [])]  # type: ignore[misc]
    case = Case.model_validate({"id": "p-1", "treatments": treatments, "observations": BODY if seen is None else seen, **other})
    return systemic_result(case, case.treatment("line-2"))


def codes(result: Result) -> set[str]:
    return {finding.code for finding in result.findings}


def test_folfiri_against_hand() -> None:
    surface = body_surface_area_m2(weight_kg=72, height_m=1.74)
    rows = {(r["drug"], r["how"]): r["dose_mg"][0] for r in plan().value["doses"]}
    assert rows[("irinotecan", "")] == pytest.approx(180 * surface, abs=1e-3)
    assert rows[("5-fluorouracil", "infusion")] == pytest.approx(2400 * surface, abs=1e-3)


def test_units_of_doses_against_hand() -> None:
    assert dose_mg(value=85, unit="mg/m2", surface_m2=2.0, weight_kg=None, fraction=0.8) == pytest.approx(136.0)
    assert dose_mg(value=6, unit="mg/kg", surface_m2=None, weight_kg=80) == 480
    assert dose_mg(value=960, unit="mg", surface_m2=None, weight_kg=None) == 960
    assert dose_mg(value=85, unit="mg/m2", surface_m2=None, weight_kg=80) is None
    for wrong in (
        {"value": 85.0, "unit": "mg/m^2"},
        {"value": -1.0, "unit": "mg"},
        {"value": 85.0, "unit": "mg", "fraction": 70.0},
    ):
        with pytest.raises(BadInput):
            dose_mg(surface_m2=1.8, weight_kg=70, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("entry", list(regimens().values()), ids=list(regimens()))
def test_every_regimen_is_dosed_or_says_what_no_source_states(entry: object) -> None:
    from glisson.knowledge.regimens import Regimen

    assert isinstance(entry, Regimen)
    found = doses(entry, surface_m2=1.8, weight_kg=70)
    assert {g.drug for g in found} == {d.drug for d in entry.doses}
    for given_dose in found:
        assert (given_dose.dose_mg is None) == (given_dose.claim is None)
        assert given_dose.claim is None or given_dose.claim.source
    if entry.cycle_days is None:
        with pytest.raises(MissingFact, match="length of its cycle"):
            cycles(entry, first_day=date(2026, 3, 2), number=2)
    else:
        days = cycles(entry, first_day=date(2026, 3, 2), number=2)
        assert (days[1].first_day - days[0].first_day).days == entry.cycle_days
        assert all(c.first_day <= day < c.ends for c in days for given_days in c.giving_days.values() for day in given_days)


def test_doses_that_no_source_states_are_said() -> None:
    found = plan("panitumumab-mfolfox6")
    assert "dose-not-stated" in codes(found)
    assert next(r for r in found.value["doses"] if r["drug"] == "panitumumab")["dose_mg"] is None
    with pytest.raises(BadInput, match="unknown regimen 'FOLFOXIRI'"):
        regimen("FOLFOXIRI")


def test_loading_dose_stands_for_the_first_cycle_only() -> None:
    rows = [r for r in plan("tucatinib-trastuzumab").value["doses"] if r["drug"] == "trastuzumab"]
    assert [(r["first_cycle_only"], r["dose_mg"][0]) for r in rows] == [(True, 8 * 72), (False, 6 * 72)]


def test_hearto_into_the_hepatic_artery() -> None:
    found = plan("hai-raltitrexed-oxaliplatin").value
    assert found["regimen"]["way"] == "hepatic artery" and found["regimen"]["cycle_days"] == 21
    surface = found["body"]["surface_m2"]
    assert [r["dose_mg"][0] for r in found["doses"]] == pytest.approx([3 * surface, 130 * surface], abs=1e-3)


@given(st.integers(1, 20), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_cycles_follow_each_other(number: int, first: date) -> None:
    found = cycles(regimen("CAPOX"), first_day=first, number=number)
    assert len(found) == number and found[0].first_day == first
    assert all(a.ends == b.first_day for a, b in pairwise(found))


def test_moved_cycles_and_days_out_of_order() -> None:
    rows = plan(asked={**ASKED, "moved": {3: "2026-04-06"}}).value["cycles"]
    assert [r["first_day"] for r in rows] == ["2026-03-02", "2026-03-16", "2026-04-06", "2026-04-20"]
    with pytest.raises(BadInput, match="not after cycle 2"):
        plan(asked={**ASKED, "moved": {3: "2026-03-16"}})


def test_cap_and_fraction_are_the_centres() -> None:
    free = plan()
    assert "no-cap" in codes(free)
    capped = plan(asked={**ASKED, "surface_cap_m2": 1.7})
    assert capped.value["body"]["used_surface_m2"] == 1.7 and "capped" in codes(capped)
    less = plan(asked={**ASKED, "dose_fraction": {"irinotecan": 0.7}})
    assert less.value["doses"][0]["dose_mg"][0] == pytest.approx(0.7 * free.value["doses"][0]["dose_mg"][0], rel=1e-6)
    with pytest.raises(BadInput, match="'oxaliplatin' is no drug of FOLFIRI"):
        plan(asked={**ASKED, "dose_fraction": {"oxaliplatin": 0.7}})


def test_without_a_body_doses_cannot_be_said() -> None:
    found = plan(seen=[])
    assert "dose-cannot-say" in codes(found) and all(r["dose_mg"] is None for r in found.value["doses"])


def said(**patient: object) -> dict[str, str]:
    drugs = {"5-fluorouracil", "irinotecan"}
    return {a.modification.id: a.applies for a in advice(drugs, **patient)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "holding"),
    [
        (2.0, {"dpyd-cpic-2017-2"}),
        (1.5, {"dpyd-cpic-2017-15", "dpyd-cpic-2018-15", "dpyd-seom-1", "dpyd-dpwg-1"}),
        (1.0, {"dpyd-cpic-2017-1", "dpyd-seom-1", "dpyd-dpwg-1"}),
        (0.5, {"dpyd-cpic-2017-05", "dpyd-seom-0"}),
        (0.0, {"dpyd-cpic-2017-0", "dpyd-seom-0", "dpyd-dpwg-0"}),
    ],
)
def test_dpyd_by_score_against_the_tables(score: float, holding: set[str]) -> None:
    assert {name for name, applies in said(dpyd_score=score).items() if name.startswith("dpyd") and applies == "yes"} == holding


def test_dpyd_by_phenotype_and_unknown() -> None:
    intermediate = said(dpyd="intermediate")
    assert (
        intermediate["dpyd-seom-1"] == "yes"
        and intermediate["dpyd-cpic-2017-1"] == "perhaps"
        and "dpyd-dpwg-0" not in intermediate
    )
    assert {applies for name, applies in said().items()} == {"cannot say"}
    with pytest.raises(BadInput, match=r"activity score 1\.2"):
        said(dpyd_score=1.2)


def test_sources_that_differ_are_shown_side_by_side() -> None:
    found = plan(seen=[*BODY, {"what": "dpyd_activity_score", "value": 1.5}])
    assert "dpyd-sources-differ" in codes(found)
    rows = {r["by"]: r for r in found.value["first_dose"] if r["about"] == "DPYD"}
    assert rows["CPIC 2017"]["superseded_by"] == "dpyd-cpic-2018-15"
    assert {"CPIC 2017", "CPIC, revised 2018", "SEOM 2021", "DPWG"} <= set(rows)


def test_ugt1a1_and_bilirubin() -> None:
    assert said(ugt1a1="poor")["ugt1a1-poor"] == "yes" and said(ugt1a1="intermediate")["ugt1a1-intermediate"] == "yes"
    for ratio, name in (
        (1.5, "bilirubin-normal"),
        (1.51, "bilirubin-raised"),
        (3.0, "bilirubin-raised"),
        (3.01, "bilirubin-high"),
    ):
        assert [n for n, applies in said(bilirubin_over_uln=ratio).items() if n.startswith("bilirubin") and applies == "yes"] == [
            name
        ]
    found = plan(
        seen=[*BODY, {"what": "ugt1a1", "answer": "poor"}, {"what": "bilirubin_umol_per_L", "value": 15, "upper_normal": 21}]
    )
    assert {"ugt1a1", "bilirubin-other-schedule"} <= codes(found)


def test_days_to_procedures_against_hand() -> None:
    others = [
        {"id": "sirt", "kind": "radioembolization", "sessions": [{"id": "delivery", "kind": "delivery", "at": "2026-03-10"}]},
        {"id": "debiri", "kind": "TACE", "tace": {"extent": "bilobar", "first_day": "2026-04-20"}},
        {"id": "pve", "kind": "portal vein embolization", "at": "2026-02-20"},
    ]
    rows = plan(treatments=others).value["procedures"]
    assert [(r["kind"], r["cycle"], r["days_since_last_giving"], r["days_to_next_giving"]) for r in rows] == [
        ("portal vein embolization", None, None, 10), ("radioembolization", 1, 8, 6), ("TACE", 4, 7, None)
    ]  # fmt: skip


def test_what_is_not_asked_or_contradicts_is_refused() -> None:
    bare = Case.model_validate({"id": "p-1", "treatments": [{"id": "t", "kind": "systemic"}]})
    with pytest.raises(MissingFact, match="cycles, regimen"):
        systemic_result(bare, bare.treatment("t"))
    line = {"id": "t", "kind": "systemic", "regimen": "FOLFIRI", "cycles": ASKED, "at": "2026-03-02", "end": "2026-01-01"}
    wrong = Case.model_validate({"id": "p-1", "treatments": [line]})
    with pytest.raises(BadInput, match="ends before it begins"):
        systemic_result(wrong, wrong.treatment("t"))
