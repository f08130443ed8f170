"""Who is in the simulated study: everything that is known at the first session."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glisson.simulate.registry.design import INTENTIONS, LESION_CLASSES, Design
from glisson.simulate.registry.doses import Doses, draw_doses

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SEVERAL_LINES = "two or more earlier lines"


@dataclass(frozen=True, eq=False)
class People:
    """Columns, one value for each patient.

    Attributes:
        intention, lesion_class: places in ``INTENTIONS`` and ``LESION_CLASSES``.
        ecog: 1 or 2 (True) or 0 (False).
        start_days: first session, days after the first day of enrolment.
        lines, doses: earlier lines of systemic therapy, and absorbed doses, in a study of radioembolization.
    """

    intention: Ints
    lesion_class: Ints
    extrahepatic: Bools
    ecog: Bools
    male: Bools
    age_years: Ints
    centre: Ints
    start_days: Floats
    lines: Ints | None = None
    doses: Doses | None = None

    def __len__(self) -> int:
        return len(self.intention)

    def covariate(self, name: str) -> Floats:
        """1 where it holds: an intention, a class of lesions, ``SEVERAL_LINES``, "extrahepatic" or "ecog"."""
        if name in INTENTIONS:
            return np.asarray(self.intention == INTENTIONS.index(name), float)
        if name in LESION_CLASSES:
            return np.asarray(self.lesion_class == LESION_CLASSES.index(name), float)
        if name == SEVERAL_LINES and self.lines is not None:
            return np.asarray(self.lines >= 2, float)
        return {"extrahepatic": self.extrahepatic, "ecog": self.ecog}[name].astype(float)


def draw_people(design: Design, patients: int, random: np.random.Generator) -> People:
    """``patients`` people of a study."""
    span = (design.last_day - design.first_day).days
    people = People(
        intention=random.choice(len(INTENTIONS), patients, p=design.intentions),
        lesion_class=random.choice(len(LESION_CLASSES), patients, p=design.lesion_classes),
        extrahepatic=random.random(patients) < design.extrahepatic_fraction,
        ecog=random.random(patients) < design.ecog_1_fraction,
        male=random.random(patients) < design.male_fraction,
        age_years=_ages(design, patients, random),
        centre=random.choice(design.centres, patients, p=_sizes(design.centres)),
        start_days=np.floor(random.random(patients) * (span + 1)),
    )
    if design.sirt is None:
        return people
    lines = random.choice(len(design.sirt.earlier_lines), patients, p=design.sirt.earlier_lines)
    return replace(people, lines=lines, doses=draw_doses(design.sirt, patients, random))


def _ages(design: Design, patients: int, random: np.random.Generator) -> Ints:
    """Normal about the median with a standard deviation of 10.5 years, cut at the smallest and the largest age."""
    median, youngest, oldest = design.age_years
    return np.rint(np.clip(random.normal(median, 10.5, patients), youngest, oldest)).astype(np.int64)


def _sizes(centres: int) -> Floats:
    """Shares of the centres: the largest enrols six times as many as the smallest."""
    weights: Floats = np.geomspace(6.0, 1.0, centres)
    return np.asarray(weights / weights.sum())
