"""The simulated study "sirt": radioembolization with resin spheres, with a dose-response relation that is known."""

from functools import cache

from glisson.simulate.registry.design import INTENTIONS, Design, design_of, read_numbers
from glisson.simulate.registry.doses import Radioembolization

NO_INTENTION = tuple(float(name == "salvage") for name in INTENTIONS)
"""The intention belongs to chemoembolization: all are in one class here, which no hazard knows and no form holds."""
SCANS, JITTER_months = 16, 0.4


@cache
def sirt() -> Design:
    """The study as CIRT and RESIN suggest it, with doses and a response that follows from them.

    >>> sirt().treatment, sirt().sirt.product
    ('radioembolization', 'sir-spheres')
    """
    numbers = read_numbers("sirt")
    every = numbers["scan_interval_months"]
    first, second = numbers["windows_months"]
    doses = Radioembolization(
        product=numbers["product"],
        earlier_lines=_lines(numbers["lines"], numbers["more_lines"]),
        tumour_dose_Gy=tuple(numbers["tumour_dose_Gy"]),
        normal_liver_dose_Gy=tuple(numbers["normal_liver_dose_Gy"]),
        lung_shunt_fraction=tuple(numbers["lung_shunt_fraction"]),
        d50_Gy=numbers["d50_Gy"],
        gamma50=numbers["gamma50"],
        log_hr_liver_responder=numbers["log_hr_liver_responder"],
        scans_months=tuple(every * number for number in range(1, SCANS + 1)),
        jitter_months=(JITTER_months,) * SCANS,
        windows_months=(tuple(first), tuple(second)),
        mild_events=numbers["mild_events"],
    )
    return design_of("sirt", numbers | {"sessions_per_patient": 1.0, "responders": 0.0}, NO_INTENTION, doses)


def _lines(lines: dict[str, int], more: list[float]) -> tuple[float, ...]:
    """Shares of 0, 1, 2, … earlier lines: those in line 1 have had none; two and more are split as was assumed."""
    total = sum(lines.values())
    late = lines["3+"] / total
    return (lines["1"] / total, lines["2"] / total, *(late * share / sum(more) for share in more))
