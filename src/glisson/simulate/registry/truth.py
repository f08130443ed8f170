"""What is true of a simulated study, from its hazards: curves by the matrix exponential, and what scans make of them by chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glisson.simulate.registry.course import draw_course, hazards
from glisson.simulate.registry.design import INTENTIONS, LESION_CLASSES, Design
from glisson.simulate.registry.doses import responding_share
from glisson.simulate.registry.people import Bools, Floats, People, draw_people

WELL, LIVER, EXTRAHEPATIC, BOTH, DEAD, DEAD_AFTER_LIVER = range(6)
"""States; death after liver progression is apart, for the competing risks."""
MANY = LESION_CLASSES.index(">10")
DETECTED_PATIENTS = 400_000
DETECTED_SEED = 20_260_101
BY_DOSE = (
    "response follows from the tumour dose by chance, and changes the hazard of liver progression only; survival depends on the dose "
    "through liver progression"
)


@dataclass(frozen=True)
class Truth:
    """True values of a study.

    Attributes:
        months: times of the curves.
        survival, liver_free, progression_free: probability alive; alive without liver progression; alive without any progression.
        liver_incidence: cumulative incidence of liver progression with death competing; extrahepatic progression is ignored.
        survival_by_intention: the first, for each intention; empty where the study has none.
        medians: month at which each curve reaches 0.5, by its name; ``None`` where it does not before the last of ``months``.
        log_hr_liver, log_hr_death: true coefficients of the right models (death: before any progression).
        detected: the same curves where progression is dated by the first scan that shows it, with standard errors.
        response: what is true of response and survival.
    """

    months: tuple[float, ...]
    survival: tuple[float, ...]
    liver_free: tuple[float, ...]
    progression_free: tuple[float, ...]
    liver_incidence: tuple[float, ...]
    survival_by_intention: dict[str, tuple[float, ...]]
    medians: dict[str, float | None]
    log_hr_liver: dict[str, float]
    log_hr_death: dict[str, float]
    detected: dict[str, Any]
    response: str = (
        "response changes no hazard: among those alive and without progression at a landmark, responders and the others have a "
        "hazard ratio of death of 1"
    )


def truth_of(
    design: Design, months: Sequence[float] = (3, 6, 9, 12, 18, 24), *, detected_patients: int = DETECTED_PATIENTS
) -> Truth:
    """The truth of a study at some months."""
    patterns = list(_patterns(design))
    overall = _mix(design, patterns, months)
    response = Truth.response if design.sirt is None else BY_DOSE
    return Truth(
        months=tuple(float(month) for month in months),
        survival=_column(overall, 0),
        liver_free=_column(overall, 1),
        progression_free=_column(overall, 2),
        liver_incidence=_column(overall, 3),
        survival_by_intention={
            name: _column(_mix(design, [p for p in patterns if p.intention == place], months), 0)
            for place, name in enumerate(INTENTIONS)
            if design.intentions[place] > 0 and design.sirt is None
        },
        medians={
            name: _median(design, patterns, column) for column, name in enumerate(("survival", "liver_free", "progression_free"))
        },
        log_hr_liver=dict(design.log_hr_liver),
        log_hr_death=dict(design.log_hr_death),
        detected=_detected(design, months, detected_patients),
        response=response,
    )


def survival_by_response(design: Design, months: Sequence[float]) -> dict[str, tuple[float, ...]]:
    """Survival of those who respond and of the others, from the first session; known in a simulation only."""
    patterns = list(_patterns(design))
    return {
        word: _column(_mix(design, [pattern for pattern in patterns if pattern.responds == responds], months), 0)
        for word, responds in (("responders", True), ("others", False))
    }


def _column(curves: Floats, number: int) -> tuple[float, ...]:
    return tuple(float(value) for value in curves[:, number])


class Pattern(NamedTuple):
    """One combination of everything that changes a hazard, and its share."""

    intention: int
    lesion_class: int
    extrahepatic: bool
    ecog: bool
    lines: int
    responds: bool
    share: float


def _patterns(design: Design) -> Iterator[Pattern]:
    """Every combination of covariates with its share; of the lesions only ">10" or not makes a difference, of the lines two or more."""
    many = design.lesion_classes[MANY]
    for intention, lesions, extrahepatic, ecog in product(range(len(INTENTIONS)), (0, MANY), (False, True), (False, True)):
        share = design.intentions[intention] * (many if lesions == MANY else 1.0 - many)
        share *= design.extrahepatic_fraction if extrahepatic else 1 - design.extrahepatic_fraction
        share *= design.ecog_1_fraction if ecog else 1 - design.ecog_1_fraction
        for lines, responds, part in _by_dose(design) if share > 0 else ():
            yield Pattern(intention, lesions, extrahepatic, ecog, lines, responds, share * part)


def _by_dose(design: Design) -> Iterator[tuple[int, bool, float]]:
    """Earlier lines and response with their shares; neither depends on anything else."""
    if design.sirt is None:
        yield 0, False, 1.0
        return
    several, responding = sum(design.sirt.earlier_lines[2:]), responding_share(design.sirt)
    for lines, responds in product((0, 2), (False, True)):
        yield lines, responds, (several if lines else 1 - several) * (responding if responds else 1 - responding)


def _mix(design: Design, patterns: Sequence[Pattern], months: Sequence[float]) -> Floats:
    """Curves averaged over patterns: (months, 4)."""
    from scipy.linalg import expm

    responds: Bools = np.array([pattern.responds for pattern in patterns])
    rates = hazards(design, _people_of(patterns), responds)
    shares = np.array([pattern.share for pattern in patterns])
    generators = np.stack([_generator(design, *(float(rate[i]) for rate in rates)) for i in range(len(patterns))])
    curves = []
    for month in months:
        state = expm(generators * float(month))[:, WELL, :]
        alive = 1.0 - state[:, DEAD] - state[:, DEAD_AFTER_LIVER]
        liver_free = state[:, WELL] + state[:, EXTRAHEPATIC]
        incidence = 1.0 - liver_free - state[:, DEAD]
        curves.append(shares @ np.stack([alive, liver_free, state[:, WELL], incidence], axis=1) / shares.sum())
    return np.array(curves)


def _people_of(patterns: Sequence[Pattern]) -> People:
    columns = [np.array(column) for column in zip(*(pattern[:5] for pattern in patterns), strict=True)]
    nothing = np.zeros(len(patterns), np.int64)
    others = (columns[2], nothing, nothing, nothing.astype(float))
    return People(columns[0], columns[1], columns[2], columns[3], *others, lines=columns[4])


def _generator(design: Design, liver: float, extrahepatic: float, death: float) -> NDArray[np.float64]:
    """Rates between the states, rows from, columns to; each row adds up to 0."""
    rates = np.zeros((6, 6))
    rates[WELL, [LIVER, EXTRAHEPATIC, DEAD]] = liver, extrahepatic, death
    rates[LIVER, [BOTH, DEAD_AFTER_LIVER]] = extrahepatic, death * design.after_liver
    rates[EXTRAHEPATIC, [BOTH, DEAD]] = liver, death * design.after_extrahepatic
    rates[BOTH, DEAD_AFTER_LIVER] = death * design.after_liver * design.after_extrahepatic
    rates[np.diag_indices(6)] = -rates.sum(axis=1)
    return rates


def _median(design: Design, patterns: Sequence[Pattern], column: int) -> float | None:
    from scipy.optimize import brentq

    def above_half(month: float) -> float:
        return float(_mix(design, patterns, [month])[0, column]) - 0.5

    return None if above_half(120.0) > 0 else float(brentq(above_half, 0.0, 120.0, xtol=1e-5))


def _detected(design: Design, months: Sequence[float], patients: int) -> dict[str, Any]:
    """Curves of progression as scans show it, without losses or cut-off, from many simulated patients."""
    from dataclasses import replace

    endless = replace(design, lost=0.0, cut_off=design.last_day.replace(year=design.last_day.year + 20))
    random = np.random.Generator(np.random.PCG64(DETECTED_SEED))
    course = draw_course(endless, draw_people(endless, patients, random), random)
    seen, death, any_seen = course.liver_seen, course.death, np.minimum(course.liver_seen, course.extrahepatic_seen)
    found: dict[str, Any] = {"patients": patients, "seed": DETECTED_SEED}
    for name, happened in (
        ("liver_free", np.minimum(seen, death)),
        ("progression_free", np.minimum(any_seen, death)),
    ):
        shares = [float(np.mean(happened > month)) for month in months]
        found[name] = shares
        found[f"{name}_standard_error"] = [float(np.sqrt(p * (1 - p) / patients)) for p in shares]
        found[f"{name}_median"] = float(np.median(happened))
    shares = [float(np.mean(seen <= month)) for month in months]
    found["liver_incidence"] = shares
    found["liver_incidence_standard_error"] = [float(np.sqrt(p * (1 - p) / patients)) for p in shares]
    return found
