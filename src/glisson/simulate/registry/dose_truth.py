"""What is true of dose and response in a simulated study of radioembolization, and what the first scan makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glisson.errors import BadInput
from glisson.simulate.registry.course import Course, draw_course
from glisson.simulate.registry.design import Design
from glisson.simulate.registry.doses import Floats, Radioembolization, responding_share
from glisson.simulate.registry.people import Bools, draw_people
from glisson.simulate.registry.truth import survival_by_response

SEED, PATIENTS = 20_260_102, 400_000
FORM = "response probability = 1 / (1 + (D50 / D)^(4 gamma50)), D the mean absorbed dose of the tumour in Gy"


@dataclass(frozen=True)
class DoseTruth:
    """True values of the dose-response relation.

    Attributes:
        form: of the relation.
        d50_Gy, gamma50: as drawn: whether the tumours shrink by 30 % or more unless something progresses first.
        responding_fraction: of all patients.
        log_hr_liver_responder: of liver progression; death depends on the response through it alone.
        months, survival_by_response: survival of those who respond and of the others, from the first session.
        first_window: D50 and slope of the best fit to what the first window shows (PR against SD or PD at the scan of the first window,
            of all who have that scan), from many simulated patients: a progression before the scan hides a response.
    """

    form: str
    d50_Gy: float
    gamma50: float
    responding_fraction: float
    log_hr_liver_responder: float
    months: tuple[float, ...]
    survival_by_response: dict[str, tuple[float, ...]]
    first_window: dict[str, Any]


def dose_truth_of(design: Design, months: Sequence[float] = (3, 6, 9, 12, 18, 24), *, patients: int = PATIENTS) -> DoseTruth:
    """The truth of dose and response.

    Raises:
        BadInput: a study without doses.
    """
    given = design.sirt
    if given is None:
        raise BadInput(
            f"the dose-response relation of '{design.name}', which has no doses", allowed="a study of radioembolization"
        )
    return DoseTruth(
        form=FORM,
        d50_Gy=given.d50_Gy,
        gamma50=given.gamma50,
        responding_fraction=responding_share(given),
        log_hr_liver_responder=given.log_hr_liver_responder,
        months=tuple(float(month) for month in months),
        survival_by_response=survival_by_response(design, months),
        first_window=_first_window(design, given, patients),
    )


def _first_window(design: Design, given: Radioembolization, patients: int) -> dict[str, Any]:
    endless = replace(design, lost=0.0, cut_off=design.last_day.replace(year=design.last_day.year + 20))
    random = np.random.Generator(np.random.PCG64(SEED))
    people = draw_people(endless, patients, random)
    course = draw_course(endless, people, random)
    assert people.doses is not None
    scanned, responded = responses_in_first_window(course, given)
    intercept, slope = _logistic(np.log(people.doses.tumour_dose_Gy[scanned]), responded[scanned])
    return {
        "patients": patients,
        "seed": SEED,
        "scanned_fraction": float(scanned.mean()),
        "responding_fraction": float(responded[scanned].mean()),
        "d50_Gy": float(np.exp(-intercept / slope)),
        "gamma50": float(slope / 4),
    }


def responses_in_first_window(course: Course, given: Radioembolization) -> tuple[Bools, Bools]:
    """Who has a scan in the first window, and whose first scan in it shows a response: nothing has progressed by then."""
    low, high = given.windows_months[0]
    inside = (course.scans >= low) & (course.scans <= high)
    scan: Floats = np.min(np.where(inside, course.scans, np.inf), axis=1)
    scanned: Bools = np.isfinite(scan)
    responded: Bools = scanned & course.responds & (scan < np.minimum(course.liver, course.extrahepatic))
    return scanned, responded


def _logistic(x: Floats, y: Bools) -> tuple[float, float]:
    """Intercept and slope of a logistic regression, by Newton's steps."""
    columns = np.column_stack([np.ones(len(x)), x])
    beta = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-columns @ beta))
        step = np.linalg.solve((columns * (chance * (1 - chance))[:, None]).T @ columns, columns.T @ (y - chance))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[0]), float(beta[1])
