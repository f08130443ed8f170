"""Filled forms of a simulated patient, as plain values: what a centre would have entered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from glisson.simulate.registry.design import Design, MONTH_days


@dataclass(frozen=True)
class SimulatedEntry:
    """One filled form.

    Attributes:
        case: pseudonym; site: centre.
        form, edition, visit, instance: which form, and where it stands.
        at: when it was true.
        values: item to value, or ``{"missing": reason}``.
    """

    case: str
    site: str
    form: str
    visit: str
    instance: int
    at: date
    values: Mapping[str, Any]
    edition: int = 1


@dataclass(frozen=True)
class PatientDoses:
    """Absorbed doses of one delivery, and the lung shunt of its mapping."""

    tumour_dose_Gy: float
    normal_liver_dose_Gy: float
    lung_shunt_fraction: float


@dataclass(frozen=True)
class Patient:
    """One simulated person: the draws of the cohort, and an own random stream for everything else. Months from the first session.

    ``lines`` (earlier lines of systemic therapy) and ``doses`` are there in a study of radioembolization.
    """

    case: str
    site: str
    country: str
    first_session: date
    intention: str
    lesion_class: str
    extrahepatic: bool
    ecog: bool
    male: bool
    age_years: int
    liver: float
    extrahepatic_month: float
    death: float
    end: float
    lost: bool
    responds: bool
    scans: tuple[float, ...]
    liver_seen: float
    extrahepatic_seen: float
    design: Design
    random: np.random.Generator
    lines: int | None = None
    doses: PatientDoses | None = None

    @property
    def last(self) -> float:
        """Last month alive and observed."""
        return min(self.death, self.end)

    def day(self, month: float) -> date:
        """Calendar day of a month."""
        return self.first_session + timedelta(days=int(np.floor(month * MONTH_days)))

    def entry(
        self, form: str, at: date, values: Mapping[str, Any], *, visit: str = "baseline", instance: int = 1
    ) -> SimulatedEntry:
        """A filled form of this person."""
        return SimulatedEntry(self.case, self.site, form, visit, instance, at, values)

    def chance(self, share: float) -> bool:
        """True in this share of draws."""
        return bool(self.random.random() < share)

    def pick(self, shares: Mapping[str, float]) -> str:
        """One word, by its share; shares add up to 1."""
        names = list(shares)
        return names[int(self.random.choice(len(names), p=np.array(list(shares.values())) / sum(shares.values())))]


def yes_no(value: bool) -> str:
    """The word of a yes/no item."""
    return "yes" if value else "no"


NOT_DONE = {"missing": "not done"}
UNKNOWN = {"missing": "unknown"}
