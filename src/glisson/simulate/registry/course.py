"""When a simulated patient progresses, is scanned, is lost or dies. Times in months from the first session."""

from dataclasses import dataclass

import numpy as np

from glisson.simulate.registry.design import Design, MONTH_days
from glisson.simulate.registry.doses import response_probability
from glisson.simulate.registry.people import Bools, Floats, People

SCANS_months = (1.5, 4.6, *(7.5 + 3.0 * k for k in range(14)))
"""Middle of each planned scan: both CIREL windows, then every three months."""
JITTER_months = (0.45, 0.9, *(0.4 for _ in range(14)))
NEVER = np.inf


@dataclass(frozen=True, eq=False)
class Course:
    """Columns, one value (or row) for each patient; ``inf`` where it never happens.

    Attributes:
        liver, extrahepatic: progression as it happened.
        death: death as it happened.
        end: last day under observation: loss or cut-off, whichever is first.
        lost: whether that was a loss.
        responds: tumours shrink by 30 % or more unless they progress first. It changes nothing else, but the hazard of liver progression
            where it follows from a dose.
        scans: (patients, 16) months of the scans that were made; ``inf`` where one was not.
        liver_seen, extrahepatic_seen: first scan on or after the progression, while alive and observed.
    """

    liver: Floats
    extrahepatic: Floats
    death: Floats
    end: Floats
    lost: Bools
    responds: Bools
    scans: Floats
    liver_seen: Floats
    extrahepatic_seen: Floats

    @property
    def last(self) -> Floats:
        """Last month alive and under observation."""
        return np.minimum(self.death, self.end)


def hazards(design: Design, people: People, responds: Bools | None = None) -> tuple[Floats, Floats, Floats]:
    """Hazards per month of liver progression, extrahepatic progression, and death before any progression.

    ``responds`` counts in a study of radioembolization only.
    """
    found = []
    for base, effects in (
        (design.liver_progression, design.log_hr_liver),
        (design.extrahepatic_progression, design.log_hr_extrahepatic),
        (design.death, design.log_hr_death),
    ):
        found.append(base * np.exp(sum((beta * people.covariate(name) for name, beta in effects.items()), np.zeros(len(people)))))
    if design.sirt is not None and responds is not None:
        found[0] = found[0] * np.exp(design.sirt.log_hr_liver_responder * responds)
    return found[0], found[1], found[2]


def draw_course(design: Design, people: People, random: np.random.Generator) -> Course:
    """A course for each of ``people``."""
    count = len(people)
    by_dose = _responds_by_dose(design, people, random)
    liver_rate, extrahepatic_rate, death_rate = hazards(design, people, by_dose)
    liver = random.exponential(size=count) / liver_rate
    extrahepatic = random.exponential(size=count) / extrahepatic_rate
    death = _death(design, liver, extrahepatic, death_rate, random.exponential(size=count))
    cut_off = ((design.cut_off - design.first_day).days - people.start_days) / MONTH_days
    loss = random.exponential(size=count) / design.lost if design.lost else np.full(count, NEVER)
    end = np.minimum(loss, cut_off)
    scans = _scans(design, count, np.minimum(death, end), random)
    return Course(
        liver=np.where(liver < death, liver, NEVER),
        extrahepatic=np.where(extrahepatic < death, extrahepatic, NEVER),
        death=death,
        end=end,
        lost=(loss < cut_off) & (loss < death),
        responds=random.random(count) < design.responders if by_dose is None else by_dose,
        scans=scans,
        liver_seen=_first_at_or_after(scans, liver),
        extrahepatic_seen=_first_at_or_after(scans, extrahepatic),
    )


def _responds_by_dose(design: Design, people: People, random: np.random.Generator) -> Bools | None:
    if design.sirt is None or people.doses is None:
        return None
    chance = response_probability(dose_Gy=people.doses.tumour_dose_Gy, d50_Gy=design.sirt.d50_Gy, gamma50=design.sirt.gamma50)
    return np.asarray(random.random(len(people)) < chance)


def _death(design: Design, liver: Floats, extrahepatic: Floats, rate: Floats, needed: Floats) -> Floats:
    """Month at which the cumulative hazard of death reaches ``needed``; the hazard jumps at each progression."""
    first, second = np.minimum(liver, extrahepatic), np.maximum(liver, extrahepatic)
    after_first = np.where(liver < extrahepatic, design.after_liver, design.after_extrahepatic)
    rates = (rate, rate * after_first, rate * design.after_liver * design.after_extrahepatic)
    until_first = needed / rates[0]
    until_second = first + (needed - rates[0] * first) / rates[1]
    after_both = second + (needed - rates[0] * first - rates[1] * (second - first)) / rates[2]
    return np.where(until_first < first, until_first, np.where(until_second < second, until_second, after_both))


def _scans(design: Design, count: int, last: Floats, random: np.random.Generator) -> Floats:
    own = design.sirt
    middle = np.array(SCANS_months if own is None else own.scans_months)
    jitter = np.array(JITTER_months if own is None else own.jitter_months)
    planned = middle + jitter * random.uniform(-1.0, 1.0, (count, len(middle)))
    made = (random.random(planned.shape) >= design.missed_scan) & (planned < last[:, None])
    return np.where(made, planned, NEVER)


def _first_at_or_after(scans: Floats, month: Floats) -> Floats:
    first: Floats = np.min(np.where(scans >= month[:, None], scans, NEVER), axis=1)
    return first
