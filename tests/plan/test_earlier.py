"""What was given before: counted once, in its own mass, and never assumed."""

from datetime import UTC, date, datetime

import pytest

from glisson.case import Case, Injection, Planning, Session, Site, Treatment
from glisson.case.site import FileContour
from glisson.errors import BadInput
from glisson.plan.earlier import at_injection_GBq, earlier_treatments

SITES = (
    Site(id="liver", kind="organ", organ="liver", contour=FileContour(file="l.nii")),
    Site(id="right", kind="territory", parent="liver", contour=FileContour(file="r.nii")),
)
PLANNED = datetime(2026, 6, 1, 9, tzinfo=UTC)


def case(*treatments: Treatment) -> Case:
    return Case(id="p", sites=SITES, treatments=(Treatment(id="now", kind="radioembolization", planning=Planning()), *treatments))


def delivery(name: str, at: object = date(2026, 1, 5), **more: object) -> Session:
    return Session(id=name, kind="delivery", at=at, **more)


def injection(**more: object) -> Injection:
    return Injection(territory="right", activity_GBq=2.0, lung_shunt_fraction=0.05, **more)


def test_lung_dose_is_computed_with_the_mass_used_then() -> None:
    first = Treatment(
        id="first",
        kind="radioembolization",
        product="sir-spheres",
        sessions=(delivery("d1", injections=(injection(residual_fraction=0.02),), lung_mass_g=800.0),),
    )
    found = earlier_treatments(case(first), "now", Planning(injection_at=PLANNED))
    assert found.lung_Gy == pytest.approx(49.67 * 2.0 * 0.98 * 0.05 / 0.8, rel=1e-4)
    assert found.sessions[0].lung_mass_g == 800.0
    assert found.as_json()[0]["session"] == "d1"


def test_activity_is_decayed_to_the_injection() -> None:
    measured = datetime(2026, 1, 5, 8, tzinfo=UTC)
    one = injection(measured_at=measured, at=datetime(2026, 1, 5, 14, tzinfo=UTC))
    first = Treatment(id="first", kind="radioembolization", product="therasphere", sessions=(delivery("d1", injections=(one,)),))
    found = earlier_treatments(case(first), "now", Planning(injection_at=PLANNED))
    assert found.lung_Gy == pytest.approx(4.967 * 0.9372, rel=1e-3)
    assert "1 kg by convention" in found.sessions[0].how


def test_entered_lung_dose_stands() -> None:
    first = Treatment(
        id="first", kind="radioembolization", sessions=(delivery("d1", lung_dose_Gy=11.0, normal_liver_dose_Gy=30.0),)
    )
    found = earlier_treatments(case(first), "now", Planning(injection_at=PLANNED))
    assert found.lung_Gy == 11.0 and not found.lung_unknown and not found.normal_liver_unknown


@pytest.mark.parametrize(
    ("treatment", "words"),
    [
        (Treatment(id="old", kind="radioembolization"), "no session on record"),
        (Treatment(id="old", kind="radiotherapy"), "external radiotherapy"),
        (Treatment(id="old", kind="radioembolization", sessions=(delivery("d1"),)), "missing product, injections"),
        (
            Treatment(
                id="old",
                kind="radioembolization",
                product="therasphere",
                sessions=(delivery("d1", injections=(Injection(territory="right", activity_GBq=1.0),)),),
            ),
            "missing lung_shunt_fraction",
        ),
    ],
)
def test_unknown_is_an_answer_and_not_zero(treatment: Treatment, words: str) -> None:
    found = earlier_treatments(case(treatment), "now", Planning(injection_at=PLANNED))
    assert found.lung_unknown and found.sessions[0].lung_Gy is None
    assert words in found.sessions[0].how


def test_a_plan_made_again_does_not_count_its_own_delivery() -> None:
    own = Treatment(
        id="now",
        kind="radioembolization",
        product="sir-spheres",
        planning=Planning(),
        sessions=(delivery("d1", at=None, injections=(injection(),)),),
    )
    alone = Case(id="p", sites=SITES, treatments=(own,))
    found = earlier_treatments(alone, "now", Planning())
    assert found.sessions == () and found.undated == ("d1",)


def test_an_earlier_stage_of_the_same_treatment_counts_when_dates_show_it() -> None:
    own = Treatment(
        id="now", kind="radioembolization", product="sir-spheres", sessions=(delivery("d1", injections=(injection(),)),)
    )
    alone = Case(id="p", sites=SITES, treatments=(own,))
    assert earlier_treatments(alone, "now", Planning(injection_at=PLANNED)).lung_Gy > 0
    assert earlier_treatments(alone, "now", Planning(injection_at=datetime(2026, 1, 4, tzinfo=UTC))).sessions == ()
    same_day = earlier_treatments(alone, "now", Planning(injection_at=datetime(2026, 1, 5, 9, tzinfo=UTC)))
    assert same_day.sessions == ()


def test_a_later_treatment_does_not_count() -> None:
    later = Treatment(id="later", kind="radioembolization", sessions=(delivery("d1", at=date(2026, 9, 1), lung_dose_Gy=5.0),))
    assert earlier_treatments(case(later), "now", Planning(injection_at=PLANNED)).lung_Gy == 0.0


def test_the_delivery_that_is_judged_is_never_earlier_than_itself() -> None:
    """Given ten minutes before the planned time: its lung dose must not be counted twice."""
    given_at = datetime(2026, 6, 1, 8, 50, tzinfo=UTC)
    first = delivery("d0", injections=(injection(),))
    own = delivery("d1", at=given_at, injections=(injection(),))
    now = Treatment(id="now", kind="radioembolization", product="sir-spheres", sessions=(first, own))
    alone = Case(id="p", sites=SITES, treatments=(now,))
    found = earlier_treatments(alone, "now", Planning(injection_at=PLANNED), session=own)
    assert [s.session for s in found.sessions] == ["d0"]
    undated = delivery("d2", at=None, injections=(injection(),))
    alone_undated = Case(id="p", sites=SITES, treatments=(now.model_copy(update={"sessions": (undated,)}),))
    judged = earlier_treatments(alone_undated, "now", Planning(injection_at=PLANNED), session=undated)
    assert judged.sessions == () and judged.undated == ()
    again = earlier_treatments(alone, "now", Planning(injection_at=PLANNED))
    assert [s.session for s in again.sessions] == ["d0"] and again.undated == ("d1",)


def test_what_came_after_the_judged_delivery_does_not_count_without_a_planned_time() -> None:
    own = delivery("d1", at=date(2026, 3, 1), injections=(injection(),))
    now = Treatment(id="now", kind="radioembolization", product="sir-spheres", sessions=(own,))
    before = Treatment(id="a", kind="radioembolization", sessions=(delivery("d2", at=date(2026, 1, 5), lung_dose_Gy=3.0),))
    after = Treatment(id="b", kind="radioembolization", sessions=(delivery("d3", at=date(2026, 9, 1), lung_dose_Gy=5.0),))
    found = earlier_treatments(Case(id="p", sites=SITES, treatments=(now, before, after)), "now", Planning(), session=own)
    assert found.lung_Gy == 3.0


def test_the_time_of_the_session_stands_for_an_injection_without_one() -> None:
    one = injection(measured_at=datetime(2026, 1, 5, 8, tzinfo=UTC))
    timed, dated = (delivery("d", at=at, injections=(one,)) for at in (datetime(2026, 1, 5, 14, tzinfo=UTC), date(2026, 1, 5)))
    assert at_injection_GBq(one, timed, half_life_h=64.1) == pytest.approx(2.0 * 0.9372, rel=1e-4)
    assert at_injection_GBq(one, dated, half_life_h=64.1) == 2.0


def test_an_activity_measured_after_the_injection_is_refused() -> None:
    one = injection(measured_at=datetime(2026, 1, 5, 15, tzinfo=UTC), at=datetime(2026, 1, 5, 14, tzinfo=UTC))
    with pytest.raises(BadInput, match=r"measured 1\.00 h after it was injected"):
        at_injection_GBq(one, delivery("d", injections=(one,)), half_life_h=64.1)


def test_another_delivery_at_the_very_instant_is_not_earlier() -> None:
    other = Treatment(id="b", kind="radioembolization", sessions=(delivery("d2", at=PLANNED, lung_dose_Gy=5.0),))
    assert earlier_treatments(case(other), "now", Planning(injection_at=PLANNED)).lung_Gy == 0.0
