"""Decay back to the injection and scaling to the delivered activity, against the table of decay factors."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from glisson.dose.time_integration import RESIDENCE, calibrate, to_time_zero
from glisson.errors import BadInput, MissingFact
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((2, 3, 4), (2.5, 2.0, 2.0))
SCAN = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def image(
    value: float = 2e6, quantity: Quantity = Quantity.ACTIVITY, time: datetime | None = SCAN, nuclide: str = "Y-90"
) -> Image:
    return Image(GRID, np.full(GRID.shape, value), quantity, nuclide, time)


@pytest.mark.parametrize(("hours", "factor"), [(1, 0.9892), (6, 0.9371), (24, 0.7714), (72, 0.4591)])
def test_decay_to_injection_against_factor_table(hours: int, factor: float) -> None:
    found = to_time_zero(image(), injection=SCAN - timedelta(hours=hours), half_life_h=64.1)
    assert 1 / found.factor == pytest.approx(factor, abs=1e-4)
    assert found.elapsed_h == hours
    assert found.imaged_GBq == pytest.approx(2e6 * 0.24 * 1e-9)
    assert found.injected_GBq == pytest.approx(found.activity.total * 1e-9, rel=1e-6)
    assert found.activity.reference_time == SCAN - timedelta(hours=hours)
    assert found.residence == RESIDENCE


def test_the_zone_of_the_clock_does_not_matter() -> None:
    new_york = timezone(timedelta(hours=-5))
    here = to_time_zero(image(), injection=datetime(2026, 3, 2, 10, 0, tzinfo=UTC), half_life_h=64.1)
    there = to_time_zero(image(), injection=datetime(2026, 3, 2, 5, 0, tzinfo=new_york), half_life_h=64.1)
    assert here.factor == there.factor


def test_an_image_without_a_time_is_a_missing_fact() -> None:
    with pytest.raises(MissingFact, match="the time for which"):
        to_time_zero(image(time=None), injection=SCAN, half_life_h=64.1)


def test_an_image_before_the_injection_is_refused() -> None:
    with pytest.raises(BadInput, match="before the injection"):
        to_time_zero(image(), injection=SCAN + timedelta(hours=1), half_life_h=64.1)


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="time zone"):
        to_time_zero(image(), injection=datetime(2026, 3, 3), half_life_h=64.1)


def test_calibration_returns_both_activities() -> None:
    found = calibrate(image(), delivered_GBq=1.4e-3)
    assert found.imaged_GBq == pytest.approx(0.48e-3)
    assert found.factor == pytest.approx(1.4 / 0.48)
    assert found.activity.total == pytest.approx(1.4e6, rel=1e-6)
    assert found.activity.reference_time == SCAN


def test_counts_become_activity_of_what_was_delivered() -> None:
    found = calibrate(image(300.0, Quantity.COUNTS, None, "Tc-99m"), delivered_GBq=1.0, nuclide="Y-90")
    assert found.activity.quantity is Quantity.ACTIVITY
    assert found.activity.nuclide == "Y-90"
    assert found.imaged_GBq is None
    assert found.activity.total == pytest.approx(1e9, rel=1e-6)


@pytest.mark.parametrize(
    ("given", "delivered_GBq"),
    [(image(), 0.0), (image(0.0), 1.0), (image(-1.0), 1.0), (image(1.0, Quantity.HU), 1.0)],
)
def test_calibration_refuses_what_it_cannot_scale(given: Image, delivered_GBq: float) -> None:
    with pytest.raises(BadInput):
        calibrate(given, delivered_GBq=delivered_GBq)


def test_decay_of_holmium_with_its_own_half_life() -> None:
    """26.8 h are one half-life of Ho-166: twice the activity at injection."""
    found = to_time_zero(image(nuclide="Ho-166"), injection=SCAN - timedelta(hours=26.8), half_life_h=26.8)
    assert found.factor == pytest.approx(2.0)
