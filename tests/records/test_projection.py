"""Entries to nouns and back: what a case says, and that going round changes nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from form_values import RECORDED, changed, entry, valid_values, whole_case, without
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glisson.case import Case, Disease
from glisson.errors import BadInput
from glisson.records.forms import FormEntry, check_values, form, forms, refused
from glisson.records.projection import case_of, entries_of

SIMPLE = (
    "patient",
    "disease",
    "decision",
    "laboratory",
    "qlq_c30",
    "death",
    "history_line",
    "hai_course",
    "follow_up",
    "consent",
)
PER_CASE = ("patient", "disease", "death", "consent")


def test_the_whole_case_in_nouns() -> None:
    case = case_of("p-1", whole_case())
    assert (case.id, case.centre, case.disease, case.simulated) == ("p-1", "site-1", Disease.COLORECTAL, False)
    assert [site.id for site in case.sites] == ["liver", "t1", "t2", "nt1"]
    assert case.site("t1").segments == ("4a", "8")
    assert case.site("t1").role == "target"
    tace = case.treatment("tace-course-1")
    assert [session.at for session in tace.sessions] == [date(2026, 3, 2), date(2026, 3, 30)]
    beads = tace.sessions[0].embolizations[0]
    assert (beads.size_um, beads.drug_delivered_mg, beads.technical_success, beads.lobe) == ((100, 200), 100, True, "right")
    assert [(t.line, t.best_response) for t in case.treatments if t.kind == "systemic" and t.line] == [
        (1, "SD"),
        (2, "SD"),
        (3, "SD"),
    ]
    assert case.observed("age_years").number == 66  # type: ignore[union-attr]
    assert {o.answer for o in case.observations if o.what == "extrahepatic_site"} == {"lung", "lymph nodes"}
    ast = case.observed("ast_U_per_L")
    assert ast is not None and (ast.value, ast.upper_normal, ast.lower_normal, ast.visit) == (30, 35, None, "fu1")


def test_events_of_the_whole_case() -> None:
    events = {event.kind: event for event in case_of("p-1", whole_case()).events}
    assert set(events) == {"consent", "diagnosis", "decision", "adverse-event", "last-contact", "progression", "death"}
    pain = events["adverse-event"]
    assert (pain.term, pain.grade, pain.ctcae, pain.serious) == ("Abdominal pain", 3, "5", True)
    assert (pain.treatment, pain.session, pain.end) == ("tace-course-1", "tace-1", date(2026, 3, 6))
    assert (events["progression"].where, events["progression"].called_by) == ("liver", "imaging")
    assert events["decision"].intention == "salvage"
    assert events["death"].cause == "cancer"


def test_a_missing_value_keeps_its_reason_and_is_no_answer() -> None:
    case = case_of("p-1", whole_case())
    her2 = [o for o in case.observations if o.what == "her2"]
    assert [(o.missing, o.answer) for o in her2] == [("not done", None)]
    assert case.observed("her2") is None


def test_a_lesion_that_was_not_measured_has_its_state() -> None:
    entries = changed(whole_case(), "lesion.fu1.2", state="absent", longest_diameter_mm=None)
    seen = [o for o in case_of("p-1", entries).observations if o.site == "t2"]
    assert [(o.value, o.state, o.visit) for o in seen] == [(31.0, None, "baseline"), (None, "absent", "fu1")]


def test_readers_who_mean_another_lesion_by_one_name_are_kept_apart() -> None:
    other = {
        "scanned_on": "2026-02-18", "reader": "reader-2", "lesion": "t1", "role": "non-target", "organ": "lung", "node": "no",
        "state": "present",
    }  # fmt: skip
    case = case_of("p-1", [*whole_case(), entry("lesion", "baseline", other, 9)])
    assert [site.id for site in case.sites] == ["liver", "lung", "t1", "t2", "nt1", "reader-2.t1"]
    assert case.site("reader-2.t1").parent == "lung"


def test_a_lesion_named_like_an_organ_is_not_the_organ() -> None:
    entries = changed(whole_case(), "lesion.baseline.1", lesion="liver")
    case = case_of("p-1", entries)
    assert case.site("liver").kind == "organ"
    assert case.site("lesion-liver").kind == "lesion"


def test_positions_of_one_session_are_one_session() -> None:
    first = next(e for e in whole_case() if e.id == "tace_session.session-1.1")
    second = replace(first, id="second", instance=2, values={**first.values, "lobe": "left", "drug_delivered_mg": 50.0})
    (session, _) = case_of("p-1", [*whole_case(), second]).treatment("tace-course-1").sessions
    assert [e.lobe for e in session.embolizations] == ["right", "left"]


SIRT = {
    "session_on": "2026-06-01", "session": 2, "course": 1, "step": "delivery", "product": "sir-spheres", "lung_shunt_fraction": 0.05,
    "dosimetry": "partition", "lobe": "right", "activity_GBq": 1.4, "measured_at": "2026-06-01T08:00:00+02:00",
    "injected_at": "2026-06-01T10:00:00+02:00", "residual_fraction": 0.01, "technical_success": "yes", "lung_dose_Gy": 3.5,
}  # fmt: skip
MAPPING = {
    "session_on": "2026-05-20", "session": 1, "course": 1, "step": "mapping", "product": "sir-spheres", "lung_shunt_fraction": 0.06,
    "lobe": "right", "technical_success": "yes",
}  # fmt: skip


def test_radioembolization_with_its_mapping() -> None:
    case = case_of("p-1", [entry("sirt_session", "s1", MAPPING), entry("sirt_session", "s2", SIRT)])
    mapping, delivery = case.treatment("sirt-course-1").sessions
    assert (mapping.kind, mapping.injections, delivery.kind, delivery.lung_dose_Gy) == ("mapping", (), "delivery", 3.5)
    (injection,) = delivery.injections
    assert (injection.territory, injection.activity_GBq, injection.residual_fraction) == ("liver", 1.4, 0.01)
    assert injection.at is not None and injection.at.utcoffset() == timedelta(hours=2)
    assert [o.value for o in case.observations if o.what == "lung_shunt_fraction"] == [0.06]


def test_a_residue_that_nobody_measured_is_said() -> None:
    unknown = {**SIRT, "residual_fraction": {"missing": "not done"}}
    case = case_of("p-1", [entry("sirt_session", "s2", unknown)])
    assert "not known" in str(case.treatment("sirt-course-1").sessions[0].note)


def test_withdrawal_and_loss() -> None:
    gone = {"consented_on": "2026-01-01", "covers": ["registry"], "withdrawn": "yes", "withdrawn_on": "2026-05-01"}
    lost = {"contacted_on": "2026-04-01", "alive": {"missing": "unknown"}, "lost_to_follow_up": "yes"}
    case = case_of(
        "p-1", [entry("consent", "", {**gone, "withdrawal_scope": "no further contact"}), entry("follow_up", "fu", lost)]
    )
    assert [(e.kind, e.scope) for e in case.events] == [
        ("consent", None), ("withdrawal", "no further contact"), ("lost-to-follow-up", None),
    ]  # fmt: skip


def test_corrections_are_applied() -> None:
    entries = whole_case()
    old = next(e for e in entries if e.id == "patient.baseline.1")
    new = replace(old, id="n", replaces=old.id, recorded_at=RECORDED + timedelta(days=1), values={**old.values, "age_years": 67})
    assert [o.value for o in case_of("p-1", [*entries, new]).observations if o.what == "age_years"] == [67]


def test_as_of_leaves_out_what_was_recorded_later() -> None:
    entries = [
        replace(e, recorded_at=datetime(2027, 1, 1, tzinfo=UTC)) if e.form in ("death", "laboratory") else e for e in whole_case()
    ]
    before = case_of("p-1", entries).as_of(RECORDED)
    assert not [e for e in before.events if e.kind == "death"]
    assert before.observed("inr") is None
    assert before.observed("age_years") is not None


def test_a_simulated_patient_says_so() -> None:
    case = case_of("p-1", changed(whole_case(), "patient.baseline.1", simulated="yes"))
    assert case.simulated
    assert case_of("p-1", entries_of(case)).simulated


def test_refusals_name_no_content() -> None:
    with pytest.raises(BadInput, match="another case"):
        case_of("p-2", whole_case())
    with pytest.raises(BadInput, match="patient, edition 9"):
        case_of("p-1", [replace(whole_case()[1], edition=9)])
    with pytest.raises(BadInput, match="contradictions in") as error:
        case_of("p-1", changed(whole_case(), "lesion.fu1.2", merged_into="secret-lesion"))
    assert "secret-lesion" not in str(error.value)


def canonical(case: Case) -> dict[str, Any]:
    """A case without the order of its entries."""
    plain = case.model_dump(mode="json")
    return {key: sorted(map(repr, value)) if isinstance(value, list) else value for key, value in plain.items()}


def test_the_whole_case_goes_round() -> None:
    case = case_of("p-1", whole_case())
    again = entries_of(case, author="u-9")
    assert canonical(case_of("p-1", again)) == canonical(case)
    assert {e.author for e in again} == {"u-9"}
    assert len({e.id for e in again}) == len(again) == len({e.place for e in again})


def test_entries_made_of_a_case_lose_no_value_that_has_a_noun() -> None:
    made = {
        (e.form, e.visit if e.form != "tace_session" else "", e.instance): e for e in entries_of(case_of("p-1", whole_case()))
    }
    lost = []
    for one in without(whole_case(), "consent", "death", "tace_session"):
        back = made[one.form, one.visit, one.instance]
        for item in form(one.form).items:
            if item.noun is not None and one.get(item.name) is not None and back.get(item.name) != one.get(item.name):
                lost.append((one.place, item.name))
    assert lost == []


def test_sirt_ablation_and_infusion_go_round() -> None:
    ablation = {
        "session_on": "2026-06-20", "session": 1, "course": 1, "modality": "microwave", "approach": "percutaneous", "lesion": "t1",
        "lesion_diameter_mm": 20.0, "technical_success": "yes",
    }  # fmt: skip
    entries = [
        *whole_case(), entry("sirt_session", "s1", MAPPING), entry("sirt_session", "s2", SIRT), entry("ablation_session", "a", ablation),
        entry("hai_course", "hai", {"started_on": "2026-07-01", "delivery": "port", "drugs": ["oxaliplatin"], "cycles": 3}),
    ]  # fmt: skip
    case = case_of("p-1", entries)
    assert canonical(case_of("p-1", entries_of(case))) == canonical(case)


def test_a_case_folder_s_nouns_become_entries_that_ask_for_the_rest() -> None:
    case = Case.model_validate(
        {
            "id": "gls-1",
            "treatments": [
                {"id": "folfox", "kind": "systemic", "line": 1, "at": "2025-01-01", "drugs": ["oxaliplatin"]},
                {"id": "tace", "kind": "TACE", "sessions": [{"id": "one", "kind": "procedure", "at": "2026-01-05",
                                                             "embolizations": [{"drug_delivered_mg": 75}]}]},
            ],
            "observations": [{"what": "bilirubin_umol_per_L", "value": 11, "at": "2026-01-04"}],
        }
    )  # fmt: skip
    entries = {e.form: e for e in entries_of(case)}
    assert set(entries) == {"history_line", "tace_session", "laboratory"}
    session = entries["tace_session"]
    assert (session.site, session.get("drug_delivered_mg"), session.reason("volume_mL")) == ("unknown", 75.0, "unknown")
    assert [p.code for p in refused(check_values(form("tace_session"), session.values))] == []
    assert entries["laboratory"].reason("inr") == "unknown"


@st.composite
def simple_cases(draw: st.DrawFn) -> list[FormEntry]:
    """Entries of forms whose order and places are free, each recorded at its own time."""
    names = draw(st.lists(st.sampled_from(SIMPLE), min_size=1, max_size=6))
    found: list[FormEntry] = []
    for number, name in enumerate(dict.fromkeys(names) if draw(st.booleans()) else names):
        if name in PER_CASE and any(e.form == name for e in found):
            continue
        values = draw(valid_values(form(name)))
        found.append(entry(name, f"v{number}", values, recorded_at=RECORDED + timedelta(hours=number)))
    return found


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(simple_cases())
def test_any_entries_that_forms_take_go_round(entries: list[FormEntry]) -> None:
    case = case_of("p-1", entries)
    again = entries_of(case)
    nothing_said = {} if again else {"centre": None}
    assert canonical(case_of("p-1", again)) == canonical(case) | nothing_said
    for one in again:
        assert set(one.values) <= set(forms()[one.form].by_name)


def test_fields_of_every_noun_exist() -> None:
    from glisson.case import Embolization, Event, Injection, Session, Site, Treatment

    nouns = {
        "case": Case, "site": Site, "treatment": Treatment, "session": Session, "embolization": Embolization, "injection": Injection,
        "event": Event,
    }  # fmt: skip
    unknown = [
        f"{name}.{item.name}"
        for name, one in forms().items()
        for item in one.items
        if item.noun is not None and item.noun.noun in nouns and item.noun.field not in nouns[item.noun.noun].model_fields
    ]
    assert unknown == []
