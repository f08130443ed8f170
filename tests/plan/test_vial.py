"""Decay and vial tables computed by hand; time zones; orders."""

from datetime import UTC, datetime, timedelta

import pytest

from glisson.decay import decay_factor
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.products import product
from glisson.plan.vial import (
    activity_at,
    calibration_instant,
    delivered_fraction,
    hours_until,
    order,
    spheres,
    vial_as_json,
    vial_options,
)

NOON = calibration_instant("2026-01-04T12:00", zone="America/New_York")
HALF_LIFE_h = 64.1

DECAY = {
    1: 0.9892, 2: 0.9786, 4: 0.9577, 6: 0.9372, 8: 0.9171, 12: 0.8783, 24: 0.7714, 48: 0.5951, 72: 0.4591,
    96: 0.3541, 120: 0.2732, 144: 0.2107, 168: 0.1626, 192: 0.1254, 216: 0.0967, 240: 0.0746, 264: 0.0576, 288: 0.0444,
}  # fmt: skip
HOURS = (20, 44, 68, 92, 116, 140, 188, 212, 236, 260)
VIALS = {
    3: (2.42, 1.86, 1.44, 1.11, 0.86, 0.66, 0.39, 0.30, 0.23, 0.18),
    5: (4.03, 3.11, 2.40, 1.85, 1.43, 1.10, 0.65, 0.51, 0.39, 0.30),
    7: (5.64, 4.35, 3.36, 2.59, 2.00, 1.54, 0.92, 0.71, 0.55, 0.42),
    10: (8.06, 6.21, 4.79, 3.70, 2.85, 2.20, 1.31, 1.01, 0.78, 0.60),
    15: (12.08, 9.32, 7.19, 5.55, 4.28, 3.30, 1.96, 1.52, 1.17, 0.90),
    20: (16.11, 12.43, 9.59, 7.40, 5.71, 4.40, 2.62, 2.02, 1.56, 1.20),
}


@pytest.mark.parametrize(("hours", "factor"), DECAY.items())
def test_decay_factors_against_the_table(hours: int, factor: float) -> None:
    assert round(decay_factor(elapsed_h=hours, half_life_h=HALF_LIFE_h), 4) == factor


@pytest.mark.parametrize("vial", VIALS)
def test_vial_activities_against_the_table(vial: int) -> None:
    found = [
        activity_at(activity_GBq=vial, calibration_at=NOON, at=NOON + timedelta(hours=h), half_life_h=HALF_LIFE_h) for h in HOURS
    ]
    assert found == pytest.approx(VIALS[vial], abs=0.00501)


def test_spheres_grow_in_number_as_they_decay() -> None:
    fresh = spheres(activity_GBq=3.0, activity_per_sphere_Bq=2500, elapsed_h=0, half_life_h=HALF_LIFE_h)
    old = spheres(activity_GBq=3.0, activity_per_sphere_Bq=2500, elapsed_h=192, half_life_h=HALF_LIFE_h)
    assert fresh == pytest.approx(1.2e6)
    assert 2500 * fresh / old == pytest.approx(314, abs=0.5)
    with pytest.raises(BadInput):
        spheres(activity_GBq=1, activity_per_sphere_Bq=0, elapsed_h=0, half_life_h=HALF_LIFE_h)


def test_calibration_zone_follows_daylight_saving() -> None:
    winter = calibration_instant("2026-01-04T12:00", zone="America/New_York")
    summer = calibration_instant("2026-07-05T12:00", zone="America/New_York")
    assert winter.astimezone(UTC).hour == 17
    assert summer.astimezone(UTC).hour == 16
    kept = calibration_instant("2026-07-05T12:00:00+02:00", zone="America/New_York")
    assert kept.astimezone(UTC).hour == 10


@pytest.mark.parametrize(
    ("clock", "zone", "words"),
    [
        ("2026-11-01T01:30", "America/New_York", "daylight saving"),
        ("2026-03-08T02:30", "America/New_York", "daylight saving"),
        ("Sunday noon", "America/New_York", "not a date"),
        ("2026-03-01T12:00", "Eastern/Somewhere", "unknown time zone"),
    ],
)
def test_a_clock_time_that_is_not_one_instant_is_refused(clock: str, zone: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        calibration_instant(clock, zone=zone)


def test_a_slip_of_six_hours_is_six_percent() -> None:
    wrong = NOON + timedelta(hours=6)
    at = NOON + timedelta(hours=68)
    ratio = activity_at(activity_GBq=5, calibration_at=wrong, at=at, half_life_h=HALF_LIFE_h) / activity_at(
        activity_GBq=5, calibration_at=NOON, at=at, half_life_h=HALF_LIFE_h
    )
    assert 1 - 1 / ratio == pytest.approx(0.063, abs=5e-4)


def test_order_takes_the_smallest_vial_that_is_enough() -> None:
    at = NOON + timedelta(hours=92)
    common = {"calibration_at": NOON, "injection_at": at, "half_life_h": HALF_LIFE_h}
    glass = product("therasphere")
    assert order(glass, wanted_GBq=2.5, **common).vial_GBq == 7
    assert order(glass, wanted_GBq=2.6, **common).vial_GBq == 10
    with pytest.raises(BadInput, match="no single TheraSphere vial"):
        order(glass, wanted_GBq=8.0, **common)
    with pytest.raises(MissingFact, match="list of vials"):
        order(product("quiremspheres"), wanted_GBq=2.0, **common)
    with pytest.raises(MissingFact, match="calibration_at"):
        order(glass, wanted_GBq=2.0, calibration_at=None, injection_at=at, half_life_h=HALF_LIFE_h)


def test_unconfirmed_vials_are_not_offered() -> None:
    assert 40.0 not in product("therasphere").vials
    assert all(vial == int(vial) for vial in product("therasphere").vials)


def test_hours_until_inverts_decay() -> None:
    hours = hours_until(activity_GBq=5, wanted_GBq=1.85, half_life_h=HALF_LIFE_h)
    assert hours == pytest.approx(92, abs=0.4)
    assert hours_until(activity_GBq=3, wanted_GBq=4, half_life_h=HALF_LIFE_h) is None
    with pytest.raises(BadInput):
        hours_until(activity_GBq=0, wanted_GBq=1, half_life_h=HALF_LIFE_h)


def test_residue_is_read_at_one_time() -> None:
    left = 100 * 0.03 * decay_factor(elapsed_h=2.2, half_life_h=HALF_LIFE_h)
    got = delivered_fraction(reading_before=100, reading_after=left, elapsed_h=2.2, half_life_h=HALF_LIFE_h)
    assert got == pytest.approx(0.97)
    assert 1 - decay_factor(elapsed_h=2.2, half_life_h=HALF_LIFE_h) == pytest.approx(0.0235, abs=5e-5)
    with pytest.raises(BadInput, match="more than the full vial"):
        delivered_fraction(reading_before=100, reading_after=101, half_life_h=HALF_LIFE_h)


def test_vial_page_without_a_calibration_instant_says_what_is_missing() -> None:
    page = vial_as_json(product("therasphere"), wanted_GBq=2.5, half_life_h=HALF_LIFE_h, calibration_at=None, injection_at=NOON)
    assert page["reason"] == "cannot say what a vial holds at the injection: missing calibration_at"
    assert page["spheres_injected"] is None
    assert page["options"][1]["holds_wanted_after_h"] == pytest.approx(64.1)


def test_vial_page_states_order_and_spheres() -> None:
    at = NOON + timedelta(hours=192)
    common = {"half_life_h": HALF_LIFE_h, "calibration_at": NOON, "injection_at": at}
    page = vial_as_json(product("therasphere"), wanted_GBq=2.0, **common)
    assert page["elapsed_h"] == 192
    assert page["smallest_enough_GBq"] == 20
    assert page["order_GBq_at_calibration"] == pytest.approx(2.0 / 0.1254, rel=1e-3)
    assert page["spheres_injected"][0] == pytest.approx(2e9 / 313.6, rel=1e-3)
    holmium = vial_as_json(product("quiremspheres"), wanted_GBq=2.0, **(common | {"half_life_h": 26.8}))
    assert "no list" in holmium["reason"]
    assert holmium["spheres_injected"][0] < holmium["spheres_injected"][1]
    small = vial_as_json(product("sir-spheres"), wanted_GBq=2.0, **common)
    assert small["smallest_enough_GBq"] is None and "no single vial" in small["reason"]


def test_a_vial_on_hand_replaces_the_catalogue() -> None:
    options = vial_options(
        product("therasphere"),
        wanted_GBq=2.0,
        half_life_h=HALF_LIFE_h,
        calibration_at=NOON,
        injection_at=datetime(2026, 1, 7, 9, 0, tzinfo=UTC),
        vials_GBq=(6.0,),
    )
    assert [o.vial_GBq for o in options] == [6.0]


def test_spheres_of_a_vial_against_hand_count() -> None:
    """1 GBq of spheres of 200 to 450 Bq each: fewest when each holds most."""
    (option,) = vial_options(product("quiremspheres"), wanted_GBq=1.0, half_life_h=26.8, vials_GBq=(1.0,))
    assert option.spheres == (pytest.approx(1e9 / 450), pytest.approx(1e9 / 200))
