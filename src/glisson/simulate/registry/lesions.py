"""Lesions of a simulated patient over the scans: the measurements agree with the progression that was drawn.

Tumours that respond shrink by 35 to 60 %, the others change by less than the thresholds, until the liver progresses; the first
scan after that shows growth of the targets, a new lesion in the liver, or progression of the lesions that are not measured. A
progression elsewhere shows as a new lesion in the lung.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from glisson.simulate.registry.entries import NOT_DONE, Patient, SimulatedEntry, yes_no

READER = "reader-1"
BASELINE_DAYS = (3, 28)
How = Literal["targets grow", "new lesion", "unmeasured lesions progress"]


@dataclass(frozen=True)
class Tumours:
    """What the liver looks like at baseline, and what it will do.

    Attributes:
        targets_mm: longest diameters, largest first; two at most, as in liver-only disease.
        unmeasured: there are lesions beside the targets.
        shrinkage: share of the sum that is lost in the end; negative grows.
        how: what the scan of liver progression shows.
    """

    count: int
    targets_mm: tuple[float, ...]
    unmeasured: bool
    shrinkage: float
    how: How


def draw_tumours(patient: Patient, counts: tuple[int, int]) -> Tumours:
    """Tumours of one patient."""
    random = patient.random
    count = int(random.integers(counts[0], counts[1] + 1))
    largest = float(np.clip(random.lognormal(3.75, 0.45), 16.0, 160.0))
    targets = [round(largest, 1)]
    if count > 1:
        targets.append(round(max(12.0, largest * float(random.uniform(0.4, 0.95))), 1))
    unmeasured = count > 2
    shrinkage = float(random.uniform(0.38, 0.62) if patient.responds else random.uniform(-0.04, 0.22))
    ways: list[How] = ["targets grow", "new lesion"]
    how: How = "unmeasured lesions progress" if unmeasured and patient.chance(0.15) else ways[int(random.random() < 0.35)]
    return Tumours(count, tuple(targets), unmeasured, shrinkage, how)


def scans(patient: Patient, tumours: Tumours) -> Iterator[SimulatedEntry]:
    """Imaging, lesion and response forms of every scan: baseline, then until both progressions were seen."""
    before = -float(patient.random.integers(*BASELINE_DAYS)) / 30.4375
    sums: list[float] = []
    for number, month in enumerate((before, *patient.scans)):
        if month > patient.last or month > max(patient.liver_seen, patient.extrahepatic_seen):
            break
        yield from _scan(patient, tumours, number, month, sums)


def _scan(patient: Patient, tumours: Tumours, number: int, month: float, sums: list[float]) -> Iterator[SimulatedEntry]:
    visit, day = f"scan-{number}", patient.day(month)
    diameters = _diameters(patient, tumours, number, month, sums)
    sums.append(round(sum(diameters), 1))
    head: dict[str, Any] = {"scanned_on": day.isoformat(), "reader": READER}
    yield patient.entry(
        "imaging", day,
        {**head, "timepoint": _timepoint(patient, number, month), "modality": "CT", "slice_thickness_mm": 3.0, "arterial_phase": "yes",
         "body_regions": ["chest", "abdomen", "pelvis"], "quality": "good"}, visit=visit,
    )  # fmt: skip
    for instance, values in enumerate(_lesions(patient, tumours, month, diameters), start=1):
        yield patient.entry("lesion", day, {**head, **values}, visit=visit, instance=instance)
    if number > 0:
        yield patient.entry("response", day, {**head, **_response(patient, tumours, month, sums)}, visit=visit)


def _timepoint(patient: Patient, number: int, month: float) -> str:
    """The planned time point. The form's follow-ups 1 and 2 are the windows of CIREL: scans of another study are later ones."""
    if number == 0:
        return "baseline"
    if patient.design.sirt is not None:
        return "later follow-up"
    return "follow-up 1" if 0.5 <= month <= 2.5 else "follow-up 2" if 2.7 <= month <= 6.9 else "later follow-up"


def _diameters(patient: Patient, tumours: Tumours, number: int, month: float, sums: list[float]) -> tuple[float, ...]:
    """Targets at a scan, in tenths of a millimetre."""
    if number == 0:
        return tumours.targets_mm
    seen = month >= patient.liver
    if seen and tumours.how == "targets grow":
        low = min(sums)
        wanted = max(low * (1.25 + 0.06 * (month - patient.liver)), low + 7.0)
        return _scaled(tumours, wanted / sums[0], up=True)
    course = 1.0 - np.exp(-month / 1.1)
    factor = 1.0 - tumours.shrinkage * float(course) * float(patient.random.uniform(0.99, 1.01))
    lowest = min(sums) / sums[0]
    return _scaled(tumours, min(factor, lowest * 1.10), up=False)


def _scaled(tumours: Tumours, factor: float, *, up: bool) -> tuple[float, ...]:
    """Every target by one factor, rounded so that the sum does not cross the factor."""
    step = np.ceil if up else np.floor
    return tuple(float(step(mm * factor * 10.0) / 10.0) for mm in tumours.targets_mm)


def _lesions(patient: Patient, tumours: Tumours, month: float, diameters: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    liver = {"organ": "liver", "node": "no"}
    for number, mm in enumerate(diameters, start=1):
        yield {"lesion": f"t{number}", "role": "target", **liver, "state": "measured", "longest_diameter_mm": mm}
    progressed = month >= patient.liver
    if tumours.unmeasured:
        worse = progressed and tumours.how == "unmeasured lesions progress"
        yield {"lesion": "nt1", "role": "non-target", **liver, "state": "unequivocal progression" if worse else "present"}
    if patient.extrahepatic:
        yield {"lesion": "nt2", "role": "non-target", "organ": "lung", "node": "no", "state": "present"}
    if progressed and tumours.how == "new lesion":
        grown = round(12.0 + 2.0 * (month - patient.liver), 1)
        yield {"lesion": "n1", "role": "new", **liver, "state": "measured", "longest_diameter_mm": grown}
    if month >= patient.extrahepatic_month:
        grown = round(11.0 + 1.5 * (month - patient.extrahepatic_month), 1)
        yield {"lesion": "n2", "role": "new", "organ": "lung", "node": "no", "state": "measured", "longest_diameter_mm": grown}


def _response(patient: Patient, tumours: Tumours, month: float, sums: list[float]) -> dict[str, Any]:
    """The reader's call at a scan."""
    liver, elsewhere = month >= patient.liver, month >= patient.extrahepatic_month
    grew = liver and tumours.how == "targets grow"
    shrank = min(sums) <= 0.7 * sums[0]
    target = "PD" if grew else "PR" if shrank else "SD"
    new = (liver and tumours.how == "new lesion") or elsewhere
    other = liver and tumours.how == "unmeasured lesions progress"
    some = tumours.unmeasured or patient.extrahepatic
    return {
        "criterion": "RECIST 1.1",
        "target": target,
        "non_target": ("PD" if other else "non-CR/non-PD") if some else NOT_DONE,
        "new_lesion": yes_no(new),
        "overall": "PD" if grew or new or other else target,
    }
