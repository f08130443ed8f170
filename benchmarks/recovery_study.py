"""What ``learn.cohort`` says of many simulated registries, beside what is true of them.

Each registry is drawn by ``simulate.registry`` (people and courses, no forms). Its months become whole days, as dates on a form would
give them, and every estimate is made as it is made of one registry. The bench prints the table (``python -m benchmarks recovery``);
the tests ask for the coverage (``tests/learn/test_recovery.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from glisson.errors import GlissonError
from glisson.learn.cohort.competing import Incidence, cumulative_incidence
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.interval import normal_quantile
from glisson.learn.cohort.kaplan_meier import Curve, kaplan_meier
from glisson.learn.cohort.reading import survival_quantile
from glisson.learn.cohort.response_over_time import landmark, naive_groups
from glisson.learn.cohort.table import SurvivalData, one_cause, rows, survival_data
from glisson.simulate.registry import SimulatedRegistry, Truth, cirel, simulate_registry, truth_of
from glisson.simulate.registry.design import MONTH_days

REGISTRIES, PATIENTS = 2_000, 152
AT_months, LANDMARK_months = 12.0, 6.0
LIVER, DIED = 1, 2
Floats = NDArray[np.float64]
Estimate = tuple[float, float, float]
"""Value, low and high end of its 95 % interval; an end that is not reached is infinite, NaN is no estimate."""
NONE: Estimate = (np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Quantity:
    """What is estimated in every registry.

    Attributes:
        name: as the table prints it.
        truth: that the intervals should cover.
        coverage: smallest and largest that are accepted over 2,000 registries; ``None``: shown, not asked for.
        group: heading of the table it stands in.
    """

    name: str
    truth: float
    coverage: tuple[float, float] | None
    group: str


@dataclass(frozen=True, eq=False)
class Recovered:
    """One quantity over many registries.

    Attributes:
        estimates: value, low, high; shape (registries, 3).
    """

    quantity: Quantity
    estimates: Floats

    @property
    def usable(self) -> Floats:
        """Of the registries that give an estimate."""
        return self.estimates[~np.isnan(self.estimates).any(axis=1)]

    @property
    def covered(self) -> int:
        """Registries whose interval holds the truth."""
        return int(((self.usable[:, 1] <= self.quantity.truth) & (self.quantity.truth <= self.usable[:, 2])).sum())

    @property
    def coverage(self) -> float:
        return self.covered / len(self.usable)

    @property
    def coverage_error(self) -> float:
        """Standard error of the coverage by the number of registries."""
        return float(np.sqrt(self.coverage * (1 - self.coverage) / len(self.usable)))

    @property
    def within_asked(self) -> bool:
        """Whether the coverage lies where it is asked to."""
        low, high = self.quantity.coverage or (0.0, 1.0)
        return low <= self.coverage <= high

    @property
    def mean(self) -> float:
        """Of the estimates that are finite (a median that is not reached has none)."""
        return float(np.mean(self._finite))

    @property
    def mean_error(self) -> float:
        return float(np.std(self._finite, ddof=1) / np.sqrt(len(self._finite)))

    @property
    def _finite(self) -> Floats:
        return self.usable[np.isfinite(self.usable[:, 0]), 0]


AS_HAPPENED, AS_SEEN = "Progression on the day on which it happened", "Progression on the day of the scan that shows it"
MODEL, FEW = "The correctly specified Cox model of liver progression", "The same for death before any progression: few events"
RESPONSE = "Responders against the others, log hazard ratio of death (the truth is 0)"
ASKED, ASKED_MEDIAN = (0.935, 0.965), (0.92, 0.98)
NAIVE, ALL_ALIVE = "naive: ever responded, from the first session", "landmark at 6 months, all who are alive"
AT_LANDMARK = "landmark at 6 months, without progression so far"


def covariates(effects: dict[str, float]) -> list[str]:
    """Columns of the model: every effect but the reference, intensification."""
    return [name for name in effects if name != "intensification"]


@cache
def truth() -> Truth:
    """Of the design."""
    return truth_of(cirel(), (AT_months,))


def quantities() -> list[Quantity]:
    """Everything that is estimated, with its truth."""
    known, seen = truth(), truth().detected
    happened = [
        ("survival at 12 months", known.survival[0], ASKED),
        ("cumulative incidence of liver progression at 12 months", known.liver_incidence[0], ASKED),
        *(
            (f"median {words}", float(known.medians[name] or np.nan), ASKED_MEDIAN)
            for name, words in (
                ("survival", "survival"),
                ("liver_free", "liver progression-free survival"),
                ("progression_free", "progression-free survival"),
            )
        ),
    ]
    dated = [
        ("cumulative incidence of liver progression at 12 months, by scan", seen["liver_incidence"][0], ASKED),
        ("median liver progression-free survival, by scan", seen["liver_free_median"], ASKED_MEDIAN),
        ("median progression-free survival, by scan", seen["progression_free_median"], ASKED_MEDIAN),
        *((f"log HR {name}, by scan", known.log_hr_liver[name], None) for name in covariates(known.log_hr_liver)),
    ]
    return [
        *(Quantity(*one, AS_HAPPENED) for one in happened),
        *(Quantity(f"log HR {name}", known.log_hr_liver[name], ASKED, MODEL) for name in covariates(known.log_hr_liver)),
        *(Quantity(*one, AS_SEEN) for one in dated),
        *(Quantity(f"log HR of death, {name}", known.log_hr_death[name], None, FEW) for name in covariates(known.log_hr_death)),
        Quantity(NAIVE, 0.0, None, RESPONSE),
        Quantity(ALL_ALIVE, 0.0, None, RESPONSE),
        Quantity(AT_LANDMARK, 0.0, ASKED, RESPONSE),
    ]


def recover(registries: int, *, first_seed: int = 1, patients: int = PATIENTS) -> dict[str, Recovered]:
    """Every quantity over registries with the seeds ``first_seed``, ``first_seed`` + 1, …"""
    asked = quantities()
    found = np.full((registries, len(asked), 3), np.nan)
    for number in range(registries):
        one = estimates(simulate_registry(cirel(), patients=patients, seed=first_seed + number))
        found[number] = [one[quantity.name] for quantity in asked]
    return {quantity.name: Recovered(quantity, found[:, place]) for place, quantity in enumerate(asked)}


def estimates(registry: SimulatedRegistry) -> dict[str, Estimate]:
    """All of one registry, by the name of the quantity."""
    course, design = registry.course, registry.design
    liver, anywhere = _progressions(registry, course.liver, course.extrahepatic)
    liver_seen, anywhere_seen = _progressions(registry, course.liver_seen, course.extrahepatic_seen)
    survival = survival_data(days(course.last), course.death <= course.end)
    found = {
        "survival at 12 months": _at(kaplan_meier(survival), "survival"),
        "median survival": _median(survival),
        "cumulative incidence of liver progression at 12 months": _at(cumulative_incidence(liver), "incidence"),
        "median liver progression-free survival": _median(liver),
        "median progression-free survival": _median(anywhere),
        "cumulative incidence of liver progression at 12 months, by scan": _at(cumulative_incidence(liver_seen), "incidence"),
        "median liver progression-free survival, by scan": _median(liver_seen),
        "median progression-free survival, by scan": _median(anywhere_seen),
    }
    for data, effects, words in (
        (one_cause(liver, LIVER), design.log_hr_liver, "log HR {}"),
        (one_cause(liver_seen, LIVER), design.log_hr_liver, "log HR {}, by scan"),
        (one_cause(anywhere, DIED), design.log_hr_death, "log HR of death, {}"),
    ):
        names = covariates(effects)
        found |= _ratios(data, np.column_stack([registry.people.covariate(name) for name in names]), map(words.format, names))
    return found | _responses(registry, survival)


def days(months: Floats) -> Floats:
    """Months as a table of dates gives them back: whole days, in months."""
    return np.floor(months * MONTH_days) / MONTH_days


def _progressions(registry: SimulatedRegistry, liver: Floats, extrahepatic: Floats) -> tuple[SurvivalData, SurvivalData]:
    """Follow-up to liver progression or death, and to any progression or death; death competes."""
    return _first(registry, liver), _first(registry, np.minimum(liver, extrahepatic))


def _first(registry: SimulatedRegistry, progression: Floats) -> SurvivalData:
    course = registry.course
    event = np.where(progression <= course.last, LIVER, np.where(course.death <= course.end, DIED, 0))
    return survival_data(days(np.minimum(progression, course.last)), event)


def _at(curve: Curve | Incidence, name: str) -> Estimate:
    """At twelve months; none where follow-up ends before."""
    step = int(np.searchsorted(curve.time, AT_months, side="right")) - 1
    if step < 0 or step == len(curve.time) - 1:
        return NONE
    return float(getattr(curve, name)[step]), float(curve.low[step]), float(curve.high[step])


def _median(data: SurvivalData) -> Estimate:
    found = survival_quantile(kaplan_meier(data))
    value, low, high = (np.inf if end is None else end for end in (found.time, found.low, found.high))
    return value, low, high


def _ratios(data: SurvivalData, x: Floats, names: Iterable[str]) -> dict[str, Estimate]:
    """Log hazard ratios with Wald intervals."""
    names = list(names)
    try:
        fit = cox(data, x, names)
    except GlissonError:
        return dict.fromkeys(names, NONE)
    return {name: _wald(fit, place) for place, name in enumerate(names)}


def _wald(fit: CoxFit, place: int) -> Estimate:
    middle, reach = fit.coefficient[place], normal_quantile(0.95) * np.sqrt(fit.variance[place, place])
    return float(middle), float(middle - reach), float(middle + reach)


def _responses(registry: SimulatedRegistry, survival: SurvivalData) -> dict[str, Estimate]:
    """The response comparison three ways. A response is seen at the first scan, if nothing has progressed by then."""
    course = registry.course
    scan = course.scans.min(axis=1)
    free = scan < np.minimum(course.liver, course.extrahepatic)
    since = np.where(course.responds & free, days(scan), np.inf)
    ever, _ = naive_groups(survival, since, labelled_biased=True)
    found = _ratios(survival, ever[:, None].astype(float), [NAIVE])
    known = (scan <= LANDMARK_months) & (np.minimum(course.liver_seen, course.extrahepatic_seen) > LANDMARK_months)
    for name, who in ((ALL_ALIVE, np.ones(len(survival), bool)), (AT_LANDMARK, known)):
        chosen = landmark(rows(survival, who), since[who], at=LANDMARK_months)
        found |= _ratios(chosen.data, chosen.exposed[:, None].astype(float), [name])
    return found


def accepted(quantity: Quantity, registries: int) -> tuple[float, float]:
    """Coverage that chance allows with so few registries: 99.9 % of an exact binomial whose coverage lies at an end of the bounds.

    For an asked coverage of 93.5 to 96.5 % the ends are 95 % itself.
    """
    from scipy.stats import binom

    low, high = quantity.coverage or ASKED
    if (low, high) == ASKED:
        low = high = 0.95
    return float(binom.ppf(0.0005, registries, low) / registries), float(binom.ppf(0.9995, registries, high) / registries)
