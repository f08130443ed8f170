"""What the dose-response fit says of many simulated registries of radioembolization, beside the curve that they were drawn from."""

from functools import cache

import numpy as np
from benchmarks.recovery_study import ASKED, NONE, Estimate, Quantity, Recovered

from glisson.errors import GlissonError
from glisson.learn.cohort.dose_response_fit import Ends, fit_dose_response
from glisson.simulate.registry import DoseTruth, SimulatedRegistry, dose_truth_of, simulate_registry, sirt
from glisson.simulate.registry.doses import Floats
from glisson.simulate.registry.people import Bools

DOSES = "Dose and response in the simulated radioembolization registry"
D50, SLOPE = "D50 (Gy)", "slope γ50"
IN_WINDOW = "{}, of what the first window shows"


@cache
def truth() -> DoseTruth:
    """Of the design."""
    return dose_truth_of(sirt(), (12.0,))


def quantities() -> list[Quantity]:
    """D50 and slope as drawn, and as the first scan shows them."""
    window = truth().first_window
    return [
        Quantity(D50, truth().d50_Gy, ASKED, DOSES),
        Quantity(SLOPE, truth().gamma50, ASKED, DOSES),
        Quantity(IN_WINDOW.format(D50), window["d50_Gy"], None, DOSES),
        Quantity(IN_WINDOW.format(SLOPE), window["gamma50"], None, DOSES),
    ]


def recover_doses(registries: int, *, first_seed: int = 1) -> dict[str, Recovered]:
    """Every quantity over registries with the seeds ``first_seed``, ``first_seed`` + 1, …"""
    found = np.full((registries, 4, 3), np.nan)
    for number in range(registries):
        found[number] = _estimates(simulate_registry(sirt(), patients=sirt().patients, seed=first_seed + number))
    return {asked.name: Recovered(asked, found[:, place]) for place, asked in enumerate(quantities())}


def _estimates(registry: SimulatedRegistry) -> list[Estimate]:
    from glisson.simulate.registry.dose_truth import responses_in_first_window

    given, doses = registry.design.sirt, registry.people.doses
    assert given is not None and doses is not None
    scanned, responded = responses_in_first_window(registry.course, given)
    return _fitted(doses.tumour_dose_Gy, registry.course.responds) + _fitted(doses.tumour_dose_Gy[scanned], responded[scanned])


def _fitted(dose_Gy: Floats, response: Bools) -> list[Estimate]:
    """D50 and slope with the intervals of the profile likelihood; an end that the data do not bound is infinite."""
    try:
        fit = fit_dose_response(dose_Gy, response)
    except GlissonError:
        return [NONE, NONE]
    if fit.d50_Gy is None:
        return [NONE, _ends(fit.gamma50, fit.gamma50_profile)]
    return [_ends(fit.d50_Gy, fit.d50_profile), _ends(fit.gamma50, fit.gamma50_profile)]


def _ends(value: float, ends: Ends) -> Estimate:
    return value, -np.inf if ends.low is None else ends.low, np.inf if ends.high is None else ends.high
