"""What a simulated study is like: published margins, and assumptions that say that they are."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, get_args

from glisson.case.event import Intention
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited
from glisson.simulate.registry.doses import Radioembolization

INTENTIONS: tuple[str, ...] = get_args(Intention)
LESION_CLASSES = ("1", "2-3", "4-10", ">10")
MONTH_days = 30.4375


class _Number(Cited):
    id: str


@dataclass(frozen=True)
class Design:
    """Numbers of one simulated study; hazards per month. Sources: ``knowledge/simulation``.

    Attributes:
        intentions, lesion_classes: shares in the order of ``INTENTIONS`` and ``LESION_CLASSES``; each adds up to 1.
        log_hr_liver, log_hr_extrahepatic, log_hr_death: by intention, and by ">10", "extrahepatic", "ecog".
        after_liver, after_extrahepatic: hazard ratios of death once the liver, or another organ, has progressed.
        responders: share that responds; of no meaning where the response follows from a dose.
        sirt: what a study of radioembolization has beside this; ``None``: chemoembolization.
    """

    name: str
    patients: int
    centres: int
    countries: int
    first_day: date
    last_day: date
    cut_off: date
    male_fraction: float
    age_years: tuple[float, float, float]
    lesion_classes: tuple[float, ...]
    intentions: tuple[float, ...]
    extrahepatic_fraction: float
    ecog_1_fraction: float
    sessions_per_patient: float
    liver_progression: float
    extrahepatic_progression: float
    death: float
    after_liver: float
    after_extrahepatic: float
    log_hr_liver: dict[str, float]
    log_hr_extrahepatic: dict[str, float]
    log_hr_death: dict[str, float]
    responders: float
    lost: float
    missed_scan: float
    missing_item: float
    questionnaires: tuple[float, float]
    severe_during_procedure: float
    severe_within_30_days: float
    quality_worse_fraction: float
    sirt: Radioembolization | None = None

    @property
    def treatment(self) -> str:
        """As forms and cases name it."""
        return "TACE" if self.sirt is None else "radioembolization"


@cache
def cirel() -> Design:
    """The study as CIREL ran it, as far as that is published.

    >>> round(cirel().intentions[0], 3), sum(cirel().intentions)
    (0.572, 1.0)
    """
    numbers = read_numbers("cirel")
    return design_of("cirel", numbers, _intentions(numbers["salvage_fraction"], numbers["other_intentions"]))


def read_numbers(study: str) -> dict[str, Any]:
    """Values of one study by their id."""
    return {entry.id: entry.value for entry in read_entries(f"simulation/{study}.yaml", _Number)}


def design_of(name: str, numbers: dict[str, Any], intentions: tuple[float, ...], sirt: Radioembolization | None = None) -> Design:
    """A study from its numbers."""
    first, last = (date.fromisoformat(day) for day in numbers["enrolment"])
    return Design(
        name=name,
        patients=numbers["patients"],
        centres=numbers["centres"],
        countries=numbers["countries"],
        first_day=first,
        last_day=last,
        cut_off=date.fromisoformat(numbers["cut_off"]),
        male_fraction=numbers["male_fraction"],
        age_years=tuple(numbers["age_years"]),
        lesion_classes=_shares(numbers["lesion_classes"], LESION_CLASSES),
        intentions=intentions,
        extrahepatic_fraction=numbers["extrahepatic_fraction"],
        ecog_1_fraction=numbers["ecog_1_fraction"],
        sessions_per_patient=numbers["sessions_per_patient"],
        liver_progression=numbers["liver_progression_per_month"],
        extrahepatic_progression=numbers["extrahepatic_progression_per_month"],
        death=numbers["death_per_month"],
        after_liver=numbers["death_after_liver_progression"],
        after_extrahepatic=numbers["death_after_extrahepatic_progression"],
        log_hr_liver=numbers["log_hr_liver"],
        log_hr_extrahepatic=numbers["log_hr_extrahepatic"],
        log_hr_death=numbers["log_hr_death"],
        responders=numbers["responders"],
        lost=numbers["lost_per_month"],
        missed_scan=numbers["missed_scan"],
        missing_item=numbers["missing_item"],
        questionnaires=tuple(numbers["questionnaires"]),
        severe_during_procedure=numbers["severe_during_procedure"],
        severe_within_30_days=numbers["severe_within_30_days"],
        quality_worse_fraction=numbers["quality_worse_fraction"],
        sirt=sirt,
    )


def _shares(given: dict[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    """Shares in the order of ``names``, made to add up to 1."""
    total = sum(given.values())
    return tuple(given.get(name, 0.0) / total for name in names)


def _intentions(salvage: float, others: dict[str, Any]) -> tuple[float, ...]:
    """Salvage as printed; what is not salvage is split as in the interim analysis."""
    total = sum(others.values())
    return tuple(salvage if name == "salvage" else (1.0 - salvage) * others[name] / total for name in INTENTIONS)
