"""Every check across forms is content with a good case, and fires on the one that was spoilt for it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from form_values import changed, entry, whole_case, without
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.records.checks import RULES, CheckSettings, Course, count_windows, cross_checks
from glisson.records.forms import FormEntry, form, forms

Entries = list[FormEntry]
Spoilt = Callable[[Entries], Entries]


def change(id: str, **values: Any) -> Spoilt:
    return lambda entries: changed(entries, id, **values)


def add(name: str, visit: str, values: dict[str, Any], instance: int = 1) -> Spoilt:
    return lambda entries: [*entries, entry(name, visit, values, instance)]


def like(id: str, instance: int, visit: str | None = None, **values: Any) -> Spoilt:
    """One more entry like another, in another place."""

    def more(entries: Entries) -> Entries:
        one = next(e for e in entries if e.id == id)
        made = changed([one], id, **values)[0]
        return [*entries, replace(made, id=f"{id}.{instance}", instance=instance, visit=one.visit if visit is None else visit)]

    return more


def drop(*forms: str) -> Spoilt:
    return lambda entries: without(entries, *forms)


def both(*steps: Spoilt) -> Spoilt:
    def all_of(entries: Entries) -> Entries:
        for step in steps:
            entries = step(entries)
        return entries

    return all_of


FATAL = {"grade": 5, "outcome": "fatal", "serious_criteria": ["death", "hospital stay"]}
PAIN = "adverse_event.session-1.1"
SIRT = {
    "session_on": "2026-06-01", "session": 1, "course": 1, "step": "delivery", "product": "sir-spheres", "lung_shunt_fraction": 0.05,
    "dosimetry": "partition", "lobe": "right", "activity_GBq": 1.4, "measured_at": "2026-06-01T08:00:00+02:00",
    "injected_at": "2026-06-01T10:00:00+02:00", "residual_fraction": 0.01, "technical_success": "yes",
}  # fmt: skip
ABLATION = {
    "session_on": "2026-06-20", "session": 1, "course": 1, "modality": "microwave", "approach": "percutaneous", "lesion": "t9",
    "lesion_diameter_mm": 20.0, "technical_success": "yes",
}  # fmt: skip

SPOILT: dict[str, Spoilt] = {
    "entry.twice": lambda entries: [*entries, replace(entries[-1], id="another")],
    "entry.more-than-one": like("patient.baseline.1", 1, visit="again"),
    "entry.copy": like("laboratory.fu1.1", 2),
    "entry.no-patient": drop("patient"),
    "entry.unknown-form": lambda entries: [*entries, replace(entries[-1], id="x", form="future", edition=4)],
    "dates.after-death": change("laboratory.fu1.1", sampled_on="2026-11-28"),
    "dates.after-recording": change("follow_up.month-6.1", contacted_on="2026-12-03"),
    "dates.end-before-start": change("history_line.baseline.2", ended_on="2020-01-01"),
    "dates.session-before-decision": change("decision.baseline.1", board_on="2026-03-03"),
    "dates.session-before-consent": change("consent.case.1", consented_on="2026-03-03"),
    "dates.session-order": change("tace_session.session-2.1", session_on="2026-03-01"),
    "dates.follow-up-before-session": change("follow_up.month-6.1", contacted_on="2026-03-01"),
    "dates.diagnosis-after-session": change("disease.baseline.1", metastases_on="2026-03-03"),
    "dates.progression-after-contact": change("follow_up.month-6.1", hepatic_progression_on="2026-10-10"),
    "dates.progression-before-session": change("follow_up.month-6.1", hepatic_progression_on="2026-03-01"),
    "dates.age-and-birth-year": change("patient.baseline.1", birth_year=1950),
    "dates.injection-not-on-session-day": add("sirt_session", "sirt", {**SIRT, "session_on": "2026-06-02"}),
    "consent.entry-after-withdrawal": change(
        "consent.case.1", withdrawn="yes", withdrawn_on="2026-04-01", withdrawal_scope="no further data"
    ),
    "death.alive-no-but-no-death": both(drop("death"), change("follow_up.month-6.1", alive="no")),
    "session.delivered-above-loaded": change("tace_session.session-1.1", drug_delivered_mg=101.0),
    "session.size-reversed": change("tace_session.session-1.1", size_low_um=300.0),
    "session.loading-per-volume": change("tace_session.session-1.1", volume_mL=1.9),
    "session.loading-per-embolization": change("tace_session.session-1.1", drug_loaded_mg=150.0, volume_mL=4.0),
    "session.endpoint-and-dose": change("tace_session.session-1.1", drug_delivered_mg=80.0),
    "session.positions-differ": like("tace_session.session-1.1", 2, session_on="2026-03-09", lobe="left"),
    "session.one-day-two-numbers": like("tace_session.session-1.1", 2, session=3, lobe="left"),
    "session.delivery-without-mapping": add("sirt_session", "sirt", SIRT),
    "session.lesion-unknown": add("ablation_session", "ablation", ABLATION),
    "lesion.twice": like("lesion.fu1.2", 4, lesion="t1"),
    "lesion.no-scan": lambda entries: [e for e in entries if e.id != "imaging.fu1.1"],
    "lesion.scan-date-differs": change("lesion.fu1.1", scanned_on="2026-04-22"),
    "lesion.changed": change("lesion.fu1.1", role="non-target"),
    "lesion.new-at-baseline": change("lesion.baseline.3", role="new"),
    "lesion.not-at-baseline": like("lesion.fu1.2", 4, lesion="t3"),
    "lesion.too-many-targets": both(
        *(like("lesion.baseline.2", 10 + n, lesion=f"x{n}", organ=f"organ {chr(97 + n)}") for n in range(4))
    ),
    "lesion.too-many-in-organ": like("lesion.baseline.2", 10, lesion="x1"),
    "lesion.target-too-small": change("imaging.baseline.1", slice_thickness_mm=16.0),
    "lesion.target-treated-before": change("lesion.baseline.1", treated_before_on="2025-01-01", progressed_since="no"),
    "lesion.target-not-read": lambda entries: [e for e in entries if e.id != "lesion.fu1.2"],
    "lesion.related-unknown": change("lesion.fu1.2", merged_into="t7"),
    "lesion.part-above-whole": change("lesion.fu1.1", viable_diameter_mm=41.5),
    "lesion.jump": change("lesion.fu1.1", longest_diameter_mm=4.1),
    "imaging.no-baseline": change("imaging.baseline.1", timepoint="unscheduled"),
    "imaging.baseline-after-session": change("imaging.baseline.1", scanned_on="2026-03-03"),
    "imaging.baseline-too-early": change("imaging.baseline.1", scanned_on="2026-02-01"),
    "imaging.outside-window": change("imaging.fu1.1", timepoint="follow-up 2"),
    "response.no-scan": lambda entries: [e for e in entries if e.id != "imaging.fu1.1"],
    "response.new-lesion": change("response.fu1.1", new_lesion="yes", overall="PD"),
    "response.new-not-progression": change("response.fu1.1", new_lesion="yes"),
    "laboratory.unit": change("laboratory.fu1.1", bilirubin_umol_per_L=0.7 * 1.7),
    "laboratory.differential": change("laboratory.fu1.1", neutrophils_1e9_per_L=7.0),
    "disease.count-and-class": change("disease.baseline.1", liver_lesions=3),
    "disease.involvement-and-class": change("disease.baseline.1", liver_involvement_fraction=0.3),
    "history.line-twice": change("history_line.baseline.3", line=2),
    "history.line-gap": change("history_line.baseline.3", line=4),
    "history.lines-and-decision": change("decision.baseline.1", systemic_lines=4),
    "history.response-and-decision": change("decision.baseline.1", last_response="SD", intention="consolidation"),
    "intention.disagrees": change("decision.baseline.1", intention="consolidation"),
    "adverse.grade-5-without-death": both(drop("death"), change(PAIN, **FATAL)),
    "adverse.grade-5-not-fatal": change(PAIN, grade=5),
    "adverse.death-by-treatment-without-event": change("death.case.1", cause="treatment"),
    "adverse.fatal-not-serious": change(PAIN, **{**FATAL, "serious_criteria": ["hospital stay"]}),
    "adverse.serious-incomplete": change(PAIN, reported_at=None),
    "adverse.hospital-not-serious": change(
        PAIN, serious="no", serious_criteria=None, aware_at=None, reported_at=None, expected=None
    ),
    "adverse.report-before-awareness": change(PAIN, reported_at="2026-03-02T14:00:00+01:00"),
    "adverse.awareness-before-onset": change(PAIN, started_on="2026-03-03", phase="within 30 days"),
    "adverse.relation-none-and-other": change(PAIN, relation=["none", "drug"]),
    "adverse.session-unknown": change(PAIN, session=7),
    "adverse.phase": change(PAIN, phase="later"),
    "adverse.twice": like(PAIN, 2, grade=2),
    "quality.mostly-empty": change("qlq_c30.baseline.1", **{f"q{n}": {"missing": "not done"} for n in range(1, 17)}),
}


def codes(entries: Entries, **settings: Any) -> set[str]:
    return {problem.code for problem in cross_checks(entries, settings=CheckSettings(**settings) if settings else None)}


def test_a_good_case_has_nothing_to_ask() -> None:
    assert cross_checks(whole_case()) == []


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert set(SPOILT) == set(RULES)


@pytest.mark.parametrize("code", SPOILT)
def test_a_rule_fires_on_the_case_that_was_spoilt_for_it(code: str) -> None:
    problems = [problem for problem in cross_checks(SPOILT[code](whole_case())) if problem.code == code]
    assert problems, code
    for problem in problems:
        assert problem.level == RULES[code].level
        assert problem.entries
        assert len(problem.places) == len(problem.entries)


@pytest.mark.parametrize("code", SPOILT)
def test_no_problem_repeats_what_was_entered(code: str) -> None:
    entries = SPOILT[code](whole_case())
    secrets = {
        str(one.values[item.name])
        for one in entries
        if one.form in forms()
        for item in form(one.form).items
        if not item.words and len(str(one.values.get(item.name, ""))) >= 10
    }
    assert len(secrets) >= 20
    for problem in cross_checks(entries):
        assert not [secret for secret in secrets if secret in problem.words], problem.code


def test_values_of_an_entry_are_checked_by_its_own_form() -> None:
    entries = changed(whole_case(), "laboratory.fu1.1", inr=25.0, albumin_g_per_L=3.9)
    found = {(problem.code, problem.item) for problem in cross_checks(entries)}
    assert ("values.out-of-range", "inr") in found
    assert ("values.out-of-range", "albumin_g_per_L") in found


def test_a_replaced_entry_is_not_checked() -> None:
    entries = whole_case()
    wrong = next(e for e in entries if e.id == "laboratory.fu1.1")
    right = replace(wrong, id="right", replaces=wrong.id)
    spoilt = replace(wrong, values={**wrong.values, "inr": 25.0})
    assert cross_checks([spoilt if e is wrong else e for e in entries] + [right]) == []


def test_the_order_of_entries_does_not_matter() -> None:
    for spoilt in SPOILT.values():
        entries = spoilt(whole_case())
        assert codes(entries) == codes(entries[::-1])


def test_a_fatal_event_with_its_death_is_no_problem() -> None:
    entries = changed(changed(whole_case(), PAIN, **FATAL), "death.case.1", cause="treatment")
    assert codes(entries) == set()


def test_knowledge_of_a_death_may_come_after_it() -> None:
    told = {
        "contacted_on": "2026-11-25", "alive": "no", "lost_to_follow_up": "no", "hepatic_progression": {"missing": "unknown"},
        "extrahepatic_progression": {"missing": "unknown"}, "new_therapy": {"missing": "unknown"},
    }  # fmt: skip
    entries = add("follow_up", "last", told)(whole_case())
    assert codes(entries) == set()
    alive = changed(entries, "follow_up.last.1", alive="yes")
    assert codes(alive) == {"dates.after-death"}


def test_loading_limits_are_the_centre_s_where_it_states_them() -> None:
    entries = changed(whole_case(), "tace_session.session-1.1", drug_loaded_mg=150.0, drug_delivered_mg=150.0, volume_mL=2.0)
    assert codes(entries) == {"session.loading-per-volume", "session.loading-per-embolization"}
    assert codes(entries, loading_mg_per_mL=75.0, loading_mg=200.0) == set()
    with pytest.raises(BadInput, match="loading_mg_per_mL"):
        CheckSettings(loading_mg_per_mL=0.0)
    with pytest.raises(BadInput, match="follow-up 1"):
        CheckSettings(windows_days={"follow-up 1": (10, 5)})


@given(st.integers(1, 260))
def test_windows_are_counted_and_nothing_is_moved(days: int) -> None:
    """FU1 0.5 to 2.5 months, FU2 2.7 to 6.9 months of 30.4375 days after the first session."""
    scanned = datetime(2026, 3, 2, tzinfo=UTC).toordinal() + days
    entries = changed(whole_case(), "imaging.fu1.1", scanned_on=datetime.fromordinal(scanned).date().isoformat())
    counts = count_windows(Course.of(entries))
    inside = 0.5 <= days / 30.4375 <= 2.5
    assert counts["follow-up 1"] == {"inside" if inside else "outside": 1}
    assert counts["follow-up 2"] == {}


def test_a_window_without_a_session_cannot_be_said() -> None:
    assert count_windows(Course.of(without(whole_case(), "tace_session")))["follow-up 1"] == {"cannot say": 1}


@given(st.floats(5, 60), st.sampled_from([1.0, 1.0, 0.1]))
def test_a_slip_of_unit_is_told_by_the_other_values(albumin: float, slip: float) -> None:
    entries = changed(whole_case(), "laboratory.fu1.1", albumin_g_per_L=max(albumin * slip, 5.0))
    value = max(albumin * slip, 5.0)
    wanted = not 20.5 <= value <= 82 and 20.5 <= 10 * value <= 82
    assert ("laboratory.unit" in codes(entries)) == wanted
