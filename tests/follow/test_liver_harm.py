"""REILD, post-embolization syndrome, Braat's grade, ALBI shift and the dose-limiting set against their published definitions."""

import itertools
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.case import Case, Event, Observation, Session, Treatment
from glisson.errors import BadInput, MissingFact
from glisson.follow.albi_shift import albi_by_day, albi_shift
from glisson.follow.dose_limiting import Harm, dose_limiting
from glisson.follow.harm_from_cases import laboratory_of, sessions_of
from glisson.follow.liver_harm import LiverSigns, braat, postembolization, reild, reild_window
from glisson.follow.liver_harm_of_case import LiverHarm, Stated, liver_harm_of
from glisson.score.albi import albi

THREE = (True, False, None)
three = st.sampled_from(THREE)


def signs(
    jaundice: Any = False, ascites: Any = False, bilirubin: Any = False, albumin: Any = False, other: Any = False
) -> LiverSigns:
    return LiverSigns(jaundice, ascites, bilirubin, albumin, other)


@pytest.mark.parametrize(
    ("found", "progression", "obstruction", "text"),
    [
        (signs(jaundice=True), False, False, "REILD: yes (jaundice)"),
        (signs(jaundice=True, bilirubin=True), True, False, "REILD: no (jaundice; raised bilirubin; explained by tumour progression)"),
        (signs(ascites=True), False, True, "REILD: no (new or worse ascites; explained by biliary obstruction)"),
        (signs(bilirubin=True), False, False, "REILD: no (no symptomatic decline of the liver)"),
        (signs(bilirubin=True, other=True), False, False, "REILD: yes (raised bilirubin)"),
        (signs(bilirubin=True, other=None), False, False, "REILD: cannot say: other symptoms of liver failure missing"),
        (signs(), None, None, "REILD: no (no symptomatic decline of the liver)"),
        (signs(jaundice=True), None, None, "REILD: cannot say: tumour progression, biliary obstruction missing"),
        (signs(jaundice=None), False, False, "REILD: cannot say: jaundice missing"),
        (signs(jaundice=None), True, False, "REILD: no (explained by tumour progression)"),
    ],
)  # fmt: skip
def test_reild_against_its_definition(found: LiverSigns, progression: bool | None, obstruction: bool | None, text: str) -> None:
    assert reild(found, tumour_progression=progression, biliary_obstruction=obstruction).text == text


def test_both_incidences_are_shown() -> None:
    incidence = reild(signs(), tumour_progression=None, biliary_obstruction=None).incidence
    assert any("0 to 5.4 %" in claim and "van-roekel-thesis" in claim for claim in incidence)
    assert any("20 %" in claim and "pmc4936170" in claim for claim in incidence)
    both = postembolization({}).incidence
    assert any("55 %" in claim for claim in both) and any("10 to 70 %" in claim for claim in both)


@settings(deadline=None)
@given(st.tuples(*[three] * 7))
def test_reild_is_what_all_worlds_agree_on(facts: tuple[bool | None, ...]) -> None:
    """Three-valued by definition: yes (no) only when every way to fill in the unknown gives yes (no)."""

    def said(values: tuple[bool | None, ...]) -> str:
        return reild(LiverSigns(*values[:5]), tumour_progression=values[5], biliary_obstruction=values[6]).said

    worlds = {said(w) for w in itertools.product(*[(True, False) if fact is None else (fact,) for fact in facts])}
    answer = reild(LiverSigns(*facts[:5]), tumour_progression=facts[5], biliary_obstruction=facts[6])
    assert "cannot say" not in worlds
    assert answer.said == (worlds.pop() if len(worlds) == 1 else "cannot say")
    assert bool(answer.missing) == (answer.said == "cannot say")


def test_window_of_reild_is_two_weeks_to_four_months() -> None:
    window = reild_window()
    assert [window.holds(day) for day in (13, 14, 121, 122)] == [False, True, True, False]


def test_postembolization_syndrome() -> None:
    every = ("fatigue", "nausea", "vomiting", "anorexia", "fever", "abdominal pain")
    assert postembolization(dict.fromkeys(every, False)).text == "post-embolization syndrome: no (no sign)"
    assert postembolization(dict.fromkeys(every, False) | {"fever": None}).missing == ("fever",)
    two = dict.fromkeys(every, False) | {"fever": True, "nausea": True}
    assert postembolization(two, signs_needed=2).said == "yes" and postembolization(two, signs_needed=3).said == "no"
    assert postembolization(two | {"vomiting": None}, signs_needed=3).said == "cannot say"
    with pytest.raises(BadInput, match="no sign of the post-embolization syndrome: itching"):
        postembolization({"itching": True})
    with pytest.raises(BadInput, match="1 to 6"):
        postembolization({}, signs_needed=0)


@pytest.mark.parametrize(
    ("worst", "disease", "invasive", "fatal", "lowest", "highest"),
    [
        (0, "no", None, False, 0, 0), (1, "no", None, False, 1, 1), (2, "no", False, False, 2, 2), (4, "no", False, False, 2, 2),
        (4, "yes", False, False, 3, 3), (1, "yes", True, False, 4, 4), (4, "yes", True, True, 5, 5),
        (3, "yes", None, False, 3, 4), (1, "cannot say", None, False, 1, 4), (None, "no", None, False, 0, 2),
        (1, "no", None, None, 1, 5),
    ],
)  # fmt: skip
def test_braat_against_its_definition(
    worst: Any, disease: Any, invasive: bool | None, fatal: bool | None, lowest: int, highest: int
) -> None:
    found = braat(worst_new_grade=worst, reild_said=disease, invasive_treatment=invasive, fatal=fatal)
    assert (found.lowest, found.highest) == (lowest, highest)
    assert bool(found.missing) == (lowest < highest) and ("cannot say" in found.text) == (lowest < highest)


DAY = date(2026, 3, 2)


def at(day: int) -> str:
    return str(DAY + timedelta(days=day))


def case_of(*events: Event, kind: Any = "radioembolization", observations: tuple[Observation, ...] = ()) -> Case:
    session = Session(id="s1", kind="delivery", at=str(DAY))
    return Case(
        id="p-1", treatments=(Treatment(id="t", kind=kind, sessions=(session,)),), events=events, observations=observations
    )


def harm(term: str, day: int, grade: int = 2) -> Event:
    return Event(kind="adverse-event", term=term, grade=grade, ctcae="5", at=at(day))


SEEN_LATE = Event(kind="last-contact", at=at(200))
CLEAR = Stated(tumour_progression=False, biliary_obstruction=False, other_symptoms=False)


def of(case: Case, stated: Stated = CLEAR) -> LiverHarm:
    return liver_harm_of(case, "s1", stated=stated)


@pytest.mark.parametrize(("day", "said"), [(13, "no"), (14, "yes"), (121, "yes"), (122, "no")])
def test_ascites_of_a_case_inside_and_outside_the_window(day: int, said: str) -> None:
    assert of(case_of(harm("Ascites", day), SEEN_LATE)).reild.said == said


def test_a_case_that_was_not_watched_to_the_end_cannot_say_no() -> None:
    lost = of(case_of(Event(kind="last-contact", at=at(60))))
    assert lost.reild.text == "REILD: cannot say: jaundice, new or worse ascites missing"
    assert lost.postembolization.said == "no"
    assert of(case_of(SEEN_LATE)).reild.said == "no"


def test_the_case_itself_says_progression_and_obstruction() -> None:
    progressed = case_of(harm("Jaundice", 40), SEEN_LATE, Event(kind="progression", where="liver", at=at(50)))
    assert of(progressed, Stated(biliary_obstruction=False)).reild.said == "no"
    blocked = case_of(
        harm("Jaundice", 40), SEEN_LATE, observations=(Observation(what="biliary_obstruction", answer="yes", at=at(41)),)
    )
    assert of(blocked, Stated(tumour_progression=False)).reild.said == "no"
    unclear = of(case_of(harm("Jaundice", 40), SEEN_LATE), Stated())
    assert unclear.reild.missing == ("tumour progression", "biliary obstruction")


def test_values_of_a_case_make_a_decline_with_other_symptoms() -> None:
    blood = (
        Observation(what="bilirubin_umol_per_L", value=12, upper_normal=21, at=at(-3)),
        Observation(what="bilirubin_umol_per_L", value=60, upper_normal=21, at=at(45)),
        Observation(what="albumin_g_per_L", value=38, lower_normal=35, at=at(-3)),
        Observation(what="albumin_g_per_L", value=36, lower_normal=35, at=at(45)),
    )
    case = case_of(SEEN_LATE, observations=blood)
    sick = Stated(tumour_progression=False, biliary_obstruction=False, other_symptoms=True)
    assert of(case, sick).reild.text == "REILD: yes (raised bilirubin)"
    assert of(case).reild.said == "no"
    assert of(case).braat.grade == 2
    assert of(case, sick).braat.text.startswith("hepatotoxicity (Braat): cannot say: invasive treatment missing (grade 3 to 4)")


def test_worse_ascites_by_answers() -> None:
    steady = (Observation(what="ascites", answer="mild", at=at(-2)), Observation(what="ascites", answer="mild", at=at(60)))
    assert of(case_of(SEEN_LATE, observations=steady)).reild.said == "no"
    worse = (steady[0], Observation(what="ascites", answer="moderate or severe", at=at(60)))
    assert of(case_of(SEEN_LATE, observations=worse)).reild.said == "yes"
    unclear = of(case_of(SEEN_LATE, observations=worse[1:]))
    assert unclear.reild.missing == ("new or worse ascites",)


def test_reild_belongs_to_radioembolization_and_death_is_grade_5() -> None:
    assert of(case_of(harm("Ascites", 30), SEEN_LATE, kind="TACE")).reild.because == ("defined after radioembolization only",)
    died = case_of(harm("Ascites", 30, 4), Event(kind="death", cause="treatment", at=at(60)))
    assert of(died).braat.grade == 5
    nobody_said = case_of(harm("Ascites", 30, 4), Event(kind="death", at=at(60)))
    assert of(nobody_said).braat.highest == 5 and of(nobody_said).braat.grade is None


def test_a_session_that_is_not_there_or_has_no_day() -> None:
    with pytest.raises(BadInput, match="0 sessions 's2' in this case"):
        liver_harm_of(case_of(), "s2")
    undated = Case(id="p-1", treatments=(Treatment(id="t", kind="TACE", sessions=(Session(id="s1", kind="procedure"),)),))
    with pytest.raises(MissingFact, match="the day of the session"):
        liver_harm_of(undated, "s1")


def test_albi_shift_against_single_values() -> None:
    values = [(12, 42, -5), (60, 30, 30), (20, 38, 60), (900, 20, 200)]
    seen = tuple(
        Observation(what=what, value=value, at=at(day))
        for bilirubin, albumin, day in values
        for what, value in (("bilirubin_umol_per_L", bilirubin), ("albumin_g_per_L", albumin))
    )
    case = case_of(observations=(*seen, Observation(what="albumin_g_per_L", value=10, at=at(31))))
    table = laboratory_of([case])
    by_day = albi_by_day(table)
    for (bilirubin, albumin, _), row in zip(values, by_day.iter_rows(named=True), strict=True):
        one = albi(bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin)
        assert row["albi"] == pytest.approx(one.value) and f"grade {row['albi_grade']}" == one.group
    first = sessions_of([case]).select("patient", "date")
    assert albi_shift(table, first, to_day=121).rows() == [("p-1", 1, 3, 2, None)]
    bare = albi_shift(table.head(0), first, to_day=121)
    assert bare["missing"].to_list() == ["ALBI before the first session, ALBI from day 1 to 121"]
    with pytest.raises(BadInput, match="two first sessions"):
        albi_shift(table, pl.concat([first, first]), to_day=121)
    with pytest.raises(BadInput, match="day 1 or later"):
        albi_shift(table, first, to_day=0)


def limits(*harms: Harm, peak: float | None = 20.0, days: float | None = 0.0) -> dict[str, str]:
    names = ("blood", "fever", "transaminases", "bilirubin", "lasting", "infection", "other")
    found = dose_limiting(harms, bilirubin_peak_umol_per_L=peak, days_from_3_mg_per_dL=days)
    return {name: answer.said for name, answer in zip(names, found, strict=True) if answer.said != "no"}


MG = 17.104


@pytest.mark.parametrize(
    ("harms", "peak", "days", "expected"),
    [
        ((), 20, 0, {}),
        ((Harm("Neutrophil count decreased", 4),), 20, 0, {"blood": "yes", "fever": "cannot say"}),
        ((Harm("Neutrophil count decreased", 3, fever=False),), 20, 0, {}),
        ((Harm("Neutrophil count decreased", 3, fever=True),), 20, 0, {"fever": "yes"}),
        ((Harm("Platelet count decreased", 3),), 20, 0, {}),
        ((Harm("Platelet count decreased", None),), 20, 0, {"blood": "cannot say"}),
        ((Harm("Alanine aminotransferase increased", 4, lasted_days=7),), 20, 0, {}),
        ((Harm("Alanine aminotransferase increased", 4, lasted_days=8),), 20, 0, {"transaminases": "yes"}),
        ((Harm("Aspartate aminotransferase increased", 4),), 20, 0, {"transaminases": "cannot say"}),
        ((Harm("Aspartate aminotransferase increased", 3, lasted_days=30),), 20, 0, {}),
        ((), 5 * MG, 1, {"bilirubin": "yes"}),
        ((), 4.99 * MG, 14, {}),
        ((), 3 * MG, 15, {"lasting": "yes"}),
        ((), 2.99 * MG, 15, {}),
        ((), None, 15, {"bilirubin": "cannot say", "lasting": "cannot say"}),
        ((Harm("Hepatic abscess", 2, drainage=True),), 20, 0, {"infection": "yes"}),
        ((Harm("Cholecystitis", 2),), 20, 0, {"infection": "cannot say"}),
        ((Harm("Hypertension", 3),), 20, 0, {"other": "yes"}),
        ((Harm("Hypertension", 2),), 20, 0, {}),
        ((Harm("Hypertension", None),), 20, 0, {"other": "cannot say"}),
        ((Harm("Abdominal pain", 4), Harm("Fatigue", 3), Harm("Anemia", 3)), 20, 0, {}),
    ],
)  # fmt: skip
def test_dose_limiting_set_against_its_table(
    harms: tuple[Harm, ...], peak: float | None, days: float, expected: dict[str, str]
) -> None:
    assert limits(*harms, peak=peak, days=days) == expected


def test_dose_limiting_answers_name_what_is_missing() -> None:
    found = dose_limiting([Harm("Cholecystitis", 2)], bilirubin_peak_umol_per_L=None, days_from_3_mg_per_dL=None)
    missing = {part for answer in found for part in answer.missing}
    assert missing == {"highest bilirubin", "time with bilirubin from 3 mg/dL", "drainage of cholecystitis"}
    assert all(answer.sources == ("tace-folfiri-2019",) for answer in found)
