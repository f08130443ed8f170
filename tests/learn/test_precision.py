"""Size and precision of the next study, against closed forms and against simulation."""

import numpy as np
import pytest

from glisson.errors import BadInput
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.precision import (
    event_fraction,
    log_rank_events,
    log_rank_power,
    patients_for_half_width,
    survival_half_width,
)
from glisson.learn.cohort.reading import survival_at
from glisson.learn.cohort.table import survival_data


def test_events_and_power_are_inverse() -> None:
    for ratio in (0.5, 0.67, 1.4):
        events = log_rank_events(hazard_ratio=ratio, power_fraction=0.9)
        assert log_rank_power(hazard_ratio=ratio, events=events) >= 0.9 > log_rank_power(hazard_ratio=ratio, events=events - 1)


def test_event_fraction_against_simulation() -> None:
    random = np.random.default_rng(4)
    limit = 18 + random.uniform(0, 24, 200_000)
    time = random.exponential(15 / np.log(2), 200_000)
    assert event_fraction(median=15, accrual=24, follow_up=18) == pytest.approx((time <= limit).mean(), abs=0.004)


def test_half_width_against_simulated_kaplan_meier() -> None:
    random = np.random.default_rng(8)
    found = []
    for _ in range(300):
        time, limit = random.exponential(12 / np.log(2), 80), 6 + random.uniform(0, 24, 80)
        curve = kaplan_meier(survival_data(np.minimum(time, limit), time <= limit))
        found.append(survival_at(curve, [12])["survival"][0])
    wanted = survival_half_width(survival_fraction=0.5, time=12, patients=80, accrual=24, follow_up=6)
    assert wanted == pytest.approx(1.96 * np.std(found), rel=0.12)
    needed = patients_for_half_width(half_width=wanted, survival_fraction=0.5, time=12, accrual=24, follow_up=6)
    assert needed == 80


@pytest.mark.parametrize(
    "call",
    [
        lambda: log_rank_events(hazard_ratio=1.0),
        lambda: log_rank_events(hazard_ratio=0.5, exposed_fraction=1.0),
        lambda: log_rank_events(hazard_ratio=0.5, power_fraction=1.0),
        lambda: event_fraction(median=0, accrual=1, follow_up=1),
        lambda: survival_half_width(survival_fraction=0.5, time=40, patients=10, follow_up=12),
        lambda: patients_for_half_width(half_width=0, survival_fraction=0.5, time=6, follow_up=12),
    ],
)
def test_what_no_study_can_have_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput):
        call()
