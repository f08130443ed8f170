"""Chemoembolization: load, what binds, order of the lobes, sums over sessions, what stands beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.case import Case, Result
from glisson.errors import BadInput, MissingFact, OutOfScope
from glisson.plan.tace import binding, left_after_contrast_mg, load, sessions
from glisson.plan.tace_of_case import CENTRE, tace_result

ASKED = {"beads": "dc-bead", "extent": "bilobar", "first_day": "2026-04-07", "sessions": 4, "volume_mL": 2}
NORMAL = {
    "bilirubin_umol_per_L": 12, "albumin_g_per_L": 42, "inr": 1.0, "creatinine_umol_per_L": 80, "platelets_1e9_per_L": 200, "ecog": 0,
    "ast_U_per_L": 30, "ldh_U_per_L": 200, "liver_involvement_fraction": 0.2,
}  # fmt: skip
WORDS = {"ascites": "none", "encephalopathy": "none", "ugt1a1": "normal", "bile_ducts_abnormal_or_stented": "no"}


def plan(
    asked: dict[str, object] | None = None,
    values: dict[str, float] | None = None,
    words: dict[str, str] | None = None,
    given_sessions: list[dict[str, object]] | None = None,
    disease: str = "colorectal liver metastases",
) -> Result:
    seen = [{"what": name, "value": value} for name, value in (NORMAL | (values or {})).items()]
    seen += [{"what": name, "answer": answer} for name, answer in (WORDS | (words or {})).items()]
    treatment = {"id": "debiri", "kind": "TACE", "tace": ASKED if asked is None else asked, "sessions": given_sessions or []}
    case = Case.model_validate({"id": "p-1", "disease": disease, "treatments": [treatment], "observations": seen})
    return tace_result(case, case.treatment("debiri"))


def codes(result: Result) -> set[str]:
    return {finding.code for finding in result.findings}


def test_published_bilobar_course_against_szemitko() -> None:
    found = plan()
    rows = found.value["sessions"]
    assert [(r["day"], r["lobe"]) for r in rows] == [
        ("2026-04-07", "right"), ("2026-04-28", "left"), ("2026-05-19", "right"), ("2026-06-09", "left")
    ]  # fmt: skip
    assert [r["cumulative_mg"] for r in rows] == [100, 200, 300, 400]
    assert found.value["load"]["answer"] == "as published"
    assert not {c for c in codes(found) if c.startswith(("load-not", "dose-"))}


def test_what_no_source_states_is_the_centres() -> None:
    found = plan({"extent": "unilobar", "sessions": 2, "first_day": "2026-04-07"})
    chosen = {row["name"]: row for row in found.value["chosen"]}
    assert chosen["dose of one embolization"]["value"] is None and chosen["dose of one embolization"]["from"] == CENTRE
    assert chosen["from one session to the next"]["from"] == CENTRE
    assert [r["day"] for r in found.value["sessions"]] == ["2026-04-07", None]
    assert {"dose-is-the-centres", "totals-are-the-centres"} <= codes(found)
    entered = plan({"extent": "unilobar", "sessions": 2, "first_day": "2026-04-07", "dose_mg": 75, "interval_days": 28})
    assert [r["day"] for r in entered.value["sessions"]] == ["2026-04-07", "2026-05-05"]
    assert {r["lobe"] for r in entered.value["sessions"]} == {"right"}


def test_no_unconfirmed_number_ships() -> None:
    """A total for a session, an interval of 2 to 4 weeks, numbers of sessions by extent and lidocaine are not confirmed anywhere."""
    shown = plan().value
    assert all("200 mg" not in str(row) and "lidocaine" not in str(row) for row in shown["numbers"])
    assert all(row["planned"] == "not entered" for row in shown["premedication"])
    assert [row["planned"] for row in plan({**ASKED, "premedication": ["opioid"]}).value["premedication"]].count("yes") == 1


@pytest.mark.parametrize("drug", ["5-fluorouracil", "cisplatin", "oxaliplatin"])
def test_drugs_that_do_not_bind_are_refused(drug: str) -> None:
    with pytest.raises(OutOfScope, match="cationic drugs only"):
        plan({**ASKED, "drug": drug})


def test_binding_that_no_source_names() -> None:
    assert binding("doxorubicin") == "cannot say"
    assert "binding-unknown" in codes(plan({**ASKED, "drug": "doxorubicin", "dose_mg": 50}))


@pytest.mark.parametrize(("volume", "answer"), [(2.0, "as published"), (1.9, "above"), (2.1, "below")])
def test_both_sides_of_the_published_load(volume: float, answer: str) -> None:
    assert load(dose_mg=100, volume_mL=volume, product="dc-bead").answer == answer
    assert load(dose_mg=100, volume_mL=volume, product="lifepearl").answer == "cannot say"


def test_loads_in_another_unit_are_refused() -> None:
    with pytest.raises(BadInput, match="check mg and mL"):
        load(dose_mg=100, volume_mL=0.002, product="dc-bead")
    with pytest.raises(BadInput, match="above 0"):
        load(dose_mg=0, volume_mL=2, product="dc-bead")


def test_size_after_loading_against_pereira() -> None:
    beads = plan({**ASKED, "size_um": [100, 300]}).value["beads"]
    assert beads["loaded_size_um"] == pytest.approx([82, 246])
    assert plan({**ASKED, "beads": "own-brand", "size_um": [100, 300]}).value["beads"]["loaded_size_um"] is None


@given(st.floats(1, 500))
def test_contrast_leaves_no_more_than_was_loaded(dose: float) -> None:
    for over in ("now", "day"):
        low, high = left_after_contrast_mg(dose_mg=dose, over=over)  # type: ignore[arg-type]
        assert 0 < low < high < dose


def test_contrast_loss_against_hand() -> None:
    assert left_after_contrast_mg(dose_mg=100, over="day") == (83.0, 97.5)


def test_limits_of_the_centre_and_of_the_series() -> None:
    assert "dose-above-series" in codes(plan({**ASKED, "dose_mg": 100.5})) and "dose-above-series" not in codes(
        plan({**ASKED, "dose_mg": 100})
    )
    two = {**ASKED, "embolizations_per_session": 2, "session_limit_mg": 150}
    assert "session-above-limit" in codes(plan(two)) and "session-above-limit" not in codes(
        plan({**two, "session_limit_mg": 200})
    )
    given_now = [{"id": "s1", "kind": "procedure", "at": "2026-03-01", "embolizations": [{"drug_loaded_mg": 100}]}]
    assert "course-above-limit" in codes(plan({**ASKED, "course_limit_mg": 450}, given_sessions=given_now))
    assert "course-above-limit" not in codes(plan({**ASKED, "course_limit_mg": 500}, given_sessions=given_now))


def test_sums_over_sessions_and_lower_bounds() -> None:
    given_now = [
        {
            "id": "s1",
            "kind": "procedure",
            "at": "2026-03-01",
            "embolizations": [{"drug_loaded_mg": 100, "drug_delivered_mg": 90}, {}],
        },
        {"id": "s2", "kind": "procedure", "at": "2026-03-21", "embolizations": [{"drug": "doxorubicin", "drug_loaded_mg": 75}]},
    ]
    found = plan(given_sessions=given_now)
    sums = found.value["given"]["by_drug"]
    assert sums["irinotecan"] == {"loaded_mg": 100, "delivered_mg": 90, "loaded_unknown": 1, "delivered_unknown": 1}
    assert sums["doxorubicin"]["loaded_mg"] == 75 and "given-lower-bound" in codes(found)


def test_more_delivered_than_loaded_is_refused() -> None:
    wrong = [{"id": "s1", "kind": "procedure", "embolizations": [{"drug_loaded_mg": 80, "drug_delivered_mg": 100}]}]
    with pytest.raises(BadInput, match="100 mg delivered of 80 mg loaded"):
        plan(given_sessions=wrong)


@pytest.mark.parametrize(("answer", "code"), [("poor", "ugt1a1-poor"), ("intermediate", "ugt1a1"), ("normal", "ugt1a1")])
def test_ugt1a1(answer: str, code: str) -> None:
    assert code in codes(plan(words={"ugt1a1": answer}))


def test_what_stands_beside_every_plan() -> None:
    case = Case.model_validate({"id": "p-1", "treatments": [{"id": "debiri", "kind": "TACE", "tace": ASKED}]})
    assert {"ugt1a1-unknown", "high-risk-list"} <= codes(tace_result(case, case.treatment("debiri")))
    assert "ugt1a1" not in codes(plan({**ASKED, "drug": "doxorubicin", "dose_mg": 50}))
    with pytest.raises(MissingFact, match="tace"):
        tace_result(case, case.treatment("debiri").model_copy(update={"tace": None}))


def test_lobes_in_turn_from_either_side() -> None:
    left = sessions(extent="bilobar", number=3, first_lobe="left", first_day=None, interval_days=21, dose_mg=None)
    assert [s.lobe for s in left] == ["left", "right", "left"] and all(s.day is None and s.cumulative_mg is None for s in left)
